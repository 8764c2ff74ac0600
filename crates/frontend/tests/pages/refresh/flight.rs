//! One session, one refresh.

use std::time::Duration as Limit;

use http::{Method, StatusCode};
use serde_json::json;
use time::Duration;
use tokio::time::timeout;

use super::{at_once, seconds_left, shortly_before_the_end};
use crate::{
    browser::Browser,
    site::{EXPIRED_JA, PASSWORD, SIGNED_OUT_JA, TestSite, USERNAME},
};

#[tokio::test]
async fn a_token_that_ended_is_replaced_and_nobody_notices() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let cookie = browser.session_cookie().map(str::to_owned);
    for round in 1..=5 {
        site.let_the_token_expire();
        let page = browser.get("/").await;
        assert_eq!(seconds_left(&page), 15 * 60);
        assert!(page.set_cookies().is_empty(), "{page:?}");
        assert_eq!(site.issuer.rotations(), round);
    }
    assert_eq!(browser.session_cookie().map(str::to_owned), cookie);
    assert_eq!(site.stored_sessions(), 1);
}

#[tokio::test]
async fn a_token_is_replaced_in_its_last_minute_and_not_before() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;

    site.clock.advance(Duration::minutes(14) - Duration::SECOND);
    assert_eq!(seconds_left(&browser.get("/").await), 61);
    assert_eq!(site.issuer.refreshes(), 0);

    site.clock.advance(Duration::SECOND);
    assert_eq!(seconds_left(&browser.get("/").await), 15 * 60);
    assert_eq!(site.issuer.rotations(), 1);
}

#[tokio::test]
async fn a_token_of_a_short_life_is_not_replaced_at_every_request() {
    let site = TestSite::start().await;
    site.issuer.tokens_live(Duration::seconds(40));
    let mut browser = site.signed_in().await;
    for (seconds, refreshes) in [(0, 0), (29, 0), (1, 1), (0, 1), (29, 1), (1, 2)] {
        site.clock.advance(Duration::seconds(seconds));
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
        assert_eq!(site.issuer.refreshes(), refreshes);
    }
}

#[tokio::test]
async fn a_hundred_requests_at_the_end_of_a_token_are_one_refresh() {
    let site = TestSite::start().await;
    let browser = site.signed_in().await;
    site.let_the_token_expire();
    site.issuer.holds_refreshes();

    let requests = tokio::spawn({
        let browser = browser.clone();
        async move { at_once(&browser, 100).await }
    });
    site.issuer.refreshes_are_held(1).await;
    site.issuer.releases_refreshes();

    for page in requests.await.unwrap() {
        assert_eq!(seconds_left(&page), 15 * 60);
    }
    assert_eq!(site.issuer.refreshes(), 1);
    assert_eq!(site.issuer.rotations(), 1);
}

#[tokio::test]
async fn scripts_refresh_like_everybody() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_token_expire();

    assert_eq!(browser.fetch("/").await.status, StatusCode::OK);
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    assert_eq!(site.issuer.refreshes(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_at_once() {
    for lost in 1..=5 {
        let site = TestSite::start().await;
        let mut browser = site.signed_in().await;
        site.let_the_token_expire();
        site.issuer.loses_answers(lost);

        assert_eq!(seconds_left(&browser.get("/").await), 15 * 60, "{lost}");
        assert_eq!(site.issuer.refreshes(), lost + 1);
        assert_eq!(site.issuer.rotations(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_again_and_again_is_no_sign_out() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_token_expire();
    site.issuer.loses_answers(6);

    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.set_cookies().is_empty());

    // Within the grace the issuer gives the same successor.
    site.clock.advance(Duration::seconds(20));
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    assert_eq!(site.issuer.rotations(), 1);
}

#[tokio::test]
async fn what_the_issuer_may_have_done_is_asked_for_until_it_is_known() {
    for sick in [None, Some(503)] {
        let site = TestSite::start().await;
        let mut browser = site.signed_in().await;
        site.let_the_token_expire();
        site.issuer.loses_answers(6);
        assert_eq!(
            browser.get("/").await.status,
            StatusCode::SERVICE_UNAVAILABLE
        );
        if let Some(status) = sick {
            site.issuer.answers_refreshes(status, "");
            browser.get("/").await;
            site.issuer.works_again();
        }

        // Nobody asks any more, and still the successor is fetched within the grace.
        let kept = async {
            while site.stored_revision() == 0 {
                tokio::task::yield_now().await;
            }
        };
        timeout(Limit::from_secs(10), kept).await.unwrap();
        assert_eq!(site.issuer.rotations(), 1);
        site.let_the_token_expire();
        let mut browser = browser.at(&site.replica());
        assert_eq!(seconds_left(&browser.get("/").await), 15 * 60);
        assert!(site.issuer.ended().is_empty());
    }
}

#[tokio::test]
async fn an_issuer_that_was_never_reached_is_not_asked_again_by_nobody() {
    let mut site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_token_expire();
    site.issuer.goes_down().await;
    assert_eq!(
        browser.get("/").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    site.issuer.comes_back().await;
    assert_eq!(site.issuer.refreshes(), 0);

    assert_eq!(seconds_left(&browser.get("/").await), 15 * 60);
    assert_eq!(site.issuer.refreshes(), 1);
}

#[tokio::test]
async fn who_hangs_up_cancels_nothing() {
    let site = TestSite::start().await;
    let browser = site.signed_in().await;
    site.let_the_token_expire();
    site.issuer.holds_refreshes();
    let hanging_up = tokio::spawn({
        let mut browser = browser.clone();
        async move { browser.get("/").await }
    });
    site.issuer.refreshes_are_held(1).await;

    hanging_up.abort();
    assert!(hanging_up.await.unwrap_err().is_cancelled());
    site.issuer.releases_refreshes();

    let mut next = browser.clone();
    assert_eq!(seconds_left(&next.get("/").await), 15 * 60);
    assert_eq!(site.issuer.refreshes(), 1, "the first went on by itself");
}

#[tokio::test]
async fn who_hangs_up_alone_still_has_fresh_tokens_kept() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    shortly_before_the_end(&site);
    site.issuer.holds_refreshes();
    // Served with the token that lives; the refresh goes on.
    assert_eq!(seconds_left(&browser.get("/").await), 30);
    site.issuer.refreshes_are_held(1).await;
    site.issuer.releases_refreshes();

    let renewed = async { while seconds_left(&browser.get("/").await) != 15 * 60 {} };
    timeout(Limit::from_secs(10), renewed).await.unwrap();
    assert_eq!(site.issuer.refreshes(), 1);
}

#[tokio::test]
async fn a_sign_out_during_a_slow_refresh_is_not_undone() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let mut kept = browser.clone();
    site.let_the_token_expire();
    site.issuer.holds_refreshes();
    let under_way = tokio::spawn({
        let mut tab = browser.clone();
        async move { tab.get("/").await }
    });
    site.issuer.refreshes_are_held(1).await;

    let out = browser.submit("/logout", &[]).await;
    assert_eq!(browser.follow(out).await.notice(), Some(SIGNED_OUT_JA));
    assert_eq!(site.stored_sessions(), 0);
    site.issuer.releases_refreshes();
    let tab = under_way.await.unwrap();

    assert_eq!(tab.status, StatusCode::SEE_OTHER);
    assert_eq!(site.stored_sessions(), 0);
    assert_eq!(kept.open("/").await.notice(), Some(EXPIRED_JA));
    assert_eq!(site.issuer.ended(), ["signed_out"]);
}

#[tokio::test]
async fn a_replica_that_was_slower_takes_what_the_other_put_there() {
    let site = TestSite::start().await;
    let browser = site.signed_in().await;
    site.let_the_token_expire();
    site.issuer.holds_refreshes();
    let ask = |mut browser: Browser| tokio::spawn(async move { browser.get("/").await });
    let one = ask(browser.clone());
    let other = ask(browser.at(&site.replica()));
    site.issuer.refreshes_are_held(2).await;
    site.issuer.releases_refreshes();

    for page in [one.await.unwrap(), other.await.unwrap()] {
        assert_eq!(seconds_left(&page), 15 * 60);
    }
    assert_eq!(site.issuer.rotations(), 1);
    assert_eq!(site.issuer.refreshes(), 2);
    // And the pair that is kept is whole: it refreshes again, long after the grace.
    site.let_the_token_expire();
    let mut browser = browser.at(&site.replica());
    assert_eq!(seconds_left(&browser.get("/").await), 15 * 60);
    assert_eq!(site.issuer.rotations(), 2);
}

#[tokio::test]
async fn a_refusal_that_is_out_of_date_signs_nobody_out() {
    let site = TestSite::start().await;
    let browser = site.signed_in().await;
    site.let_the_token_expire();
    site.issuer.holds_refreshes();
    site.issuer.answers_refreshes(
        400,
        &json!({"error": "invalid_grant", "cause": "refresh_reused"}),
    );
    let slow = tokio::spawn({
        let mut tab = browser.clone();
        async move { tab.get("/").await }
    });
    site.issuer.refreshes_are_held(1).await;
    // Meanwhile another replica has been quicker.
    site.issuer.works_again();
    site.issuer.holds_no_more_refreshes();
    let mut elsewhere = browser.at(&site.replica());
    assert_eq!(seconds_left(&elsewhere.get("/").await), 15 * 60);

    site.issuer.releases_refreshes();
    assert_eq!(seconds_left(&slow.await.unwrap()), 15 * 60);
    assert_eq!(site.stored_sessions(), 1);
}

#[tokio::test]
async fn a_replica_finds_fresh_tokens_without_asking_the_issuer() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_token_expire();
    browser.get("/").await;

    let mut elsewhere = browser.at(&site.replica());
    assert_eq!(seconds_left(&elsewhere.get("/").await), 15 * 60);
    assert_eq!(site.issuer.refreshes(), 1);
}

#[tokio::test]
async fn a_walled_page_reads_the_store_once_and_writes_nothing() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let asked = site.issuer.requests();
    site.records.calls();

    for _ in 0..3 {
        browser.get("/").await;
    }

    assert_eq!(site.records.calls(), [("find", true); 3]);
    assert_eq!(site.issuer.requests(), asked);
}

#[tokio::test]
async fn a_refresh_writes_the_record_once() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    // Its idle time is noted at the first request of a minute, refresh or not.
    shortly_before_the_end(&site);
    site.records.calls();

    browser.get("/").await;

    let verbs: Vec<_> = site
        .records
        .calls()
        .into_iter()
        .map(|call| call.0)
        .collect();
    assert_eq!(verbs, ["find", "touch", "find", "replace"]);
}

#[tokio::test]
async fn a_store_that_is_away_between_the_refresh_and_its_record_loses_no_session() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_token_expire();
    // What the request reads is answered; what it writes is not, for a while.
    site.records.fail(4..=8);
    assert_eq!(seconds_left(&browser.get("/").await), 15 * 60);

    let kept = async {
        while site.stored_revision() == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Limit::from_secs(10), kept).await.unwrap();
    assert!(site.records.count("replace") > 3);
    // Long after the issuer's grace.
    site.let_the_token_expire();
    let mut browser = browser.at(&site.replica());
    assert_eq!(seconds_left(&browser.get("/").await), 15 * 60);
    assert_eq!(site.issuer.rotations(), 2);
}

#[tokio::test]
async fn the_login_page_leads_on_whoever_can_refresh() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_token_expire();

    let answer = browser.get("/login?next=%2F%3Fpage%3D2").await;
    assert_eq!(answer.location(), "/?page=2");
    assert_eq!(browser.follow(answer).await.status, StatusCode::OK);

    site.let_the_login_expire();
    let page = browser.open("/login?next=%2F%3Fpage%3D2").await;
    assert_eq!(page.notice(), Some(EXPIRED_JA));
    assert_eq!(page.input("/login", "next"), "/?page=2");
}

#[tokio::test]
async fn a_head_request_refreshes_too() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_token_expire();

    let head = browser.navigation(Method::HEAD, "/");
    assert_eq!(browser.send(head, "").await.status, StatusCode::OK);
    assert_eq!(site.issuer.rotations(), 1);
}

#[tokio::test]
async fn an_issuer_without_refresh_tokens_gives_sessions_as_long_as_their_token() {
    let site = TestSite::start().await;
    site.issuer.knows_no_sessions();
    let mut browser = site.browser();
    browser.submit_login(USERNAME, PASSWORD).await;
    shortly_before_the_end(&site);
    assert_eq!(seconds_left(&browser.get("/").await), 30);

    site.let_the_token_expire();
    assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA));
    assert_eq!(site.issuer.refreshes(), 0);
    assert_eq!(site.stored_sessions(), 0);
}
