//! An issuer whose answers are slow, and lost after all was written.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration as Limit,
};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

/// Stands before the token endpoint; notes what is asked, and does harm to the answers.
#[derive(Clone, Default)]
pub(super) struct Meddler(Arc<Meddling>);

#[derive(Default)]
struct Meddling {
    delay: Mutex<Limit>,
    lost: AtomicUsize,
    every: AtomicUsize,
    answers: AtomicUsize,
    presented: Mutex<Vec<String>>,
}

impl Meddler {
    /// From now on an answer takes so long, and the next and then every so manyth is lost after all was written.
    pub(super) fn begin(&self, delay: Limit, lose_every: usize) {
        *self.0.delay.lock().unwrap() = delay;
        self.0.every.store(lose_every, SeqCst);
        self.0.answers.store(lose_every.saturating_sub(1), SeqCst);
        self.0.presented.lock().unwrap().clear();
    }

    /// The refresh tokens that were presented since.
    pub(super) fn presented(&self) -> Vec<String> {
        self.0.presented.lock().unwrap().clone()
    }

    /// How many answers were lost.
    pub(super) fn lost(&self) -> usize {
        self.0.lost.load(SeqCst)
    }
}

/// The layer.
pub(super) async fn meddle(
    State(meddler): State<Meddler>,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path() != "/token" {
        return next.run(request).await;
    }
    let meddling = &meddler.0;
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let form = url::form_urlencoded::parse(&body);
    for (_, token) in form.filter(|(name, _)| name == "refresh_token") {
        meddling.presented.lock().unwrap().push(token.into_owned());
    }
    let answer = next.run(Request::from_parts(head, Body::from(body))).await;
    let delay = *meddling.delay.lock().unwrap();
    let _ = tokio::time::timeout(delay, std::future::pending::<()>()).await;
    let every = meddling.every.load(SeqCst);
    let number = meddling.answers.fetch_add(1, SeqCst) + 1;
    if every > 0 && number.is_multiple_of(every) {
        meddling.lost.fetch_add(1, SeqCst);
        // The connection ends without an answer, and without a panic's noise.
        std::panic::resume_unwind(Box::new("lost"));
    }
    answer
}
