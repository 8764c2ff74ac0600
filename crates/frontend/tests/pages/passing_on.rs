//! The issuer learns of every call whose browser it is for.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{Method, header};
use tegata_frontend::config::ClientCredentials;

use crate::{
    browser::form,
    logs,
    site::{PASSWORD, TestSite, USERNAME},
};

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0";

#[tokio::test]
async fn address_and_name_of_the_browser_go_with_every_call() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    let address: SocketAddr = "203.0.113.9:4711".parse().unwrap();
    let dressed = |request: http::request::Builder| {
        request
            .header(header::USER_AGENT, AGENT)
            .header("x-forwarded-for", "198.51.100.1")
            .extension(ConnectInfo(address))
    };
    let credentials = form(&[("username", USERNAME), ("password", PASSWORD)]);
    let newcomer = form(&[("username", "taro"), ("password", "kaze-no-toorimichi")]);
    let others = form(&[("sessions", "others")]);

    for (path, body) in [
        ("/register", newcomer.as_str()),
        ("/login", &credentials),
        ("/logout", &others),
    ] {
        let request = dressed(browser.form_request(path));
        browser.send(request, body).await;
    }
    site.let_the_token_expire();
    let request = dressed(browser.navigation(Method::GET, "/"));
    browser.send(request, "").await;
    let request = dressed(browser.form_request("/logout"));
    browser.send(request, "").await;

    let calls = site.issuer.calls();
    let mut seen: Vec<_> = calls.iter().map(|call| call.what).collect();
    seen.dedup();
    for what in ["register", "login", "refresh", "end_others", "revoke"] {
        assert!(seen.contains(&what), "{what}: {seen:?}");
    }
    for call in calls {
        let sent = |name: &str| call.headers.get(name).unwrap().to_str().unwrap();
        assert_eq!(sent("x-forwarded-for"), "203.0.113.9", "{}", call.what);
        assert_eq!(sent("user-agent"), AGENT, "{}", call.what);
    }
}

#[tokio::test]
async fn a_browser_does_not_choose_its_address_and_a_listed_proxy_names_it() {
    for (listed, peer, forwarded, passed_on) in [
        ("", "203.0.113.9", &["198.51.100.1"][..], "203.0.113.9"),
        ("10.0.0.0/8", "203.0.113.9", &["10.0.0.1"], "203.0.113.9"),
        ("10.0.0.0/8", "10.0.0.7", &["198.51.100.1"], "198.51.100.1"),
        (
            "10.0.0.0/8",
            "10.0.0.7",
            &["192.0.2.1, 198.51.100.1", "10.0.0.8"],
            "198.51.100.1",
        ),
        (
            "fd00::/8",
            "[fd00::7]",
            &["198.51.100.1, 2001:db8::1"],
            "2001:db8::1",
        ),
        ("10.0.0.0/8", "10.0.0.7", &["nonsense"], "10.0.0.7"),
    ] {
        let site = TestSite::with(|config| config.trusted_proxies = listed.parse().unwrap()).await;
        let mut browser = site.browser();
        let peer: SocketAddr = format!("{peer}:4711").parse().unwrap();
        let mut request = browser.form_request("/login").extension(ConnectInfo(peer));
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let credentials = form(&[("username", USERNAME), ("password", "a guess")]);
        browser.send(request, &credentials).await;
        let calls = site.issuer.calls();
        let sent: Vec<_> = calls[0].headers.get_all("x-forwarded-for").iter().collect();
        assert_eq!(sent, [passed_on], "{listed} {forwarded:?}");
    }
}

#[tokio::test]
async fn a_proxy_inside_that_is_not_listed_is_told_of_in_the_log_and_nobody_outside_is() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    for (peer, told) in [
        ("203.0.113.201", false),
        ("10.20.30.201", true),
        ("10.20.30.202", false),
    ] {
        let peer: SocketAddr = format!("{peer}:4711").parse().unwrap();
        let request = browser.navigation(Method::GET, "/login");
        let request = request
            .header("x-forwarded-for", "198.51.100.1")
            .extension(ConnectInfo(peer));
        browser.send(request, "").await;
        let words = format!("add {} to TRUSTED_PROXIES, or all browsers", peer.ip());
        assert_eq!(logs::say(&words), told, "{peer}");
    }
}

#[tokio::test]
async fn the_pages_prove_who_they_are_where_they_send_a_password() {
    let site = TestSite::with(|config| {
        config.issuer_client = Some(ClientCredentials {
            id: "pages:a".to_owned(),
            secret: "b c%é".to_owned().into(),
        });
    })
    .await;
    let mut browser = site.browser();
    let credentials = form(&[("username", USERNAME), ("password", PASSWORD)]);
    let request = browser.form_request("/login");
    browser.send(request, &credentials).await;
    site.let_the_token_expire();
    let request = browser.navigation(Method::GET, "/");
    browser.send(request, "").await;

    let calls = site.issuer.calls();
    assert!(calls.iter().any(|call| call.what == "refresh"));
    for call in calls {
        let sent = call.headers.get(header::AUTHORIZATION);
        let expected = (call.what == "login").then(|| {
            // Both parts are form-urlencoded first (RFC 6749 §2.3.1).
            format!("Basic {}", BASE64_STANDARD.encode("pages%3Aa:b+c%25%C3%A9"))
        });
        let sent = sent.map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(sent, expected, "{}", call.what);
    }
}
