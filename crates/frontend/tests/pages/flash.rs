//! A message is set, shown once, and gone.

use http::{Method, StatusCode};

use crate::site::{EXPIRED_EN, EXPIRED_JA, PASSWORD, SIGNED_OUT_JA, TestSite, USERNAME};

#[tokio::test]
async fn an_expired_session_is_explained_once() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_login_expire();

    let sent_back = browser.get("/").await;
    assert_eq!(sent_back.status, StatusCode::SEE_OTHER);
    assert!(sent_back.set_cookie("tegata_flash").is_some());

    let shown = browser.get(sent_back.location()).await;
    assert_eq!(shown.notice(), Some(EXPIRED_JA));
    assert!(shown.says("role=\"alert\""));

    let gone = browser.get(sent_back.location()).await;
    assert_eq!(gone.notice(), None);
    assert!(gone.set_cookies().is_empty());
}

#[tokio::test]
async fn signing_out_is_confirmed_once() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;

    let sent = browser.submit("/logout", &[]).await;
    assert!(sent.set_cookie("tegata_flash").is_some());

    let shown = browser.get(sent.location()).await;
    assert_eq!(shown.notice(), Some(SIGNED_OUT_JA));
    assert!(shown.says("role=\"status\""));

    assert_eq!(browser.get("/login").await.notice(), None);
}

#[tokio::test]
async fn the_message_is_in_the_readers_language() {
    let site = TestSite::start().await;
    let mut browser = site.browser().reading("en");
    browser.sign_in().await;
    site.let_the_login_expire();

    assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_EN));
}

#[tokio::test]
async fn a_first_visit_is_told_nothing() {
    let site = TestSite::start().await;
    let mut browser = site.browser();

    let sent = browser.get("/").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert!(sent.set_cookies().is_empty());
    assert_eq!(browser.follow(sent).await.notice(), None);
}

#[tokio::test]
async fn the_next_page_shows_it_whichever_that_is() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    browser.submit("/logout", &[]).await;

    let not_found = browser.get("/no-such-page").await;

    assert_eq!(not_found.notice(), Some(SIGNED_OUT_JA));
    assert_eq!(browser.get("/login").await.notice(), None);
}

#[tokio::test]
async fn an_answer_without_a_page_does_not_use_it_up() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    browser.submit("/logout", &[]).await;

    browser.fetch("/").await;
    browser.fetch("/no-such-page").await;
    browser.get("/assets/tegata.css").await;
    let head = browser.navigation(Method::HEAD, "/login");
    assert_eq!(browser.send(head, "").await.status, StatusCode::OK);

    assert_eq!(browser.get("/login").await.notice(), Some(SIGNED_OUT_JA));
}

#[tokio::test]
async fn whoever_has_signed_in_again_meanwhile_is_not_told_to() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_login_expire();
    // The redirect is not followed: the tab was closed.
    assert!(browser.get("/").await.set_cookie("tegata_flash").is_some());

    // The form was open in another tab.
    let answer = browser.submit_login(USERNAME, PASSWORD).await;
    let home = browser.follow(answer).await;

    assert_eq!(home.status, StatusCode::OK);
    assert_eq!(home.notice(), None);
}

#[tokio::test]
async fn nobody_can_put_words_into_our_mouth() {
    let site = TestSite::start().await;
    for forged in ["buy-now", "<b>x</b>", "session_expired2", "%73ession", ""] {
        let mut browser = site.browser();
        browser
            .cookies
            .insert("tegata_flash".to_owned(), forged.to_owned());

        let page = browser.get("/login").await;

        assert_eq!(page.notice(), None, "{forged}");
        assert!(!browser.cookies.contains_key("tegata_flash"), "{forged}");
    }
}

#[tokio::test]
async fn the_message_lives_for_minutes_at_the_most() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;

    let sent = browser.submit("/logout", &[]).await;

    let cookie = sent.set_cookie("tegata_flash").unwrap();
    assert_eq!(cookie.max_age(), Some(300));
}
