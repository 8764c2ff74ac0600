//! Who is signed in, as headers.

use http::{Method, StatusCode};
use tegata_frontend::config::{AppOrigins, ForwardAuth, PublicUrl};

use super::{APP, CADDY, NGINX, site, trust};
use crate::site::{PASSWORD, TestSite, USERNAME};

fn with_token() -> ForwardAuth {
    let pages = PublicUrl::parse("http://localhost:8080").unwrap();
    ForwardAuth::new(&pages, None, AppOrigins::default(), true).unwrap()
}

#[tokio::test]
async fn whoever_is_signed_in_passes_and_is_named() {
    let site = site().await;
    let mut browser = site.signed_in().await;
    let claims = browser.get("/").await;

    for ask in [NGINX, CADDY] {
        for answer in [
            APP.opened(&mut browser, ask).await,
            APP.fetched(&mut browser, ask).await,
        ] {
            assert_eq!(answer.status, StatusCode::OK);
            assert_eq!(answer.header("x-auth-user"), Some(USERNAME));
            assert_eq!(answer.header("x-auth-roles"), Some("admin,staff"));
            let id = answer.header("x-auth-user-id").unwrap();
            assert!(!id.is_empty() && claims.says(id), "{id}");
            assert_eq!(answer.header("authorization"), None);
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.body, "");
            assert!(answer.set_cookies().is_empty());
        }
    }
}

#[tokio::test]
async fn a_name_in_any_script_is_safe_in_a_header_and_stays_one_name() {
    let site = site().await;
    for (name, header) in [
        ("関所.太郎", "%E9%96%A2%E6%89%80.%E5%A4%AA%E9%83%8E"),
        ("hanako+1@example.com", "hanako+1@example.com"),
        // No issuer of ours lets these register; another one might.
        ("%E9%96%A2", "%25E9%2596%25A2"),
        (
            "eve\r\nX-Auth-Roles: admin",
            "eve%0D%0AX-Auth-Roles:%20admin",
        ),
        ("eve, admin;\"x\"", "eve%2C%20admin%3B%22x%22"),
        (" eve ", "%20eve%20"),
    ] {
        site.issuer.knows(name, PASSWORD, &[]);
        let mut browser = site.browser();
        browser.submit_login(name, PASSWORD).await;

        let answer = APP.opened(&mut browser, NGINX).await;

        assert_eq!(answer.status, StatusCode::OK, "{name}");
        assert_eq!(answer.header("x-auth-user"), Some(header));
        // There, though empty: the proxy overwrites what the client sent.
        assert_eq!(answer.header("x-auth-roles"), Some(""));
    }
}

#[tokio::test]
async fn roles_cannot_run_into_each_other() {
    let site = site().await;
    site.issuer
        .knows("eve", PASSWORD, &["a,admin", "team:red", "b c"]);
    let mut browser = site.browser();
    browser.submit_login("eve", PASSWORD).await;

    let answer = APP.opened(&mut browser, NGINX).await;

    assert_eq!(
        answer.header("x-auth-roles"),
        Some("a%2Cadmin,team:red,b%20c")
    );
}

#[tokio::test]
async fn what_the_client_says_of_itself_is_not_repeated() {
    let site = site().await;
    let mut browser = site.signed_in().await;
    let request = browser
        .navigation(Method::GET, NGINX)
        .header("x-auth-user", "root")
        .header("x-auth-user-id", "0")
        .header("x-auth-roles", "root")
        .header("authorization", "Bearer forged");

    let answer = browser.send(APP.said_by(super::PROXY, request), "").await;

    assert_eq!(answer.header("x-auth-user"), Some(USERNAME));
    assert_eq!(answer.header("x-auth-roles"), Some("admin,staff"));
    assert_ne!(answer.header("x-auth-user-id"), Some("0"));
    assert_eq!(answer.header("authorization"), None);
}

#[tokio::test]
async fn the_token_goes_along_when_that_is_set_and_to_a_trusted_proxy_alone() {
    let site = TestSite::with(|config| {
        trust(config);
        config.forward_auth = with_token();
    })
    .await;
    let mut browser = site.signed_in().await;
    let bearer = format!("Bearer {}", site.issuer.last_token());

    let answer = APP.opened(&mut browser, NGINX).await;
    assert_eq!(answer.header("authorization"), Some(bearer.as_str()));

    // A script of the pages' own origin, past the proxy or through a careless one.
    for peer in ["203.0.113.9:4711", "127.0.0.1:4711"] {
        let request = browser.navigation(Method::GET, NGINX);
        let answer = browser.send(APP.said_by(peer, request), "").await;
        assert_eq!(answer.status, StatusCode::OK, "{peer}");
        assert_eq!(answer.header("authorization"), None, "{peer}");
    }
}

#[tokio::test]
async fn the_token_is_a_fresh_one_when_the_old_one_ends() {
    let site = TestSite::with(|config| {
        trust(config);
        config.forward_auth = with_token();
    })
    .await;
    let mut browser = site.signed_in().await;
    let before = site.issuer.last_token();
    site.let_the_token_expire();

    let answer = APP.fetched(&mut browser, NGINX).await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(site.issuer.refreshes(), 1);
    let bearer = format!("Bearer {}", site.issuer.last_token());
    assert_eq!(answer.header("authorization"), Some(bearer.as_str()));
    assert_ne!(site.issuer.last_token(), before);
}

#[tokio::test]
async fn it_counts_as_use_of_the_session() {
    let site = site().await;
    let mut browser = site.remembered().await;
    for _ in 0..3 {
        site.clock.advance(time::Duration::days(6));
        let answer = APP.fetched(&mut browser, NGINX).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_question_costs_no_call_to_the_issuer_and_one_look_into_the_store() {
    let site = site().await;
    let mut browser = site.signed_in().await;
    let (asked, found) = (site.issuer.requests(), site.records.finds());

    for _ in 0..5 {
        assert_eq!(APP.opened(&mut browser, NGINX).await.status, StatusCode::OK);
    }

    assert_eq!(site.issuer.requests(), asked);
    assert_eq!(site.records.finds(), found + 5);
}

#[tokio::test]
async fn a_page_of_another_site_learns_nothing() {
    let site = site().await;
    let mut browser = site.signed_in().await;
    let request = browser
        .request(Method::GET, NGINX)
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "no-cors");

    let answer = browser.send(request, "").await;

    assert_eq!(answer.body, "");
    let resource_policy = answer.header("cross-origin-resource-policy");
    assert_eq!(resource_policy, Some("same-origin"));
    let opener_policy = answer.header("cross-origin-opener-policy");
    assert_eq!(opener_policy, Some("same-origin"));
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    assert!(
        !answer
            .headers
            .keys()
            .any(|name| name.as_str().starts_with("access-control-"))
    );
}
