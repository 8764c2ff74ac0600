//! Signing out ends the session, here and in the browser, and nothing brings it back.

use http::StatusCode;
use time::Duration;

use crate::site::{EXPIRED_JA, SIGNED_OUT_JA, TestSite};

#[tokio::test]
async fn signing_out_ends_the_session_and_says_so() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;

    let answer = browser.submit("/logout", &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/login");
    assert_eq!(
        answer.header("clear-site-data"),
        Some("\"cache\", \"storage\"")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(browser.session_cookie(), None);
    assert_eq!(site.stored_sessions(), 0);
    assert_eq!(browser.follow(answer).await.notice(), Some(SIGNED_OUT_JA));

    // The back button asks again, because pages are not stored.
    let back = browser.get("/").await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.follow(back).await.notice(), None);
}

#[tokio::test]
async fn only_a_form_signs_out() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;

    let answer = browser.get("/logout").await;

    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), Some("POST"));
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_cookie_kept_from_before_opens_nothing() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let mut thief = browser.clone();

    browser.submit("/logout", &[]).await;

    assert_eq!(thief.open("/").await.notice(), Some(EXPIRED_JA));
    assert_eq!(thief.session_cookie(), None);
}

#[tokio::test]
async fn a_request_under_way_does_not_bring_the_session_back() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let mut other_tab = browser.clone();
    site.clock.advance(Duration::minutes(2));
    site.records.hold_touches();
    let under_way = tokio::spawn(async move {
        let page = other_tab.get("/").await;
        (page, other_tab)
    });
    site.records.touch_is_held().await;

    browser.submit("/logout", &[]).await;
    assert_eq!(site.stored_sessions(), 0);
    site.records.release_touch();
    let (page, mut other_tab) = under_way.await.unwrap();

    assert_eq!(page.status, StatusCode::OK, "it had passed the wall");
    assert!(page.set_cookies().is_empty());
    assert_eq!(site.stored_sessions(), 0);
    assert_eq!(other_tab.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn signing_out_twice_or_without_a_session_is_fine() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let mut other_tab = browser.clone();

    for browser in [&mut browser, &mut other_tab, &mut site.browser()] {
        let answer = browser.submit("/logout", &[]).await;
        assert_eq!(answer.location(), "/login");
        assert_eq!(browser.follow(answer).await.notice(), Some(SIGNED_OUT_JA));
    }
}

#[tokio::test]
async fn signing_out_ends_this_browser_only() {
    let site = TestSite::start().await;
    let mut laptop = site.signed_in().await;
    let mut phone = site.signed_in().await;

    laptop.submit("/logout", &[]).await;

    assert_eq!(phone.get("/").await.status, StatusCode::OK);
}
