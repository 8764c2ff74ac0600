//! How answers fail: late, or never, after the work was done.

use std::io;

use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use tokio::sync::watch;

#[derive(Debug, Default)]
pub(super) struct Faults {
    lose: usize,
    every_third: bool,
    carried_out: usize,
    holding: watch::Sender<bool>,
    held: watch::Sender<usize>,
}

/// How an answer is lost.
#[derive(Clone, Copy)]
pub(super) enum Lost {
    /// The connection closes without a word.
    Whole,
    /// It closes in the middle of the body.
    HalfWay,
}

impl Faults {
    pub(super) fn lose_next(&mut self, many: usize) {
        self.lose = many;
    }

    pub(super) fn lose_every_third(&mut self) {
        self.every_third = true;
    }

    pub(super) fn hold(&self) {
        self.held.send_replace(0);
        self.holding.send_replace(true);
    }

    pub(super) fn release(&self) {
        self.holding.send_replace(false);
    }

    pub(super) fn held(&self) -> watch::Receiver<usize> {
        self.held.subscribe()
    }

    /// Counts one that was carried out; whether it is held.
    pub(super) fn arrive(&self) -> watch::Receiver<bool> {
        if *self.holding.borrow() {
            self.held.send_modify(|held| *held += 1);
        }
        self.holding.subscribe()
    }

    /// Counts one that was carried out; whether, and how, its answer is lost.
    pub(super) fn loses_this(&mut self) -> Option<Lost> {
        self.carried_out += 1;
        let told = self.lose > 0;
        self.lose = self.lose.saturating_sub(1);
        let lost = told || (self.every_third && self.carried_out.is_multiple_of(3));
        lost.then_some(if self.carried_out.is_multiple_of(2) {
            Lost::Whole
        } else {
            Lost::HalfWay
        })
    }
}

impl Lost {
    pub(super) fn spoil(self, answer: &Response) -> Response {
        match self {
            // Not a panic: that would be told on standard error.
            Self::Whole => std::panic::resume_unwind(Box::new("an answer that is lost")),
            Self::HalfWay => {
                let broken = [Ok(Bytes::from_static(b"{\"acc")), Err(io::ErrorKind::Other)];
                let body =
                    futures_util::stream::iter(broken.map(|part| part.map_err(io::Error::from)));
                (answer.status(), Body::from_stream(body)).into_response()
            }
        }
    }
}
