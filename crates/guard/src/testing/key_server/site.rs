//! What a [`KeyServer`](super::KeyServer) says, and how it says it.

use std::{collections::HashMap, io, iter, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use http::{
    HeaderName, HeaderValue, StatusCode, Uri,
    header::{CONTENT_TYPE, LOCATION},
};
use serde_json::{Value, json};
use tokio::sync::watch;

pub(super) const KEY_SET: &str = "/.well-known/jwks.json";
const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// How a path is answered.
#[derive(Clone, Debug, Default)]
pub enum Answer {
    /// With the key set, or with the issuer's metadata.
    #[default]
    Properly,
    /// Not at all, until another answer is set; that one is then given.
    Stall,
    /// With this status and an empty body.
    Status(u16),
    /// With a redirect (302) to this address.
    Redirect(String),
    /// With 200 and these bytes.
    Bytes(Vec<u8>),
    /// With the key set and so many MiB of blanks behind it, which JSON permits.
    Mebibytes(usize),
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) site: watch::Sender<Site>,
    /// The paths that were asked for.
    pub(super) asked: watch::Sender<Vec<String>>,
    /// How many requests wait for an answer.
    pub(super) waiting: watch::Sender<usize>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Site {
    pub(super) issuer: Option<String>,
    pub(super) keys: Vec<Value>,
    pub(super) answers: HashMap<String, Answer>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Shared {
    pub(super) fn new(site: Site) -> Self {
        Self {
            site: watch::Sender::new(site),
            asked: watch::Sender::new(Vec::new()),
            waiting: watch::Sender::new(0),
        }
    }
}

pub(super) async fn answer(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let path = uri.path();
    let _waiting = Waiting::new(&shared);
    shared
        .asked
        .send_modify(|asked| asked.push(path.to_owned()));
    let mut site = shared.site.subscribe();
    loop {
        let now = site.borrow_and_update().clone();
        if let Some(mut response) = now.respond(path) {
            response.headers_mut().extend(now.headers);
            return response;
        }
        if site.changed().await.is_err() {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
}

impl Site {
    /// Nothing while the path stalls.
    fn respond(&self, path: &str) -> Option<Response> {
        let json = [(CONTENT_TYPE, "application/json")];
        let proper = || match path {
            KEY_SET => Some(json!({"keys": self.keys}).to_string()),
            OPENID | OAUTH => {
                let issuer = self.issuer.as_deref().unwrap_or_default();
                let address = format!("{issuer}{KEY_SET}");
                Some(json!({"issuer": issuer, "jwks_uri": address}).to_string())
            }
            _ => None,
        };
        let answer = self.answers.get(path).unwrap_or(&Answer::Properly);
        Some(match answer {
            Answer::Stall => return None,
            Answer::Properly => match proper() {
                Some(body) => (json, body).into_response(),
                None => StatusCode::NOT_FOUND.into_response(),
            },
            Answer::Status(status) => StatusCode::from_u16(*status)
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
                .into_response(),
            Answer::Redirect(to) => (StatusCode::FOUND, [(LOCATION, to.clone())]).into_response(),
            Answer::Bytes(bytes) => (json, bytes.clone()).into_response(),
            Answer::Mebibytes(mebibytes) => {
                let blanks = iter::repeat_n(" ".repeat(1024 * 1024), *mebibytes);
                let body = proper().into_iter().chain(blanks);
                let body = body.map(Ok::<_, io::Error>);
                (json, Body::from_stream(stream::iter(body))).into_response()
            }
        })
    }
}

/// Counts a request for as long as it has no answer and its caller is there.
struct Waiting(Arc<Shared>);

impl Waiting {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.waiting.send_modify(|waiting| *waiting += 1);
        Self(Arc::clone(shared))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.send_modify(|waiting| *waiting -= 1);
    }
}
