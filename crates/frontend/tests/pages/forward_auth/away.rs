//! When nobody can tell whether the session goes on: nobody passes, and nobody is signed out.

use http::StatusCode;
use tegata_frontend::config::{ForwardAuth, PublicUrl};

use super::{APP, CADDY, Held, NGINX, site, trust};
use crate::site::{TestSite, USERNAME};

#[tokio::test]
async fn while_the_issuer_is_away_a_token_that_lives_passes() {
    let mut site = site().await;
    let mut browser = site.signed_in().await;
    site.issuer.goes_down().await;
    for ask in [NGINX, CADDY] {
        let answer = APP.opened(&mut browser, ask).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("x-auth-user"), Some(USERNAME));
    }
}

#[tokio::test]
async fn one_that_does_not_has_to_wait_and_then_goes_on() {
    let mut site = site().await;
    let mut browser = site.signed_in().await;
    let login = "/login?next=%2Fapp%2Forders%3Fpage%3D2%26sort%3Dnew";
    site.let_the_token_expire();
    site.issuer.goes_down().await;

    for ask in [NGINX, CADDY] {
        for answer in [
            APP.opened(&mut browser, ask).await,
            APP.fetched(&mut browser, ask).await,
        ] {
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(answer.header("retry-after"), Some("5"));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("x-auth-user"), None);
            assert!(answer.set_cookies().is_empty());
        }
    }
    let page = APP.opened(&mut browser, CADDY).await;
    assert!(page.is_page());
    assert!(page.says("ログインの状態を確認できません"));
    // The app's own page is tried again, not the question about it.
    assert!(
        page.says("href=\"/app/orders?page=2&#38;sort=new\""),
        "{}",
        page.body
    );
    // Where nginx might send somebody: the same, and no form that nobody could use.
    let page = browser.get(login).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.says("ログインの状態を確認できません"));
    assert_eq!(site.stored_sessions(), 1);

    site.issuer.comes_back().await;
    assert_eq!(browser.get(login).await.location(), APP.uri);
    assert_eq!(APP.opened(&mut browser, CADDY).await.status, StatusCode::OK);
}

#[tokio::test]
async fn while_the_session_store_is_away_it_is_the_same() {
    let site = site().await;
    let mut browser = site.signed_in().await;
    site.records.go_away();
    for ask in [NGINX, CADDY] {
        let answer = APP.fetched(&mut browser, ask).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.json()["error"], "temporarily_unavailable");
        // Whoever has no cookie is a stranger all the same.
        let stranger = APP.fetched(&mut site.browser(), ask).await;
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    }
    site.records.come_back();
    assert_eq!(APP.opened(&mut browser, NGINX).await.status, StatusCode::OK);
}

#[tokio::test]
async fn at_the_host_of_an_app_it_is_said_without_our_style_sheet() {
    let mut site = TestSite::with(|config| {
        trust(config);
        config.public_url = PublicUrl::parse("http://login.tegata.localhost:8080").unwrap();
        config.forward_auth = ForwardAuth::new(
            &config.public_url,
            Some("tegata.localhost".parse().unwrap()),
            "http://app.tegata.localhost:8080".parse().unwrap(),
            false,
        )
        .unwrap();
    })
    .await;
    let mut browser = site.signed_in().await.reading("en");
    site.let_the_token_expire();
    site.issuer.goes_down().await;
    let held = Held {
        host: "app.tegata.localhost:8080",
        ..APP
    };

    let answer = held.opened(&mut browser, CADDY).await;

    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert!(
        answer.says("You have not been signed out"),
        "{}",
        answer.body
    );
    assert_eq!(site.stored_sessions(), 1);
}
