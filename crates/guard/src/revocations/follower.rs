//! The task that follows the feed: asks, learns, asks again; after a failure a little later, for as long as it takes.

use std::{mem, sync::Arc, time::Duration};

use reqwest::Client;
use tegata_token::Random;
use tokio::time::{Instant, timeout};
use url::Url;

use super::{
    answer::{Answer, Failure, ask},
    feed::{Feed, FollowError},
    known::Known,
};
use crate::outbound;

/// The least and the most between an attempt that led nowhere and the next: after an outage the list is to be
/// complete within two seconds, and not all guards shall come back at once.
const PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_millis(750));
/// An issuer that answers without news sooner than this does not wait for them.
const AT_ONCE: Duration = Duration::from_secs(1);
/// In seconds: how often what is over is forgotten, and how far a clock may be set back unnoticed.
const TIDY_EVERY: i64 = 60;

pub(super) struct Follower {
    http: Client,
    feed: Url,
    known: Arc<Known>,
    random: Arc<dyn Random>,
    cursor: Option<String>,
    /// All is known, so that it is time to wait for news.
    complete: bool,
    failing: bool,
    tidied_at: i64,
}

impl Follower {
    pub(super) fn new(feed: &Feed, known: Arc<Known>) -> Result<Self, FollowError> {
        let feed_url = feed.url()?;
        Ok(Self {
            http: outbound::client_of(&feed_url).map_err(FollowError::HttpClient)?,
            feed: feed_url,
            tidied_at: known.now(),
            known,
            random: Arc::clone(&feed.random),
            cursor: None,
            complete: false,
            failing: false,
        })
    }

    /// Never ends by itself.
    pub(super) async fn run(mut self) {
        loop {
            let asked = Instant::now();
            let wait = match self.complete {
                true => self.known.wait(),
                false => Duration::ZERO,
            };
            let answer = tokio::select! {
                answer = ask(&self.http, &self.feed, self.cursor.as_deref(), wait) => answer,
                () = self.known.bell.notified() => continue,
            };
            let go_on = match answer.and_then(|answer| self.learn(answer)) {
                Ok(news) => news || asked.elapsed() >= AT_ONCE,
                // What is known stays; all is asked for again, because something may have been missed.
                Err(Failure::CursorRefused) => {
                    self.ask_for_everything();
                    true
                }
                Err(failure) => {
                    self.fail(&failure);
                    false
                }
            };
            self.tidy();
            if !go_on {
                self.pause().await;
            }
        }
    }

    /// True when there was something new, or more is to come.
    fn learn(&mut self, answer: Answer) -> Result<bool, Failure> {
        let mut news = false;
        let mut full = false;
        for entry in &answer.ended {
            match self.known.ended.insert(entry.session, entry.until) {
                Ok(new) => news |= new,
                Err(_) => full = true,
            }
        }
        // The cursor stays where it is: time makes room, and the rest is still to be learned.
        if full {
            return Err(Failure::Full);
        }
        let moved = self.cursor.as_deref() != Some(&*answer.next);
        let more = answer.more && moved && !answer.ended.is_empty();
        self.cursor = Some(answer.next);
        self.complete = !answer.more;
        if self.complete {
            self.known.is_complete_now();
            if mem::take(&mut self.failing) {
                tracing::info!(
                    issuer = self.feed.origin().ascii_serialization(),
                    ended = self.known.ended.count(),
                    "the revocation feed answers again, ended sessions are known"
                );
            }
        }
        Ok(news || more)
    }

    fn fail(&mut self, failure: &Failure) {
        self.complete = false;
        self.known.was_not_reached();
        if mem::replace(&mut self.failing, true) {
            tracing::debug!(cause = %failure, "the revocation feed still cannot be followed");
        } else {
            tracing::warn!(
                cause = %failure,
                issuer = self.feed.origin().ascii_serialization(),
                "the revocation feed cannot be followed: sessions that end meanwhile are not known here"
            );
        }
    }

    fn tidy(&mut self) {
        let now = self.known.now();
        if now < self.tidied_at - TIDY_EVERY {
            // The clock was set back: what was forgotten may not have been over.
            self.ask_for_everything();
            self.tidied_at = now;
        } else if now >= self.tidied_at + TIDY_EVERY {
            self.known.ended.forget_before(now);
            self.tidied_at = now;
        }
    }

    fn ask_for_everything(&mut self) {
        self.cursor = None;
        self.complete = false;
    }

    async fn pause(&self) {
        let mut byte = [0];
        self.random.fill(&mut byte);
        let [byte] = byte;
        let (least, most) = PAUSE;
        let pause = least + (most - least) * u32::from(byte) / u32::from(u8::MAX);
        // Cut short when a guard wants to know sooner.
        let _ = timeout(pause, self.known.bell.notified()).await;
    }
}
