//! The app behind the proxy. It knows nothing of logins, and remembers every request that gets through to it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{Html, IntoResponse, Response},
};
use reqwest::{
    Method, StatusCode,
    header::{HeaderMap, SET_COOKIE},
};
use tokio::{net::TcpListener, sync::watch};

pub(super) struct App {
    pub(super) address: SocketAddr,
    reached: Reached,
    runs: watch::Sender<bool>,
}

type Reached = Arc<Mutex<Vec<Request>>>;

/// One that got through.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) uri: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl App {
    pub(super) async fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let reached = Reached::default();
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&reached));
        let (runs, mut stopped) = watch::channel(true);
        tokio::spawn(async move {
            let serving = axum::serve(socket, router);
            tokio::select! {
                _ = serving => {}
                _ = stopped.wait_for(|runs| !runs) => {}
            }
        });
        Self {
            address,
            reached,
            runs,
        }
    }

    pub(super) fn reached(&self) -> Vec<Request> {
        self.reached.lock().unwrap().clone()
    }

    pub(super) fn last(&self) -> Request {
        self.reached().pop().unwrap()
    }

    pub(super) async fn stop(&self) {
        self.runs.send_replace(false);
        while tokio::net::TcpStream::connect(self.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
}

/// `…/status/401` is answered 401 by the app itself, and so on.
async fn answer(
    State(reached): State<Reached>,
    method: Method,
    uri: axum::http::Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let user = headers
        .get("x-auth-user")
        .map(|user| user.as_bytes().to_vec());
    let user = String::from_utf8(user.unwrap_or_default()).unwrap();
    let status = uri.path().rsplit_once("/status/");
    let status = status.map_or(StatusCode::OK, |(_, code)| code.parse().unwrap());
    let page = format!("<!doctype html><title>The app</title><h1>The app of {user}</h1>");
    reached.lock().unwrap().push(Request {
        method,
        uri: uri.to_string(),
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    (status, [(SET_COOKIE, "app=own; Path=/")], Html(page)).into_response()
}
