//! What the services say, and what lies between them and a browser: stubs that answer as they are told.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;
use tegata_guard::token::{Clock, SystemClock};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc2822};

use super::{NOWHERE, OTHER, Told, kid, place};
use crate::{pair::SECRET, tegata::Place};

/// A service that answers as it is told.
#[derive(Clone)]
struct Stub {
    signing: String,
    verifying: Vec<String>,
    date: OffsetDateTime,
    cookie: &'static str,
    /// A form without `Sec-Fetch-Site` is refused.
    refuses_forms: bool,
    seen: Arc<Mutex<usize>>,
}

impl Stub {
    fn new() -> Self {
        Self {
            signing: kid(SECRET),
            verifying: vec![kid(SECRET)],
            date: SystemClock.now(),
            cookie: "tegata=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0",
            refuses_forms: false,
            seen: Arc::default(),
        }
    }

    async fn start(self) -> String {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap().to_string();
        let service = Router::new()
            .route("/health/ready", get(ready))
            .route("/login", get(login))
            .route("/language", post(language))
            .with_state(self);
        tokio::spawn(async move { axum::serve(socket, service).await.unwrap() });
        address
    }
}

async fn ready(State(stub): State<Stub>) -> Response {
    *stub.seen.lock().unwrap() += 1;
    let body = json!({
        "status": "ready", "checks": {}, "warnings": [],
        "keys": {"algorithm": "HS256", "signing": stub.signing, "verifying": stub.verifying},
    });
    let date = stub.date.format(&Rfc2822).unwrap();
    ([("date", date)], body.to_string()).into_response()
}

async fn login(State(stub): State<Stub>, headers: HeaderMap) -> Response {
    let sent = headers.get("cookie").is_some();
    let cookie = if sent { stub.cookie } else { "" };
    ([("set-cookie", cookie)], "the login page").into_response()
}

async fn language(State(stub): State<Stub>) -> StatusCode {
    if stub.refuses_forms {
        StatusCode::FORBIDDEN
    } else {
        StatusCode::SEE_OTHER
    }
}

/// What is told of a pair of stubs.
async fn of(issuer: Stub, pages: Stub, settings: &[(&str, &str)]) -> Told {
    let (issuer, pages) = (issuer.start().await, pages.start().await);
    let mut place = Place::new()
        .with("SECRET_KEY", SECRET)
        .with("ISSUER_BIND", &issuer)
        .with("FRONTEND_BIND", &pages)
        .with("PUBLIC_URL", &format!("http://{pages}"));
    for (name, value) in settings {
        place = place.with(name, value);
    }
    tokio::task::spawn_blocking(move || Told::by(&place, &[]))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_differ_are_told_with_all_fingerprints() {
    let mut issuer = Stub::new();
    issuer.signing = kid(OTHER);
    let told = of(issuer, Stub::new(), &[]).await;
    assert_eq!(told.code, 1);
    told.assert(
        "keys",
        "failed",
        &format!("the issuer signs with {}, and the secrets", kid(OTHER)),
    );
    told.assert(
        "keys",
        "failed",
        &format!("and the pages know {}", kid(SECRET)),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_is_told_with_what_is_known_of_it() {
    for (ahead, outcome) in [(0, "ok"), (-300, "failed"), (40, "failed"), (6, "warning")] {
        let mut issuer = Stub::new();
        issuer.date += Duration::seconds(ahead);
        let told = of(issuer, Stub::new(), &[]).await;
        // The stub's clock stands still, so it falls behind by what the test takes.
        told.assert("clock", outcome, "the clock of the issuer is");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_changes_cookies_or_host_is_told() {
    let mut pages = Stub::new();
    pages.cookie = "tegata=; Path=/app; Max-Age=0";
    pages.refuses_forms = true;
    let told = of(Stub::new(), pages, &[]).await;
    told.assert("public", "failed", "without HttpOnly, SameSite=Lax, Path=/");
    told.assert("proxy", "failed", "the proxy changes Host");

    let mut pages = Stub::new();
    pages.cookie = "";
    let told = of(Stub::new(), pages, &[]).await;
    told.assert("public", "failed", "the cookies are lost");

    let mut pages = Stub::new();
    pages.cookie = "__Host-tegata=; Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=0";
    let told = of(Stub::new(), pages, &[]).await;
    told.assert("cookies", "failed", "set their cookies for the other");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_without_an_issuer_and_a_stranger_at_an_address_are_failures() {
    let told = of(
        Stub::new(),
        Stub::new(),
        &[("ISSUER_URL", &format!("http://{NOWHERE}"))],
    )
    .await;
    told.assert("issuer", "failed", "nobody can sign in");

    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let stranger = Router::new().fallback(|| async { "hello" });
    tokio::spawn(async move { axum::serve(socket, stranger).await.unwrap() });
    let place = place().with("ISSUER_BIND", &address);
    let told = tokio::task::spawn_blocking(move || Told::by(&place, &[]))
        .await
        .unwrap();
    told.assert("issuer", "failed", "something else is at");
}
