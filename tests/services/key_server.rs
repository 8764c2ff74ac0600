//! A server of key sets that the test holds in its hand: what it publishes can be changed, it can be told to
//! fail, and it counts who asks.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use tegata_guard::token::KeyPair;

#[derive(Clone, Default)]
struct Published {
    /// `None` while it fails.
    set: Arc<Mutex<Option<Value>>>,
    asked: Arc<AtomicUsize>,
}

pub(super) struct KeyServer {
    pub(super) url: String,
    published: Published,
}

impl KeyServer {
    /// One that publishes the public halves of these.
    pub(super) async fn start(pairs: &[&KeyPair]) -> Self {
        let published = Published::default();
        let routes = Router::new()
            .route("/.well-known/jwks.json", get(answer))
            .with_state(published.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let server = Self {
            url: format!("http://{address}/.well-known/jwks.json"),
            published,
        };
        server.publish(pairs);
        server
    }

    pub(super) fn publish(&self, pairs: &[&KeyPair]) {
        let keys: Vec<_> = pairs
            .iter()
            .map(|pair| pair.verifying_key().jwk().unwrap())
            .collect();
        *self.published.set.lock().unwrap() = Some(json!({ "keys": keys }));
    }

    /// From now on it answers 500.
    pub(super) fn fail(&self) {
        *self.published.set.lock().unwrap() = None;
    }

    /// How often it was asked.
    pub(super) fn asked(&self) -> usize {
        self.published.asked.load(SeqCst)
    }
}

async fn answer(State(published): State<Published>) -> Response {
    published.asked.fetch_add(1, SeqCst);
    let set = published.set.lock().unwrap().clone();
    match set {
        Some(set) => ([("cache-control", "public, max-age=300")], Json(set)).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
