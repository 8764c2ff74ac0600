//! Everybody's token ends in the same second.

use http::StatusCode;
use tokio::task::JoinSet;

use super::seconds_left;
use crate::site::TestSite;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_sessions_that_end_at_once_are_a_thousand_rotations() {
    let site = TestSite::start().await;
    let mut signing_in = JoinSet::new();
    for _ in 0..1_000 {
        let mut browser = site.browser();
        signing_in.spawn(async move {
            browser.sign_in().await;
            browser
        });
    }
    let browsers = signing_in.join_all().await;
    site.let_the_token_expire();

    let mut requests = JoinSet::new();
    for browser in &browsers {
        for _ in 0..2 {
            let mut tab = browser.clone();
            requests.spawn(async move { tab.get("/").await });
        }
    }
    for page in requests.join_all().await {
        assert_eq!(seconds_left(&page), 15 * 60);
    }

    assert_eq!(site.issuer.rotations(), 1_000);
    assert_eq!(site.issuer.refreshes(), 1_000);
    assert_eq!(site.stored_sessions(), 1_000);
    assert!(site.issuer.ended().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_over_two_frontends_and_an_issuer_that_loses_answers_is_one_rotation() {
    let site = TestSite::start().await;
    site.issuer.loses_every_third_answer();
    let browser = site.signed_in().await;
    for round in 1..=5 {
        site.let_the_token_expire();
        let doors = [site.replica(), site.replica()];
        let mut requests = JoinSet::new();
        for number in 0..100 {
            let mut tab = browser.at(&doors[number % 2]);
            requests.spawn(async move { tab.get("/").await });
        }
        for page in requests.join_all().await {
            assert_eq!(page.status, StatusCode::OK);
            assert_eq!(seconds_left(&page), 15 * 60);
        }
        assert_eq!(site.issuer.rotations(), round);
    }
    assert!(site.issuer.ended().is_empty());
}
