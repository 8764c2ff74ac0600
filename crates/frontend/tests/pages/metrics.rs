//! `GET /metrics`, and the id by which a request is found in both logs.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use http::{Method, StatusCode};

use crate::{
    browser::Page,
    logs,
    site::{PASSWORD, TestSite, USERNAME},
};

async fn ask(site: &TestSite, address: &str, headers: &[(&str, &str)]) -> Page {
    let mut browser = site.browser();
    let address: SocketAddr = address.parse().unwrap();
    let mut request = browser.request(Method::GET, "/metrics");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser
        .send(request.extension(ConnectInfo(address)), "")
        .await
}

async fn scrape(site: &TestSite) -> String {
    let page = ask(site, "127.0.0.1:40000", &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.body
}

fn value(text: &str, name: &str, labels: &str) -> Option<f64> {
    let separator = if labels.is_empty() { "" } else { "," };
    let line = format!("tegata_{name}{{service=\"frontend\"{separator}{labels}}}");
    let found = text.lines().find_map(|given| given.strip_prefix(&line))?;
    Some(found.trim().parse().unwrap())
}

#[tokio::test]
async fn sign_ins_refreshes_stops_and_what_others_took_are_counted() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    browser.get("/").await;
    browser.submit_login(USERNAME, "wrong").await;
    browser.sign_in().await;
    site.let_the_token_expire();
    browser.get("/").await;
    site.let_the_login_expire();
    browser.open("/").await;
    let mut other = site.signed_in().await;
    other.submit("/logout", &[]).await;

    let text = scrape(&site).await;
    for (name, labels, count) in [
        ("sign_ins_total", "outcome=\"success\"", 2.0),
        ("sign_ins_total", "outcome=\"refused\"", 1.0),
        ("sign_ins_total", "outcome=\"unavailable\"", 0.0),
        ("refreshes_total", "outcome=\"success\"", 1.0),
        ("refreshes_total", "outcome=\"over\"", 1.0),
        ("refusals_total", "reason=\"login_required\"", 1.0),
        ("refusals_total", "reason=\"session_ended\"", 1.0),
        ("sessions_begun_total", "", 2.0),
        ("sessions_ended_total", "cause=\"expired\"", 1.0),
        ("sessions_ended_total", "cause=\"signed_out\"", 1.0),
        (
            "issuer_call_duration_seconds_count",
            "operation=\"revoke\"",
            1.0,
        ),
        ("issuer_call_errors_total", "operation=\"token\"", 0.0),
        (
            "store_operation_duration_seconds_count",
            "operation=\"session_begin\"",
            2.0,
        ),
        ("keys_differ", "", 0.0),
        (
            "http_requests_total",
            "method=\"GET\",route=\"/\",status=\"200\"",
            3.0,
        ),
    ] {
        assert_eq!(
            value(&text, name, labels),
            Some(count),
            "{name} {labels} in\n{text}"
        );
    }
    for secret in [USERNAME, PASSWORD, &site.issuer.last_token()] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn outages_are_counted_and_a_scrape_asks_nobody() {
    let mut site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let asked = site.issuer.requests();
    site.records.calls();
    scrape(&site).await;
    assert!(site.records.calls().is_empty());
    assert_eq!(site.issuer.requests(), asked);

    site.records.go_away();
    browser.get("/").await;
    site.records.come_back();
    site.issuer.goes_down().await;
    site.browser().submit_login(USERNAME, PASSWORD).await;
    let text = scrape(&site).await;
    for (name, labels) in [
        ("store_errors_total", "operation=\"session_read\""),
        ("sign_ins_total", "outcome=\"unavailable\""),
        ("issuer_call_errors_total", "operation=\"token\""),
    ] {
        assert_eq!(value(&text, name, labels), Some(1.0), "{name} in\n{text}");
    }
}

#[tokio::test]
async fn strangers_find_no_metrics_and_leave_no_labels() {
    let site = TestSite::start().await;
    let unknown = site.browser().get("/no-such-page").await;
    for (peer, headers) in [
        ("192.0.2.1:40000", vec![]),
        ("127.0.0.1:40000", vec![("x-forwarded-for", "127.0.0.1")]),
    ] {
        let page = ask(&site, peer, &headers).await;
        assert_eq!(page.status, unknown.status, "{peer}");
        assert!(!page.body.contains("tegata_"));
    }
    let visit = async |word: &str| {
        let mut browser = site.browser();
        for path in [
            format!("/{word}"),
            format!("/assets/{word}"),
            format!("/login?next=/{word}"),
        ] {
            browser.get(&path).await;
        }
        browser.submit_login(word, word).await;
        let method = Method::from_bytes(word.as_bytes()).unwrap();
        browser.send(browser.request(method, "/login"), "").await;
    };
    visit("first").await;
    scrape(&site).await; // It is counted too.
    let before = scrape(&site).await.lines().count();
    for word in ["naughtyA", "naughtyB", "naughtyC"] {
        visit(word).await;
    }
    let text = scrape(&site).await;
    assert_eq!(text.lines().count(), before);
    assert!(!text.contains("naughty"));
}

#[tokio::test]
async fn one_id_is_in_the_browser_s_answer_in_our_log_and_in_what_the_issuer_is_asked() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_token_expire();
    let id = "one-id-for-both-logs";
    let request = browser
        .navigation(Method::GET, "/")
        .header("x-request-id", id);
    let page = browser.send(request, "").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("x-request-id"), Some(id));
    // The refresh is a task of its own, and asks in the name of the request that began it.
    let sent = |what: &str| {
        let calls = site.issuer.calls();
        let call = calls.iter().rev().find(|call| call.what == what).unwrap();
        call.headers["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(sent("refresh"), id);
    // Of the login nobody had named one: the pages make it.
    assert!(sent("login").len() >= 12);

    // What is logged there carries it too.
    site.let_the_token_expire();
    site.issuer.answers_refreshes(500, "{}");
    let id = "an-id-of-a-refresh-that-fails";
    let request = browser
        .navigation(Method::GET, "/")
        .header("x-request-id", id);
    browser.send(request, "").await;
    assert!(logs::line_says(id, "the issuer did not refresh"));
}

#[tokio::test]
async fn an_error_shows_the_id_that_finds_it_in_the_log() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    let named =
        |request: http::request::Builder| request.header("x-request-id", "please-quote-this");
    let page = named(browser.navigation(Method::GET, "/no-such-page"));
    let page = browser.send(page, "").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.says("please-quote-this"), "{}", page.body);
    assert!(page.says("お問い合わせ番号"));

    for (path, status) in [("/no-such-page", 404), ("/", 401)] {
        let request = named(browser.request(Method::GET, path));
        let answer = browser.send(request, "").await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.json()["request_id"], "please-quote-this", "{path}");
    }
}
