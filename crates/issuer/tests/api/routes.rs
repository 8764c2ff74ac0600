//! What holds for every route: errors in JSON, headers on every answer, and nothing that anybody
//! sends makes the service fail.

use axum::body::Body;
use http::{Method, Request};
use serde_json::json;

use crate::app::{FORM, HANAKO, JSON, TestApp};

/// Strings that have broken programs, by what they try (after the Big List of Naughty Strings).
const NAUGHTY: [&str; 29] = [
    "undefined",
    "NaN",
    "-1e309",
    "0x7fffffffffffffff",
    "1;DROP TABLE user",
    "' OR 1=1 -- ",
    "$(touch /tmp/x)",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "../../../../etc/passwd%00",
    "%s%n%x%d",
    "\0\u{1}\u{7f}",
    "\r\nSet-Cookie: a=b",
    "\u{feff}\u{200b}\u{2060}",
    "\u{202e}gnirts\u{2066}",
    "Ω≈ç√∫˜µ≤≥÷",
    "社會科學院語學研究所",
    "表ポあA鷗ŒéＢ逍Üßªąñ丂㐀𠀀",
    "ﷺﷺﷺﷺﷺﷺﷺﷺ",
    "İıſßŉǰ",
    "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮",
    "👩‍👩‍👧‍👦🇯🇵🏳️‍🌈",
    "%ZZ%C3%28%",
    "&&==&=&a[]=b",
    "{\"$where\":\"sleep(1)\"}",
    "\\u0000\\ud800",
    "\u{fffd}\u{ffff}\u{10ffff}",
    "()  { :; }; echo",
];

#[tokio::test]
async fn nothing_that_is_typed_makes_the_service_fail() {
    let app = TestApp::start().await;
    for naughty in NAUGHTY {
        let credentials = json!({"username": naughty, "password": naughty});
        let answers = [
            app.log_in(naughty, naughty).await,
            app.log_in(HANAKO.0, naughty).await,
            app.post_json("/token", &credentials).await,
            app.post_json("/auth", &credentials).await,
            app.post_json(
                "/users",
                &json!({"username": "a b", "password": naughty, "email": naughty, "name": naughty}),
            )
            .await,
            app.post("/token", JSON, naughty).await,
            app.post_form("/introspect", &[("token", naughty)]).await,
            app.post_form(
                "/token",
                &[
                    ("grant_type", "client_credentials"),
                    ("client_id", naughty),
                    ("client_secret", naughty),
                ],
            )
            .await,
        ];
        for answer in answers {
            assert!(
                answer.status.is_client_error(),
                "{naughty:?}: {} {}",
                answer.status,
                answer.text()
            );
        }
        let form = app.post("/token", FORM, naughty).await;
        assert!(form.status.is_client_error(), "{naughty:?}");
        // What HTTP itself does not let through cannot be sent in a header.
        for value in [naughty.to_owned(), format!("Bearer {naughty}")] {
            if http::HeaderValue::from_bytes(value.as_bytes()).is_ok() {
                assert_eq!(app.me(value).await.status, 401, "{naughty:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_in_json() {
    let app = TestApp::start().await;
    for path in [
        "/nope",
        "/token/",
        "/users/",
        "/users/me/x",
        "//token",
        "/TOKEN",
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(
            answer.json(),
            json!({"detail": "Not Found", "error": "not_found", "error_description": "Not Found"})
        );
    }
}

#[tokio::test]
async fn a_wrong_method_is_405_in_json_and_told_the_right_one() {
    let app = TestApp::start().await;
    for (method, path, allowed) in [
        (Method::GET, "/token", "POST"),
        (Method::GET, "/auth", "POST"),
        (Method::GET, "/introspect", "POST"),
        (Method::DELETE, "/users", "POST"),
        (Method::POST, "/users/me", "GET,HEAD,PATCH,DELETE"),
        (Method::POST, "/health/ready", "GET,HEAD"),
        (Method::PUT, "/openapi.json", "GET,HEAD"),
        (Method::POST, "/docs/", "GET,HEAD"),
        (Method::POST, "/", "GET,HEAD"),
    ] {
        let request = Request::builder().method(&method).uri(path);
        let answer = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 405, "{method} {path}");
        assert_eq!(answer.header("allow"), allowed, "{method} {path}");
        assert_eq!(answer.word("error"), "method_not_allowed", "{path}");
    }
}

#[tokio::test]
async fn every_answer_carries_an_id_and_the_security_headers() {
    let app = TestApp::start().await;
    let answers = [
        app.get("/health/live").await,
        app.get("/nope").await,
        app.get("/users/me").await,
        app.log_in(HANAKO.0, HANAKO.1).await,
        app.post("/token", FORM, "x".repeat(64 * 1024 + 1)).await,
    ];
    for answer in answers {
        assert!(answer.header("x-request-id").len() >= 8);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    }
    let page = app.get("/docs/").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"));
}
