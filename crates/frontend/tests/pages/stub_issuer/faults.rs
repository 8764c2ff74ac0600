//! How answers fail: late, or never, after the work was done.

use std::io;

use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use tokio::sync::watch;

#[derive(Debug, Default)]
pub(super) struct Faults {
    lose: usize,
    every_third: bool,
    carried_out: usize,
    /// Requests that arrive now wait until this is dropped.
    gate: Option<Gate>,
    /// Those that came before wait for this one.
    gate_before: Option<Gate>,
    held: watch::Sender<usize>,
}

type Gate = watch::Sender<()>;

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

    pub(super) fn hold(&mut self) {
        self.held.send_replace(0);
        self.gate = Some(Gate::default());
    }

    /// From now on requests pass; those that are held still are.
    pub(super) fn let_others_pass(&mut self) {
        self.gate_before = self.gate.take();
    }

    pub(super) fn release(&mut self) {
        (self.gate, self.gate_before) = (None, None);
    }

    pub(super) fn held(&self) -> watch::Receiver<usize> {
        self.held.subscribe()
    }

    /// What one that was carried out waits for, if it is held.
    pub(super) fn arrive(&self) -> Option<watch::Receiver<()>> {
        let gate = self.gate.as_ref()?;
        self.held.send_modify(|held| *held += 1);
        Some(gate.subscribe())
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
                let begun = stream::once(async { Ok(Bytes::from_static(b"{\"acc")) });
                let broken = stream::once(async {
                    // What was begun is sent before it breaks off.
                    tokio::task::yield_now().await;
                    Err(io::Error::from(io::ErrorKind::Other))
                });
                let body = begun.chain(broken);
                (answer.status(), Body::from_stream(body)).into_response()
            }
        }
    }
}
