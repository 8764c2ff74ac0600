//! With the feature `otlp`.

use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode, redirect};
use serde_json::Value;

use super::collector::{Collector, Kind, Span};
use crate::{
    pair::SECRET,
    tegata::{Place, Service, Tegata},
};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PASSWORD: &str = "eight barriers on the road";
const PROGRAM: &str = "Hanakos-Browser";
const TYPED: &str = "hanako-typed-this";
/// Traces of whoever asks.
const LOGIN: &str = "0af7651916cd43dd8448eb211c80319c";
const LOGOUT: &str = "1bf7651916cd43dd8448eb211c80319c";
const ODD: &str = "2cf7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";
const PATIENCE: Duration = Duration::from_secs(20);

fn traceparent(trace: &str) -> String {
    format!("00-{trace}-{SPAN}-01")
}

fn browser() -> Client {
    let builder = Client::builder().cookie_store(true).user_agent(PROGRAM);
    builder.redirect(redirect::Policy::none()).build().unwrap()
}

async fn submit(browser: &Client, url: String, form: &[(&str, &str)], trace: &str) -> StatusCode {
    let request = browser.post(url).form(form);
    let request = request.header("traceparent", traceparent(trace));
    request.send().await.unwrap().status()
}

async fn until_ready(url: &str) {
    let start = Instant::now();
    loop {
        let answer = reqwest::get(format!("{url}/health/ready")).await.unwrap();
        if answer.status().is_success() {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{url} does not get ready");
    }
}

fn the<'a>(spans: &'a [Span], service: &str, trace: &str, kind: Kind) -> &'a Span {
    let is_it = |span: &&Span| span.service == service && span.trace == trace && span.kind == kind;
    let found: Vec<&Span> = spans.iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{service} {kind:?} {trace}: {spans:#?}");
    found[0]
}

fn has(span: &Span, attributes: &[(&str, &str)]) {
    let expected = attributes.iter();
    let expected = expected.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    assert_eq!(span.attributes, expected.collect(), "{span:#?}");
}

/// Both services by themselves, each with this collector, each behind a trusted proxy on this machine.
fn apart(collector: &Collector) -> (Service, Service) {
    let place = || {
        Place::new()
            .with("SECRET_KEY", SECRET)
            .with("TRUSTED_PROXIES", "127.0.0.1")
            .with(ENDPOINT, &collector.url)
    };
    let issuer = place().with("ADMIN_PASSWORD", PASSWORD).serve("issuer");
    let url = issuer.url.replace("localhost", "127.0.0.1");
    let pages = place()
        .with("ISSUER_URL", &url)
        .with("OTEL_SERVICE_NAME", "our-pages");
    let pages = pages.serve("frontend");
    (issuer, pages)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_spans_both_services_and_nothing_that_was_typed_is_in_it() {
    let collector = Collector::start().await;
    let (mut issuer, mut pages) = apart(&collector);
    until_ready(&issuer.url).await;
    until_ready(&pages.url).await;

    let browser = browser();
    let form = [("username", "admin"), ("password", PASSWORD)];
    let at = |path: &str| format!("{}{path}", pages.url);
    let next = format!("/login?next=/%3F{TYPED}");
    assert_eq!(submit(&browser, at(&next), &form, LOGIN).await, 303);
    assert_eq!(submit(&browser, at("/logout"), &[], LOGOUT).await, 303);
    let odd = browser.request("TYPED-METHOD".parse().unwrap(), at(&format!("/{TYPED}")));
    let odd = odd
        .header("traceparent", traceparent(ODD))
        .header("x-request-id", TYPED);
    assert!(odd.send().await.unwrap().status().is_client_error());
    let token = reqwest::Client::new()
        .post(format!("{}/token", issuer.url))
        .form(&form);
    let token: Value = token.send().await.unwrap().json().await.unwrap();
    let token = token["access_token"].as_str().unwrap();
    let me = reqwest::Client::new().get(format!("{}/users/me", issuer.url));
    assert_eq!(me.bearer_auth(token).send().await.unwrap().status(), 200);

    // The last spans leave at the stop.
    assert_eq!(pages.stop("TERM"), Some(0));
    assert_eq!(issuer.stop("TERM"), Some(0));
    let spans = collector.spans();

    let outer = the(&spans, "our-pages", LOGIN, Kind::Server);
    assert_eq!(
        (outer.name.as_str(), outer.parent.as_str()),
        ("POST /login", SPAN)
    );
    has(
        outer,
        &[
            ("http.request.method", "POST"),
            ("http.response.status_code", "303"),
            ("http.route", "/login"),
            ("url.scheme", "http"),
        ],
    );
    let question = the(&spans, "our-pages", LOGIN, Kind::Client);
    assert_eq!(
        (&question.name, &question.parent),
        (&"POST token".into(), &outer.id)
    );
    let (_, port) = issuer.url.rsplit_once(':').unwrap();
    has(
        question,
        &[
            ("http.request.method", "POST"),
            ("http.response.status_code", "200"),
            ("server.address", "127.0.0.1"),
            ("server.port", port),
        ],
    );
    let inner = the(&spans, "tegata-issuer", LOGIN, Kind::Server);
    assert_eq!(
        (&inner.name, &inner.parent),
        (&"POST /token".into(), &question.id)
    );
    assert_eq!(inner.attributes["http.response.status_code"], "200");
    assert!(!inner.failed && !question.failed && !outer.failed);

    // What outlives its request is part of it all the same.
    let revoked = the(&spans, "tegata-issuer", LOGOUT, Kind::Server);
    assert_eq!(revoked.name, "POST /revoke");

    let odd = the(&spans, "our-pages", ODD, Kind::Server);
    assert_eq!(odd.name, "HTTP");
    assert_eq!(odd.attributes["http.request.method"], "_OTHER");
    assert!(
        !spans.iter().any(|span| span.name.contains("/health/")),
        "{spans:#?}"
    );

    let line = pages.log();
    let line = line
        .lines()
        .find(|line| line.contains("path=\"/login\""))
        .unwrap();
    assert!(line.contains(LOGIN), "the log names the trace: {line}");

    let sent = collector.bytes();
    let holds = |word: &str| {
        sent.windows(word.len())
            .any(|window| window == word.as_bytes())
    };
    assert!(
        holds("POST /login") && holds("our-pages"),
        "the search works"
    );
    let (_, signature) = token.rsplit_once('.').unwrap();
    for secret in [
        PASSWORD,
        "admin",
        TYPED,
        PROGRAM,
        "TYPED-METHOD",
        token,
        signature,
        SECRET,
    ] {
        assert!(!holds(secret), "{secret} was sent");
    }
}

async fn log_in(tegata: &Tegata, trace: &str) -> StatusCode {
    let form = [("username", "admin"), ("password", &*tegata.admin_password)];
    submit(&browser(), format!("{}/login", tegata.pages), &form, trace).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_that_is_not_trusted_chooses_the_trace() {
    let collector = Collector::start().await;
    let place = Place::new().with(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        &format!("{}/v1/traces", collector.url),
    );
    let tegata = place.start();
    assert_eq!(log_in(&tegata, LOGIN).await, 303);
    assert_eq!(tegata.stop("TERM"), Some(0));
    let spans = collector.spans();
    assert!(!spans.iter().any(|span| span.trace == LOGIN), "{spans:#?}");
    let login = spans
        .iter()
        .find(|span| span.name == "POST /login")
        .unwrap();
    assert_eq!(login.parent, "");
    // The halves of `tegata up` trust each other.
    let token = spans
        .iter()
        .find(|span| span.name == "POST /token")
        .unwrap();
    assert_eq!(token.trace, login.trace);
    assert_eq!(token.service, "tegata");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_costs_one_line() {
    let place = Place::new()
        .with(ENDPOINT, "http://hanako:hunter2hunter2@127.0.0.1:1")
        .with("OTEL_BSP_SCHEDULE_DELAY", "20");
    let tegata = place.start();
    let start = Instant::now();
    let told = || {
        tegata
            .log()
            .matches("the collector does not take traces")
            .count()
    };
    while told() == 0 {
        assert_eq!(log_in(&tegata, LOGIN).await, 303);
        assert!(start.elapsed() < PATIENCE, "{}", tegata.log());
    }
    for _ in 0..20 {
        assert_eq!(log_in(&tegata, LOGIN).await, 303);
    }
    assert_eq!(told(), 1, "{}", tegata.log());
    assert!(!tegata.log().contains("hunter2"), "{}", tegata.log());
    let start = Instant::now();
    assert_eq!(tegata.stop("TERM"), Some(0));
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn nothing_is_traced_unless_a_collector_is_named() {
    for (name, value) in [
        (ENDPOINT, ""),
        ("OTEL_SERVICE_NAME", "pages"),
        ("OTEL_SDK_DISABLED", "true"),
    ] {
        let mut place = Place::new().with(name, value);
        if name == "OTEL_SDK_DISABLED" {
            place = place.with(ENDPOINT, "http://127.0.0.1:1");
        }
        let said = place.start().log();
        assert!(!said.contains("traces"), "{said}");
    }
}

#[test]
fn what_cannot_be_a_collector_is_refused_and_not_repeated() {
    for (name, value) in [
        (ENDPOINT, "hunter2hunter2"),
        (ENDPOINT, "ftp://hanako:hunter2@collector"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "hunter2:4318"),
    ] {
        let (line, code) = Place::new().with(name, value).stops();
        assert!(line.contains(name) && line.contains(":4318"), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
        assert_eq!(code, 1);
    }
    let grpc = Place::new()
        .with(ENDPOINT, "http://127.0.0.1:4317")
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let (line, code) = grpc.stops();
    assert!(line.contains("OTEL_EXPORTER_OTLP_PROTOCOL"), "{line}");
    assert_eq!(code, 1);
}
