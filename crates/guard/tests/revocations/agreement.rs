//! Whether the keys agree, asked of an issuer that says what it signs with, or something else.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::StatusCode;
use serde_json::json;
use tegata_guard::{KeyAgreement, token::HmacSecret};
use tokio::{net::TcpListener, time::Instant};

use crate::{
    app::{self, SECRET},
    log,
    service::{PATIENCE, until},
};

/// What its readiness is.
#[derive(Clone)]
enum Manner {
    SignsWith(String),
    SaysNothing,
    With(u16, String),
    Elsewhere(String),
}

struct Issuer {
    address: SocketAddr,
    manner: Arc<Mutex<Manner>>,
}

impl Issuer {
    async fn start(manner: Manner) -> Self {
        log::listen();
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let manner = Arc::new(Mutex::new(manner));
        let service = Router::new()
            .route("/health/ready", get(ready))
            .with_state(Arc::clone(&manner));
        tokio::spawn(async move { axum::serve(socket, service).await.unwrap() });
        Self { address, manner }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn becomes(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    fn agreement(&self) -> KeyAgreement {
        app::guard().0.agreement(&self.url()).unwrap()
    }
}

async fn ready(State(manner): State<Arc<Mutex<Manner>>>) -> Response {
    let manner = manner.lock().unwrap().clone();
    match manner {
        Manner::SignsWith(kid) => ready_with(&kid).into_response(),
        Manner::SaysNothing => std::future::pending().await,
        Manner::With(status, body) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Manner::Elsewhere(url) => Redirect::to(&url).into_response(),
    }
}

fn ready_with(kid: &str) -> String {
    json!({"status": "ready", "keys": {"algorithm": "HS256", "signing": kid, "verifying": [kid]}})
        .to_string()
}

fn ours() -> String {
    HmacSecret::parse(SECRET).unwrap().kid().to_string()
}

#[tokio::test]
async fn the_key_that_the_issuer_signs_with_is_known_here_or_not() {
    let issuer = Issuer::start(Manner::SignsWith(ours())).await;
    let agreement = issuer.agreement();
    let before = agreement.last();
    assert!(!before.agree() && !before.differ(), "nobody was asked yet");

    let keys = agreement.compare().await;
    assert!(keys.agree() && !keys.differ() && keys.reachable);
    assert_eq!(keys.verifying, [ours()]);

    issuer.becomes(Manner::SignsWith("another".to_owned()));
    let keys = agreement.compare().await;
    assert!(!keys.agree() && keys.differ());
    assert_eq!(keys.issuer_signs_with.as_deref(), Some("another"));
    assert_eq!(agreement.clone().last(), keys);

    // One that is not ready says what it signs with all the same.
    issuer.becomes(Manner::With(503, ready_with(&ours())));
    assert!(agreement.compare().await.agree());
}

#[tokio::test]
async fn an_issuer_that_says_nothing_of_use_changes_nothing() {
    let issuer = Issuer::start(Manner::SignsWith("another".to_owned())).await;
    let elsewhere = Issuer::start(Manner::SignsWith(ours())).await;
    let agreement = issuer.agreement();
    agreement.compare().await;
    for manner in [
        Manner::With(200, String::new()),
        Manner::With(200, "{}".to_owned()),
        Manner::With(404, ready_with(&ours())),
        Manner::With(200, "[".repeat(100_000)),
        Manner::With(200, ready_with(&ours()) + &" ".repeat(70_000)),
        Manner::With(200, ready_with("\u{1b}[2J")),
        Manner::With(200, ready_with("")),
        Manner::With(200, ready_with(&"x".repeat(300))),
        Manner::Elsewhere(format!("{}/health/ready", elsewhere.url())),
    ] {
        issuer.becomes(manner);
        let keys = agreement.compare().await;
        assert!(!keys.reachable);
        assert!(keys.differ(), "what it last said holds");
        assert_eq!(keys.issuer_signs_with.as_deref(), Some("another"));
    }
}

#[tokio::test]
async fn nobody_waits_long_and_all_who_wait_ask_once() {
    let issuer = Issuer::start(Manner::SaysNothing).await;
    let agreement = issuer.agreement();
    let begun = Instant::now();
    let asked = (0..20).map(|_| agreement.compare());
    for keys in futures_util::future::join_all(asked).await {
        assert!(!keys.reachable && !keys.differ());
    }
    assert!(
        begun.elapsed() < Duration::from_secs(6),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn the_background_finds_out_by_itself_and_the_log_says_it_once() {
    let issuer = Issuer::start(Manner::SignsWith("another".to_owned())).await;
    let agreement = issuer.agreement().in_background().unwrap();
    until(PATIENCE, async || agreement.last().differ()).await;
    // Many comparisons later …
    for _ in 0..20 {
        agreement.compare().await;
    }
    issuer.becomes(Manner::SignsWith(ours()));
    agreement.compare_soon();
    until(PATIENCE, async || agreement.last().agree()).await;

    let log = log::of(&issuer.url());
    assert_eq!(log.lines().count(), 2, "{log}");
    let (differ, agree) = log.split_once('\n').unwrap();
    assert!(differ.contains("ERROR") && differ.contains("another") && differ.contains(&ours()));
    assert!(agree.contains("INFO") && agree.contains(&ours()), "{agree}");
}

#[test]
fn what_is_no_address_of_an_issuer_is_refused_without_being_repeated() {
    let (guard, _) = app::guard();
    for address in [
        "",
        "issuer:8000",
        "ftp://localhost",
        "http://x:hunter2@localhost",
        "http://localhost/?hunter2",
    ] {
        let why = guard.agreement(address).unwrap_err().to_string();
        assert!(why.starts_with("write the issuer's address"), "{why}");
    }
}
