//! Where whoever signs in comes back to: what a trusted proxy says, if it is a place to be sent to.

use http::{Method, StatusCode};

use super::{APP, CADDY, Held, NGINX, PROXY, site};
use crate::site::TestSite;

const HOME: &str = "http://localhost:8080/login";

async fn login_page(site: &TestSite, held: Held<'_>) -> String {
    let by_nginx = held.opened(&mut site.browser(), NGINX).await;
    let by_caddy = held.opened(&mut site.browser(), CADDY).await;
    assert_eq!(by_nginx.status, StatusCode::UNAUTHORIZED);
    assert_eq!(by_caddy.status, StatusCode::SEE_OTHER);
    assert_eq!(by_nginx.location(), by_caddy.location());
    by_caddy.location().to_owned()
}

#[tokio::test]
async fn a_path_comes_through_as_it_was() {
    let site = site().await;
    for (uri, next) in [
        ("/app/", "%2Fapp%2F"),
        (
            "/app/a%20b?q=%2B%26&r=1+2",
            "%2Fapp%2Fa%2520b%3Fq%3D%252B%2526%26r%3D1%2B2",
        ),
        ("/app/関所", "%2Fapp%2F%25E9%2596%25A2%25E6%2589%2580"),
        ("/app/a;b?c=d;e", "%2Fapp%2Fa%3Bb%3Fc%3Dd%3Be"),
    ] {
        let held = Held { uri, ..APP };
        let login = login_page(&site, held).await;
        assert_eq!(login, format!("{HOME}?next={next}"), "{uri}");
    }
}

#[tokio::test]
async fn nobody_is_sent_anywhere_else() {
    let site = site().await;
    let app = |uri| Held { uri, ..APP };
    let long = format!("/app/{}", "a".repeat(3000));
    let mut hostile = vec![app(long.as_str())];
    for uri in [
        "//evil.example",
        "/\\evil.example",
        "/%2fevil.example",
        "/.//evil.example",
        "https://evil.example/",
        "@evil.example/",
        ".evil.example/",
        ":80@evil.example/",
        "evil",
        "",
        "*",
        "/login?next=//evil.example",
        "/logout",
        "/forward-auth?refusal=redirect",
    ] {
        hostile.push(app(uri));
    }
    for host in [
        "evil.example",
        "evil.example:8080",
        "localhost",
        "localhost:8081",
        "localhost:8080.evil.example",
        "localhost:8080, evil.example",
        "evil.example, localhost:8080",
        "localhost:8080@evil.example",
        "",
        "[",
    ] {
        hostile.push(Held { host, ..APP });
    }
    for scheme in ["https", "javascript", "data", "ftp", "", "http, https"] {
        hostile.push(Held { scheme, ..APP });
    }
    for held in hostile {
        let login = login_page(&site, held).await;
        let Held {
            scheme, host, uri, ..
        } = held;
        assert_eq!(login, HOME, "{scheme} {host} {uri}");
    }
}

#[tokio::test]
async fn what_somebody_else_than_a_trusted_proxy_says_does_not_count() {
    let trusting_nobody = TestSite::start().await;
    let site = site().await;
    for (site, peer) in [
        (&site, "203.0.113.9:4711"),
        (&site, "[2001:db8::1]:4711"),
        (&trusting_nobody, PROXY),
    ] {
        for ask in [NGINX, CADDY] {
            let mut browser = site.browser();
            let request = browser.navigation(Method::GET, ask);
            let answer = browser.send(APP.said_by(peer, request), "").await;
            assert_eq!(answer.location(), HOME, "{peer}");
        }
    }
}

#[tokio::test]
async fn a_header_that_is_there_twice_or_not_at_all_does_not_count() {
    let site = site().await;
    let names = [
        "x-forwarded-method",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-forwarded-uri",
    ];
    for name in names {
        let mut browser = site.browser();
        let request = APP.said_by(PROXY, browser.navigation(Method::GET, CADDY));
        let twice = request.header(name, "x");
        assert_eq!(browser.send(twice, "").await.location(), HOME, "{name}");

        let mut request = APP.said_by(PROXY, browser.navigation(Method::GET, CADDY));
        request.headers_mut().unwrap().remove(name);
        assert_eq!(browser.send(request, "").await.location(), HOME, "{name}");
    }
    let mut browser = site.browser();
    let bytes = http::HeaderValue::from_bytes(b"/app/\xff").unwrap();
    let mut request = APP.said_by(PROXY, browser.navigation(Method::GET, CADDY));
    let headers = request.headers_mut().unwrap();
    headers.insert("x-forwarded-uri", bytes);
    assert_eq!(browser.send(request, "").await.location(), HOME);
}
