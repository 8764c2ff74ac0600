//! An issuer's feed. It runs on a thread of its own, so that it can die with every connection it has.

use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    Router,
    body::Body,
    extract::{Query, State},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{StatusCode, header::LOCATION};
use serde_json::{Value, json};
use tokio::{
    runtime,
    sync::{oneshot, watch},
    time::timeout,
};

use crate::{app::START, log, service::PATIENCE};

/// How it answers.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// As the contract says.
    Properly,
    /// Not at all.
    Never,
    /// Always this.
    With(u16, String),
    /// See other.
    ElsewhereAt(String),
    /// A body without an end.
    Endlessly,
    /// Properly, but without ever waiting for news.
    Impatiently,
    /// There is always more, and always the same.
    InCircles,
}

/// What it was asked: `since` and `wait` as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) since: Option<String>,
    pub(crate) wait: Option<String>,
}

pub(crate) struct Issuer {
    address: SocketAddr,
    shared: Arc<Shared>,
    running: Option<Running>,
}

struct Running {
    stop: oneshot::Sender<()>,
    thread: thread::JoinHandle<()>,
}

struct Shared {
    feed: watch::Sender<Feed>,
    asked: watch::Sender<Vec<Asked>>,
    /// Requests that have not been answered.
    open: watch::Sender<usize>,
    page: Mutex<usize>,
}

#[derive(Clone)]
struct Feed {
    manner: Manner,
    /// Cursors of another one are not known here.
    generation: usize,
    ended: Vec<Value>,
}

impl Issuer {
    /// One that answers.
    pub(crate) fn start() -> Self {
        log::listen();
        let mut issuer = Self {
            address: ([127, 0, 0, 1], 0).into(),
            shared: Arc::new(Shared {
                feed: watch::Sender::new(Feed {
                    manner: Manner::Properly,
                    generation: 1,
                    ended: Vec::new(),
                }),
                asked: watch::Sender::new(Vec::new()),
                open: watch::Sender::new(0),
                page: Mutex::new(10_000),
            }),
            running: None,
        };
        issuer.rise();
        issuer
    }

    pub(crate) fn with_pages_of(self, entries: usize) -> Self {
        *self.shared.page.lock().unwrap() = entries;
        self
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends a login session whose last token ends a day later.
    pub(crate) fn end(&self, sid: &str) {
        let until = START.unix_timestamp() + 24 * 60 * 60;
        self.end_until(sid, &json!(until));
    }

    pub(crate) fn end_until(&self, sid: &str, until: &Value) {
        let entry = json!({"sid_sha256": sha256(sid), "until": until});
        self.shared.feed.send_modify(|feed| feed.ended.push(entry));
    }

    pub(crate) fn answer(&self, manner: Manner) {
        self.shared.feed.send_modify(|feed| feed.manner = manner);
    }

    /// From now on no cursor given out before is known.
    pub(crate) fn forget_cursors(&self) {
        self.shared.feed.send_modify(|feed| feed.generation += 1);
    }

    pub(crate) fn die(&mut self) {
        let running = self.running.take().unwrap();
        running.stop.send(()).unwrap();
        running.thread.join().unwrap();
    }

    /// Listens again, where it did before.
    pub(crate) fn rise(&mut self) {
        let listener = TcpListener::bind(self.address).unwrap();
        listener.set_nonblocking(true).unwrap();
        self.address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let router = Router::new()
            .route("/revocations", get(revocations))
            .with_state(Arc::clone(&self.shared));
        let serve = async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            tokio::select! {
                _ = axum::serve(listener, router) => {}
                _ = stopped => {}
            }
        };
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(serve);
        });
        self.running = Some(Running { stop, thread });
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.borrow().clone()
    }

    /// Waits until it has been asked so many times.
    pub(crate) async fn was_asked(&self, times: usize) {
        let mut asked = self.shared.asked.subscribe();
        let enough = asked.wait_for(|asked| asked.len() >= times);
        timeout(PATIENCE, enough).await.unwrap().unwrap();
    }

    /// Waits until so many requests wait for an answer.
    pub(crate) async fn has_open(&self, requests: usize) {
        let mut open = self.shared.open.subscribe();
        let reached = open.wait_for(|&open| open == requests);
        timeout(PATIENCE, reached).await.unwrap().unwrap();
    }

    /// Waits until somebody asks for what comes after everything: they know it all.
    pub(crate) async fn is_followed(&self) {
        let end = self.shared.feed.borrow().cursor_at_the_end();
        let mut asked = self.shared.asked.subscribe();
        let reached = asked.wait_for(|asked| {
            asked
                .last()
                .is_some_and(|last| last.since.as_ref() == Some(&end))
        });
        timeout(PATIENCE, reached).await.unwrap().unwrap();
    }
}

impl Feed {
    fn cursor(&self, at: usize) -> String {
        // Not fit for an address as it is.
        format!("{}&wait=?/#{at}", self.generation)
    }

    fn cursor_at_the_end(&self) -> String {
        self.cursor(self.ended.len())
    }

    fn position(&self, cursor: Option<&str>) -> Option<usize> {
        match cursor {
            None => Some(0),
            Some(cursor) => (0..=self.ended.len()).find(|&at| self.cursor(at) == cursor),
        }
    }
}

fn sha256(sid: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, sid.as_bytes()))
}

async fn revocations(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let asked = Asked {
        since: query.get("since").cloned(),
        wait: query.get("wait").cloned(),
    };
    let open = Open::new(&shared);
    shared.asked.send_modify(|all| all.push(asked.clone()));
    let wait = asked.wait.as_deref().unwrap_or("0").parse().unwrap();
    let mut feed = shared.feed.subscribe();
    let page = *shared.page.lock().unwrap();
    let news = async {
        loop {
            let now = feed.borrow_and_update().clone();
            if let Some(response) = answer(&now, asked.since.as_deref(), page) {
                return response;
            }
            feed.changed().await.unwrap();
        }
    };
    let response = match timeout(Duration::from_secs(wait), news).await {
        Ok(response) => response,
        Err(_) => {
            let answers = |feed: &Feed| !matches!(feed.manner, Manner::Never);
            let next = feed.wait_for(answers).await.unwrap().cursor_at_the_end();
            let body = json!({"ended": [], "next": next, "more": false});
            body.to_string().into_response()
        }
    };
    drop(open);
    response
}

/// The answer, unless there is to be none yet.
fn answer(feed: &Feed, since: Option<&str>, page: usize) -> Option<Response> {
    match &feed.manner {
        Manner::Never => None,
        Manner::With(status, body) => {
            Some((StatusCode::from_u16(*status).unwrap(), body.clone()).into_response())
        }
        Manner::ElsewhereAt(url) => {
            Some((StatusCode::SEE_OTHER, [(LOCATION, url.clone())]).into_response())
        }
        Manner::Endlessly => {
            let blanks = futures_util::stream::repeat(" ".repeat(64 * 1024));
            let blanks = futures_util::StreamExt::map(blanks, Ok::<_, std::io::Error>);
            Some(Body::from_stream(blanks).into_response())
        }
        Manner::InCircles => {
            let body = json!({"ended": feed.ended, "next": "round", "more": true});
            Some(body.to_string().into_response())
        }
        Manner::Properly | Manner::Impatiently => {
            let Some(from) = feed.position(since) else {
                let body = json!({"error": "invalid_request"}).to_string();
                return Some((StatusCode::BAD_REQUEST, body).into_response());
            };
            let to = feed.ended.len().min(from + page);
            let nothing = from == to && since.is_some();
            if nothing && matches!(feed.manner, Manner::Properly) {
                return None;
            }
            let body = json!({
                "ended": feed.ended[from..to],
                "next": feed.cursor(to),
                "more": to < feed.ended.len(),
            });
            Some(body.to_string().into_response())
        }
    }
}

/// Counts a request for as long as it is not answered and its caller is there.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.open.send_modify(|open| *open += 1);
        Self(Arc::clone(shared))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}
