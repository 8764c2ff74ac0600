//! Apps on hosts of their own: the cookie reaches them, and whoever signs in comes back to them.

use http::StatusCode;
use tegata_frontend::config::{ForwardAuth, PublicUrl};

use super::{CADDY, Held, NGINX, trust};
use crate::{
    browser::{Browser, Page, form},
    site::{EXPIRED_JA, PASSWORD, TestSite, USERNAME},
};

const GRAFANA: Held<'static> = Held {
    method: "GET",
    scheme: "https",
    host: "grafana.test.example",
    uri: "/d/1?from=now-1h&to=now",
};
const LOGIN: &str = "https://login.test.example/login?next=https%3A%2F%2Fgrafana.test.example%2Fd%2F1%3Ffrom%3Dnow-1h%26to%3Dnow";

/// At `https://login.test.example`, with an app beside it.
async fn site() -> TestSite {
    TestSite::with(|config| {
        trust(config);
        config.public_url = PublicUrl::parse("https://login.test.example").unwrap();
        config.forward_auth = ForwardAuth::new(
            &config.public_url,
            Some("test.example".parse().unwrap()),
            "https://grafana.test.example".parse().unwrap(),
            false,
        )
        .unwrap();
    })
    .await
}

async fn signs_in(browser: &mut Browser, page: &Page) -> Page {
    let next = page.input("/login", "next");
    let fields = [
        ("username", USERNAME),
        ("password", PASSWORD),
        ("next", next.as_str()),
    ];
    let done = browser.submit("/login", &fields).await;
    browser.get(done.location()).await
}

#[tokio::test]
async fn whoever_signs_in_comes_back_to_the_app() {
    let site = site().await;
    for ask in [NGINX, CADDY] {
        let mut browser = site.browser();
        let refused = GRAFANA.opened(&mut browser, ask).await;
        assert_eq!(refused.location(), LOGIN);
        let page = browser.get(refused.location()).await;
        // Browsers hold the redirects after the form to this.
        let policy = page.header("content-security-policy").unwrap();
        let allowed = "form-action 'self' https://grafana.test.example";
        assert!(policy.ends_with(allowed), "{policy}");

        let back = signs_in(&mut browser, &page).await;

        assert_eq!(back.status, StatusCode::SEE_OTHER);
        let there = "https://grafana.test.example/d/1?from=now-1h&to=now";
        assert_eq!(back.location(), there);
        let passed = GRAFANA.opened(&mut browser, ask).await;
        assert_eq!(passed.status, StatusCode::OK);
        // Whoever is signed in already goes there at once.
        assert_eq!(browser.get(refused.location()).await.location(), there);
    }
}

#[tokio::test]
async fn the_cookies_are_for_the_whole_domain_and_can_be_taken_back() {
    let site = site().await;
    let mut browser = site.browser();

    let signed_in = browser.submit_login(USERNAME, PASSWORD).await;
    let switched = browser.submit("/language", &[("lang", "ja")]).await;
    let signed_out = browser.submit("/logout", &[]).await;

    let session = signed_in.set_cookie("__Secure-tegata").unwrap();
    let language = switched.set_cookie("__Secure-tegata_language").unwrap();
    let flash = signed_out.set_cookie("__Secure-tegata_flash").unwrap();
    let removal = signed_out.set_cookie("__Secure-tegata").unwrap();
    assert!(removal.has("Max-Age=0"));
    for cookie in [session, language, flash, removal] {
        for attribute in [
            "HttpOnly",
            "SameSite=Lax",
            "Path=/",
            "Secure",
            "Domain=test.example",
        ] {
            assert!(cookie.has(attribute), "{attribute}: {cookie:?}");
        }
    }
    assert_eq!(browser.session_cookie(), None);
    let refused = GRAFANA.opened(&mut browser, NGINX).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn they_are_told_why_like_everybody() {
    for ask in [NGINX, CADDY] {
        let site = site().await;
        let mut browser = site.signed_in().await;
        site.let_the_login_expire();
        let refused = GRAFANA.opened(&mut browser, ask).await;
        assert_eq!(refused.location(), LOGIN);
        let page = browser.get(LOGIN).await;
        assert_eq!(page.notice(), Some(EXPIRED_JA), "{ask}");
    }
}

#[tokio::test]
async fn only_the_listed_origins_are_places_to_come_back_to() {
    let site = site().await;
    let home = "https://login.test.example/login";
    for held in [
        Held {
            host: "wiki.test.example",
            ..GRAFANA
        },
        Held {
            host: "test.example",
            ..GRAFANA
        },
        Held {
            host: "grafana.test.example:8443",
            ..GRAFANA
        },
        Held {
            host: "grafana.test.example.evil.example",
            ..GRAFANA
        },
        Held {
            host: "grafana.test.example@evil.example",
            ..GRAFANA
        },
        Held {
            scheme: "http",
            ..GRAFANA
        },
        Held {
            uri: "@evil.example/",
            ..GRAFANA
        },
        Held {
            uri: ".evil.example/",
            ..GRAFANA
        },
        Held {
            uri: "/\\evil.example/",
            ..GRAFANA
        },
        Held {
            method: "POST",
            ..GRAFANA
        },
    ] {
        let refused = held.opened(&mut site.browser(), CADDY).await;
        assert_eq!(refused.location(), home, "{} {}", held.host, held.uri);
    }
    for asked in [
        "https://wiki.test.example/",
        "https://grafana.test.example:8443/",
        "https://grafana.test.example.evil.example/",
        "https://user@grafana.test.example/",
        "https://grafana.test.example\\@evil.example/",
        "http://grafana.test.example/",
        "//grafana.test.example/",
    ] {
        let query = form(&[("next", asked)]);
        let page = site.browser().get(&format!("/login?{query}")).await;
        assert_eq!(page.input("/login", "next"), "/", "{asked}");
    }
}

#[tokio::test]
async fn a_path_of_the_pages_own_host_stays_a_path() {
    let site = site().await;
    let held = Held {
        host: "login.test.example",
        uri: "/app/",
        ..GRAFANA
    };
    let refused = held.opened(&mut site.browser(), CADDY).await;
    let login = "https://login.test.example/login?next=%2Fapp%2F";
    assert_eq!(refused.location(), login);
}

#[tokio::test]
async fn of_two_session_cookies_none_is_left_whatever_it_was_set_for() {
    let site = site().await;
    let session = site.signed_in().await.session_cookie().unwrap().to_owned();
    let mut browser = site.browser();
    let cookies = format!("__Secure-tegata={session}; __Secure-tegata=x");
    let request = browser
        .navigation(http::Method::GET, CADDY)
        .header("cookie", cookies);

    let refused = browser
        .send(GRAFANA.said_by(super::PROXY, request), "")
        .await;

    assert_eq!(refused.location(), LOGIN);
    let removals = refused.set_cookies();
    let mut removals: Vec<_> = removals
        .iter()
        .filter(|cookie| cookie.name == "__Secure-tegata")
        .map(|cookie| {
            assert!(cookie.has("Max-Age=0") && cookie.has("Secure"));
            let mut attributes = cookie.attributes.iter();
            attributes
                .find(|one| one.starts_with("Domain"))
                .map(String::as_str)
        })
        .collect();
    removals.sort_unstable();
    assert_eq!(
        removals,
        [
            None,
            Some("Domain=login.test.example"),
            Some("Domain=test.example")
        ]
    );
}
