//! The service whose guard follows, and the tokens that it is shown.

use std::{sync::Arc, time::Duration};

use axum::Router;
use tegata_guard::{
    Guard, Revocations,
    revocations::Feed,
    token::{Claims, ManualClock},
};
use time::Duration as Span;
use tokio::time::{interval, timeout};

use crate::{
    app::{self, Answer, SECRET, START, call_as},
    issuer::Issuer,
};

/// How long a test waits for what should happen at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A guard that does not follow yet, the feed of this issuer, and the clock of both.
pub(crate) fn parts(issuer: &Issuer) -> (Guard, Feed, ManualClock) {
    let (guard, clock) = app::guard();
    let feed = Feed::of(issuer.address()).with_clock(Arc::new(clock.clone()));
    (guard, feed, clock)
}

/// A service behind a guard that goes on without the feed.
pub(crate) fn following(issuer: &Issuer) -> (Router, Revocations, ManualClock) {
    let (guard, feed, clock) = parts(issuer);
    let revocations = Revocations::follow(feed).unwrap();
    let guard = guard.with_revocations(revocations.clone());
    (app::service().layer(guard.layer()), revocations, clock)
}

/// A token of this login session, good for a day.
pub(crate) fn token_of(sid: &str) -> String {
    let mut claims = Claims::new("user-1", START, Span::days(1));
    claims.sid = Some(sid.to_owned());
    app::sign(&claims, SECRET)
}

/// A token that belongs to no login session, as those of programs do.
pub(crate) fn token_of_a_program() -> String {
    app::sign(&Claims::new("client:x", START, Span::days(1)), SECRET)
}

/// What the service answers to a token of this login session: "200", or status and reason.
pub(crate) async fn asked(service: &Router, sid: &str) -> String {
    said(&call_as(service, "/", &token_of(sid)).await)
}

pub(crate) fn said(answer: &Answer) -> String {
    let status = answer.status.as_u16();
    format!("{status} {}", answer.header("tegata-reason"))
        .trim_end()
        .to_owned()
}

/// Waits until the service refuses tokens of this session as ended.
pub(crate) async fn refused(service: &Router, sid: &str, within: Duration) {
    until(within, async || {
        asked(service, sid).await == "401 session_ended"
    })
    .await;
}

pub(crate) async fn until(within: Duration, holds: impl AsyncFn() -> bool) {
    let look = async {
        let mut again = interval(Duration::from_millis(5));
        while !holds().await {
            again.tick().await;
        }
    };
    timeout(within, look).await.unwrap();
}
