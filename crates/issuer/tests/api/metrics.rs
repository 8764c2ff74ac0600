//! `GET /metrics`: what is counted, for whom, and what is never in it.

use std::collections::BTreeSet;

use axum::{body::Body, extract::ConnectInfo};
use http::{Method, Request, header::ACCEPT};
use serde_json::json;
use tegata_server::Networks;

use crate::{
    answer::Answer,
    app::{HANAKO, JSON, SECRET, TestApp, basic},
};

/// As somebody at this address, with these headers.
async fn ask(app: &TestApp, address: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get("/metrics");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    let peer: std::net::SocketAddr = address.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    app.send(request).await
}

async fn scrape(app: &TestApp) -> String {
    let answer = ask(app, "127.0.0.1:40000", &[]).await;
    assert_eq!(answer.status, 200);
    answer.text()
}

/// The value of the line that begins so; none when there is no such line.
fn value(text: &str, line: &str) -> Option<f64> {
    let found = text.lines().find_map(|given| given.strip_prefix(line))?;
    Some(found.trim().parse().unwrap())
}

fn of(name: &str, labels: &str) -> String {
    format!("tegata_{name}{{service=\"issuer\",{labels}}}")
}

#[tokio::test]
async fn requests_are_counted_by_method_pattern_and_status() {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.me(format!("Bearer {token}")).await;
    app.me("Bearer nonsense").await;
    app.get("/admin/users/01a1fcdc-1ec1-7b6f-8f6a-1f2a1c0a6f0e")
        .await;
    app.get("/no-such-page").await;
    app.get("/nor-this").await;

    let text = scrape(&app).await;
    for (labels, count) in [
        ("method=\"POST\",route=\"/token\",status=\"200\"", 1.0),
        ("method=\"GET\",route=\"/users/me\",status=\"200\"", 1.0),
        ("method=\"GET\",route=\"/users/me\",status=\"401\"", 1.0),
        (
            "method=\"GET\",route=\"/admin/users/{id}\",status=\"401\"",
            1.0,
        ),
        ("method=\"GET\",route=\"unmatched\",status=\"404\"", 2.0),
    ] {
        let line = of("http_requests_total", labels);
        assert_eq!(value(&text, &line), Some(count), "{line} in\n{text}");
    }
    let timed = of(
        "http_request_duration_seconds_count",
        "method=\"GET\",route=\"/users/me\"",
    );
    assert_eq!(value(&text, &timed), Some(2.0));
    let scraping = "tegata_http_requests_in_flight{service=\"issuer\"}";
    assert_eq!(value(&text, scraping), Some(1.0), "the scrape itself");
}

#[tokio::test]
async fn what_became_of_passwords_and_tokens_is_counted() {
    let app = TestApp::start().await;
    for (username, password) in [HANAKO, (HANAKO.0, "wrong"), ("nobody", "wrong")] {
        app.log_in(username, password).await;
    }
    let first = app.log_in(HANAKO.0, HANAKO.1).await.word("refresh_token");
    let refresh = async |token: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        app.post_form("/token", &form).await
    };
    let second = refresh(&first).await.word("refresh_token");
    refresh(&second).await;
    app.clock.advance(time::Duration::minutes(5));
    assert_eq!(refresh(&first).await.status, 400, "used again");
    refresh(&second).await;
    refresh("trt_nonsense").await;
    let token = app.token().await;
    app.me(format!("Bearer {token}x")).await;
    app.clock.advance(time::Duration::minutes(16));
    app.me(format!("Bearer {token}")).await;
    app.get("/users/me").await;

    let text = scrape(&app).await;
    for (name, labels, count) in [
        ("logins_total", "outcome=\"success\"", 3.0),
        // One word for both: whoever reads metrics does not learn which names there are.
        ("logins_total", "outcome=\"refused\"", 2.0),
        ("logins_total", "outcome=\"busy\"", 0.0),
        ("refreshes_total", "outcome=\"success\"", 2.0),
        ("refreshes_total", "outcome=\"over\"", 2.0),
        ("refreshes_total", "outcome=\"invalid\"", 1.0),
        ("refusals_total", "reason=\"bad_signature\"", 1.0),
        ("refusals_total", "reason=\"expired\"", 1.0),
        ("refusals_total", "reason=\"header_missing\"", 1.0),
        ("refusals_total", "reason=\"key_mismatch\"", 0.0),
        ("audit_events_total", "event=\"refresh_reused\"", 1.0),
        ("audit_events_total", "event=\"login\"", 3.0),
        ("sessions_ended_total", "cause=\"refresh_reused\"", 1.0),
        ("sessions_ended_total", "cause=\"signed_out\"", 0.0),
        ("store_errors_total", "operation=\"session_refresh\"", 0.0),
        (
            "store_operation_duration_seconds_count",
            "operation=\"session_begin\"",
            3.0,
        ),
    ] {
        let line = of(name, labels);
        assert_eq!(value(&text, &line), Some(count), "{line} in\n{text}");
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_counted_and_a_scrape_does_not_ask_it() {
    let app = TestApp::start().await;
    app.store.goes_away();
    app.log_in(HANAKO.0, HANAKO.1).await;
    let asked = |text: &str| {
        let lines = text
            .lines()
            .filter(|line| line.starts_with("tegata_store_operation_duration_seconds_count"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let first = scrape(&app).await;
    assert_eq!(
        value(&first, &of("store_errors_total", "operation=\"user_read\"")),
        Some(1.0)
    );
    assert_eq!(
        value(&first, &of("logins_total", "outcome=\"unavailable\"")),
        Some(1.0)
    );
    assert_eq!(asked(&scrape(&app).await), asked(&first));
}

#[tokio::test]
async fn only_listed_addresses_see_metrics_and_nobody_through_a_proxy_that_is_not_declared() {
    let here = "127.0.0.1:40000";
    let app = TestApp::start().await;
    assert_eq!(ask(&app, "[::1]:40000", &[]).await.status, 200);
    let unknown = app.get("/no-such-page").await;
    for (peer, headers) in [
        ("192.0.2.1:40000", vec![]),
        (here, vec![("x-forwarded-for", "203.0.113.9")]),
        (here, vec![("x-forwarded-for", "127.0.0.1")]),
        (here, vec![("forwarded", "for=203.0.113.9")]),
    ] {
        let answer = ask(&app, peer, &headers).await;
        assert_eq!(answer.status, 404, "{peer} {headers:?}");
        assert_eq!(answer.json(), unknown.json());
    }
    // In process nobody is connected: then it is not known who asks.
    assert_eq!(app.get("/metrics").await.status, 404);

    let app = TestApp::with(|config| {
        config.trusted_proxies = "127.0.0.1".parse().unwrap();
        config.metrics_from = "10.0.0.0/8".parse().unwrap();
    })
    .await;
    let forwarded = |from| [("x-forwarded-for", from)];
    let answer = ask(&app, here, &forwarded("10.1.2.3")).await;
    assert_eq!(answer.status, 200);
    let answer = ask(&app, here, &forwarded("203.0.113.9")).await;
    assert_eq!(answer.status, 404);
    assert_eq!(ask(&app, here, &[]).await.status, 404);

    let app = TestApp::with(|config| config.metrics_from = Networks::default()).await;
    assert_eq!(ask(&app, here, &[]).await.status, 404, "nobody");
}

#[tokio::test]
async fn the_format_is_the_one_that_is_asked_for() {
    let app = TestApp::start().await;
    let plain = ask(&app, "127.0.0.1:1", &[]).await;
    assert_eq!(
        plain.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert!(
        plain
            .text()
            .contains("# TYPE tegata_logins_total counter\n")
    );
    assert!(!plain.text().contains("# EOF"));
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
    let open = ask(&app, "127.0.0.1:1", &[(ACCEPT.as_str(), accept)]).await;
    assert_eq!(
        open.header("content-type"),
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    assert!(open.text().contains("# TYPE tegata_logins counter\n"));
    assert!(open.text().ends_with("# EOF\n"));
    assert_eq!(open.header("cache-control"), "no-store");
}

#[tokio::test]
async fn nothing_that_is_sent_becomes_a_label_and_the_number_of_lines_is_bounded() {
    let app = TestApp::start().await;
    let token = app.token().await;
    // Every route that is asked for below is known once.
    let visit = async |word: &str| {
        let quoted = word.replace(|c: char| !c.is_ascii_alphanumeric(), "%22");
        for path in [
            format!("/{quoted}"),
            format!("/admin/users/{quoted}"),
            format!("/users/me/{quoted}"),
            format!("/docs/{quoted}"),
            format!("/token?{quoted}"),
        ] {
            app.get(&path).await;
        }
        app.log_in(word, word).await;
        app.me(format!("Bearer {quoted}")).await;
        let user = json!({"username": word, "password": word});
        app.post("/users", JSON, user.to_string()).await;
        let form = [("grant_type", word), ("client_id", word)];
        app.post_form_as(basic(word, word), "/token", &form).await;
        let method = Method::from_bytes(b"BREW-\"").unwrap_or(Method::TRACE);
        for method in [
            method,
            Method::from_bytes(quoted_method(word).as_bytes()).unwrap(),
        ] {
            let request = Request::builder().method(method).uri("/token");
            app.send(request.body(Body::empty()).unwrap()).await;
        }
    };
    // Every kind of word once, so that each route and status that it leads to is known.
    for word in ["firstA1", "\"} 1\n", "關所", "a{b=\"c\"}"] {
        visit(word).await;
    }
    scrape(&app).await; // It is counted too.
    let lines = |text: &str| text.lines().count();
    let before = lines(&scrape(&app).await);
    for word in [
        "naughtyA1",
        "naughtyB2",
        "\"} 2\n",
        "社會科學院",
        "d{e=\"f\"}",
    ] {
        visit(word).await;
    }
    let text = scrape(&app).await;
    assert_eq!(lines(&text), before, "{text}");
    for secret in ["naughty", "社會", HANAKO.0, HANAKO.1, SECRET, &token, "%22"] {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
    assert_eq!(
        value(
            &text,
            &of(
                "http_requests_total",
                "method=\"other\",route=\"/token\",status=\"405\""
            )
        ),
        Some(18.0)
    );
}

fn quoted_method(word: &str) -> String {
    let letters: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("M-{letters}")
}

#[tokio::test]
async fn every_line_is_well_formed_and_described() {
    let app = TestApp::start().await;
    app.log_in(HANAKO.0, HANAKO.1).await;
    let text = scrape(&app).await;
    let mut described = BTreeSet::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let name = rest.split(' ').next().unwrap();
            assert!(described.insert(name.to_owned()), "{name} is there twice");
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        let name = line.split(['{', ' ']).next().unwrap();
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix))
            .filter(|base| described.contains(*base))
            .unwrap_or(name);
        assert!(described.contains(base), "{line}");
        assert!(
            name.starts_with("tegata_") || name.starts_with("process_"),
            "{line}"
        );
        assert!(
            line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(),
            "{line}"
        );
    }
    if cfg!(target_os = "linux") {
        for name in [
            "process_cpu_seconds_total",
            "process_resident_memory_bytes",
            "process_open_fds",
            "process_start_time_seconds",
        ] {
            assert!(value(&text, name).unwrap() > 0.0, "{name}");
        }
    }
}

#[tokio::test]
async fn every_error_names_the_request_as_its_header_does() {
    let app = TestApp::start().await;
    let id = "a-caller-s-own-id_7";
    let request = |method: Method, path: &str, body: &str| {
        Request::builder()
            .method(method)
            .uri(path)
            .header("x-request-id", id)
            .header("content-type", JSON)
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    for (method, path, body, status) in [
        (Method::GET, "/no-such-page", "", 404),
        (Method::PUT, "/token", "", 405),
        (Method::POST, "/token", "{}", 422),
        (Method::POST, "/token", "{\"username\": 1", 422),
        (
            Method::POST,
            "/token",
            "{\"username\": \"x\", \"password\": \"y\"}",
            400,
        ),
        (Method::GET, "/users/me", "", 401),
    ] {
        let answer = app.send(request(method, path, body)).await;
        assert_eq!(answer.status, status, "{path} {}", answer.text());
        assert_eq!(answer.header("x-request-id"), id);
        assert_eq!(answer.request_id().as_deref(), Some(id));
    }
    // Flask-JWT's clients know three members: there the header alone has it.
    let body = "{\"username\": \"x\", \"password\": \"y\"}";
    let answer = app.send(request(Method::POST, "/auth", body)).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("x-request-id"), id);
    assert_eq!(
        answer.json(),
        json!({"status_code": 401, "error": "Bad Request", "description": "Invalid credentials"})
    );
    // One that would not fit a log line is replaced.
    let strange = Request::get("/no-such-page")
        .header("x-request-id", "a\u{201c}b c\"d{e}")
        .body(Body::empty());
    let answer = app.send(strange.unwrap()).await;
    let id = answer.request_id().unwrap();
    assert_eq!(id, answer.header("x-request-id"));
    assert!(answer.header("x-request-id").len() >= 12);
}
