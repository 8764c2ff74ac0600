//! An issuer that is away, sick or strange signs nobody out.

use std::time::Duration as Limit;

use http::StatusCode;
use serde_json::json;
use tegata_frontend::config::Patience;
use time::Duration;
use tokio::time::Instant;

use super::{at_once, seconds_left, shortly_before_the_end};
use crate::{
    site::{TestSite, USERNAME},
    stub_issuer::OTHER_SECRET,
};

#[tokio::test]
async fn a_token_that_lives_works_without_the_issuer_to_its_last_second() {
    let mut site = TestSite::start().await;
    let browser = site.signed_in().await;
    site.issuer.goes_down().await;
    shortly_before_the_end(&site);
    for seconds in [0, 20, 10, 9] {
        site.clock.advance(Duration::seconds(seconds));
        for page in at_once(&browser, 10).await {
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.set_cookies().is_empty());
        }
    }
}

#[tokio::test]
async fn without_a_token_that_lives_it_is_503_and_the_session_stays() {
    let mut site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let cookie = browser.session_cookie().map(str::to_owned);
    site.issuer.goes_down().await;
    site.let_the_token_expire();

    for _ in 0..2 {
        let page = browser.get("/?page=2").await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(page.header("retry-after"), Some("5"));
        assert!(page.is_page());
        assert!(page.says("ログインの状態を確認できません"), "{}", page.body);
        assert!(page.says("href=\"/?page=2\""), "it offers to try again");
        assert!(page.set_cookies().is_empty());
        let answer = browser.fetch("/").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.json()["error"], "temporarily_unavailable");
    }
    let mut english = browser.clone().reading("en");
    let page = english.get("/").await;
    assert!(page.says("You have not been signed out"), "{}", page.body);

    site.issuer.comes_back().await;
    assert_eq!(browser.session_cookie().map(str::to_owned), cookie);
    let page = browser.get("/").await;
    assert_eq!(seconds_left(&page), 15 * 60);
    assert!(page.says(USERNAME));
}

#[tokio::test]
async fn only_a_refusal_ends_a_session() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_token_expire();
    for (status, body) in [
        (503, json!({"error": "unavailable"}).to_string()),
        (500, "<h1>Internal Server Error</h1>".to_owned()),
        (500, json!({"error": "invalid_grant"}).to_string()),
        (502, String::new()),
        (504, String::new()),
        (429, json!({"error": "slow_down"}).to_string()),
        (200, "<h1>It works!</h1>".to_owned()),
        (200, json!({"token": "x"}).to_string()),
        (404, json!({"detail": "Not Found"}).to_string()),
        (400, json!({"error": "invalid_request"}).to_string()),
        (400, json!({"error": "unsupported_grant_type"}).to_string()),
        (400, "<h1>Bad Request</h1>".to_owned()),
        (401, json!({"error": "invalid_client"}).to_string()),
        (403, json!({"error": "invalid_grant"}).to_string()),
        (302, String::new()),
    ] {
        site.issuer.answers_refreshes(status, &body);
        let page = browser.get("/").await;
        let told = format!("{status} {body}");
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{told}");
        assert!(page.set_cookies().is_empty(), "{told}");
    }
    site.issuer.works_again();
    assert_eq!(seconds_left(&browser.get("/").await), 15 * 60);
}

#[tokio::test]
async fn a_dead_issuer_is_not_hammered_while_tokens_live() {
    let site = patient(Patience {
        pause: Limit::from_secs(600),
        ..Patience::default()
    })
    .await;
    let mut one = site.signed_in().await;
    let other = site.signed_in().await;
    site.issuer.answers_refreshes(503, "");
    shortly_before_the_end(&site);

    assert_eq!(seconds_left(&one.get("/").await), 30);
    let asked = site.issuer.refreshes();
    for page in at_once(&other, 50).await {
        assert_eq!(seconds_left(&page), 30);
    }
    assert_eq!((asked, site.issuer.refreshes()), (1, 1));

    // Whose token is over does not rest: they have nothing else.
    site.issuer.works_again();
    site.let_the_token_expire();
    assert_eq!(seconds_left(&one.get("/").await), 15 * 60);
    // And with an answer the rest is over for all.
    site.clock.advance(Duration::minutes(-2));
    let mut other = other;
    assert_eq!(seconds_left(&other.get("/").await), 15 * 60);
}

#[tokio::test]
async fn a_slow_issuer_delays_a_page_briefly_and_only_once() {
    let site = patient(Patience {
        brief: Limit::from_secs(1),
        ..Patience::default()
    })
    .await;
    let mut browser = site.signed_in().await;
    shortly_before_the_end(&site);
    site.issuer.holds_refreshes();

    let start = Instant::now();
    for _ in 0..50 {
        assert_eq!(seconds_left(&browser.get("/").await), 30);
    }
    // Fifty waits would be fifty seconds.
    assert!(
        start.elapsed() < Limit::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(site.issuer.refreshes(), 1);
    site.issuer.releases_refreshes();
}

#[tokio::test]
async fn an_issuer_that_says_nothing_is_given_up_in_time() {
    let site = patient(Patience {
        answer: Limit::from_millis(50),
        refresh: Limit::from_millis(120),
        ..Patience::default()
    })
    .await;
    let mut browser = site.signed_in().await;
    site.let_the_token_expire();
    site.issuer.holds_refreshes();

    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!((2..=3).contains(&site.issuer.refreshes()));

    site.issuer.releases_refreshes();
    assert_eq!(seconds_left(&browser.get("/").await), 15 * 60);
    assert_eq!(site.issuer.rotations(), 1);
}

#[tokio::test]
async fn an_issuer_whose_fresh_tokens_are_refused_here_signs_nobody_out() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_token_expire();
    site.issuer.signs_with(OTHER_SECRET);

    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.says("SECRET_KEY"));
    assert!(page.set_cookies().is_empty());

    // Somebody has mended it.
    site.issuer.signs_with(crate::stub_issuer::SECRET);
    site.clock.advance(Duration::hours(1));
    assert_eq!(seconds_left(&browser.get("/").await), 15 * 60);
}

async fn patient(patience: Patience) -> TestSite {
    TestSite::with(|config| config.patience = patience).await
}
