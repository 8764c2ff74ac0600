//! Signing out ends the session, here and in the browser, and nothing brings it back.

use std::time::Duration as Limit;

use http::{Method, StatusCode};
use time::Duration;
use tokio::time::timeout;

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

#[tokio::test]
async fn signing_out_ends_the_login_session_at_the_issuer_too() {
    let site = TestSite::start().await;
    for fields in [&[][..], &[("sessions", "this")], &[("sessions", "")]] {
        let before = site.issuer.ended().len();
        let mut browser = site.signed_in().await;
        let mut other = site.signed_in().await;

        let answer = browser.submit("/logout", fields).await;
        assert_eq!(browser.follow(answer).await.notice(), Some(SIGNED_OUT_JA));

        site.issuer.has_ended(before + 1).await;
        assert_eq!(site.issuer.ended().len(), before + 1);
        site.let_the_token_expire();
        assert_eq!(other.get("/").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn the_browser_is_signed_out_while_the_issuer_is_away_and_the_issuer_hears_of_it_later() {
    let mut site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer.goes_down().await;

    let answer = browser.submit("/logout", &[]).await;
    assert_eq!(answer.location(), "/login");
    assert_eq!(browser.session_cookie(), None);
    assert_eq!(site.stored_sessions(), 0);
    assert_eq!(browser.follow(answer).await.notice(), Some(SIGNED_OUT_JA));
    assert!(site.issuer.ended().is_empty());

    site.issuer.comes_back().await;
    site.issuer.has_ended(1).await;
    assert_eq!(site.issuer.ended(), ["signed_out"]);
}

#[tokio::test]
async fn the_issuer_is_not_told_for_ever() {
    let site = TestSite::with(|config| config.patience.pause = Limit::from_millis(1)).await;
    site.issuer.answers_revocations(503);
    let asked = || {
        let calls = site.issuer.calls();
        calls.iter().filter(|call| call.what == "revoke").count()
    };
    for attempts in [8, 16] {
        let mut browser = site.signed_in().await;
        browser.submit("/logout", &[]).await;
        let given_up = async {
            while asked() < attempts {
                tokio::task::yield_now().await;
            }
        };
        timeout(Limit::from_secs(10), given_up).await.unwrap();
        assert_eq!(asked(), attempts, "the one before has gone on");
    }
}

#[tokio::test]
async fn the_others_are_signed_out_and_this_one_stays() {
    let site = TestSite::start().await;
    site.issuer.knows("taro", "kaze-no-toorimichi", &[]);
    let mut laptop = site.signed_in().await;
    let mut phone = site.signed_in().await;
    let mut taro = site.browser();
    taro.submit_login("taro", "kaze-no-toorimichi").await;

    let fields = [("sessions", "others"), ("next", "/?page=2")];
    let answer = laptop.submit("/logout", &fields).await;
    assert_eq!(answer.location(), "/?page=2");
    let home = laptop.follow(answer).await;
    assert_eq!(home.status, StatusCode::OK);
    assert_eq!(home.notice(), Some("ほかの端末からログアウトしました。"));
    assert_eq!(site.issuer.ended(), ["signed_out_elsewhere"]);

    site.let_the_token_expire();
    let login = phone.open("/").await;
    assert!(login.notice().unwrap().starts_with("ほかの端末での操作"));
    assert_eq!(laptop.get("/").await.status, StatusCode::OK);
    assert_eq!(taro.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_others_can_be_signed_out_with_a_token_that_has_ended() {
    let site = TestSite::start().await;
    let mut laptop = site.signed_in().await;
    site.signed_in().await;
    site.let_the_token_expire();

    laptop.submit("/logout", &[("sessions", "others")]).await;

    assert_eq!(site.issuer.ended(), ["signed_out_elsewhere"]);
    assert_eq!(site.issuer.rotations(), 1);
}

#[tokio::test]
async fn while_the_issuer_is_away_the_others_are_said_to_be_signed_in_still() {
    let mut site = TestSite::start().await;
    let mut laptop = site.signed_in().await;
    site.signed_in().await;
    site.issuer.goes_down().await;

    let answer = laptop.submit("/logout", &[("sessions", "others")]).await;
    let home = laptop.follow(answer).await;

    assert_eq!(home.status, StatusCode::OK);
    let notice = home.notice().unwrap();
    assert!(notice.starts_with("ほかの端末からログアウトできませんでした。"));
}

#[tokio::test]
async fn everywhere_means_here_and_everywhere_else() {
    let site = TestSite::start().await;
    let mut laptop = site.signed_in().await;
    let mut phone = site.signed_in().await;

    let answer = laptop.submit("/logout", &[("sessions", "all")]).await;
    assert_eq!(answer.location(), "/login");
    assert_eq!(laptop.session_cookie(), None);
    let login = laptop.follow(answer).await;
    assert_eq!(login.notice(), Some("すべての端末からログアウトしました。"));

    site.issuer.has_ended(2).await;
    assert_eq!(site.issuer.ended(), ["signed_out", "signed_out_elsewhere"]);
    site.let_the_token_expire();
    assert_eq!(phone.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn everywhere_without_the_issuer_is_here_at_once_and_elsewhere_later() {
    for token_ended in [false, true] {
        let mut site = TestSite::start().await;
        let mut laptop = site.signed_in().await;
        site.signed_in().await;
        if token_ended {
            site.let_the_token_expire();
        }
        site.issuer.goes_down().await;

        let answer = laptop.submit("/logout", &[("sessions", "all")]).await;
        assert_eq!(laptop.session_cookie(), None);
        let login = laptop.follow(answer).await;
        let notice = login.notice().unwrap();
        assert!(notice.starts_with("この端末からログアウトしました。ほかの端末の"));

        site.issuer.comes_back().await;
        site.issuer.has_ended(2).await;
        assert_eq!(site.issuer.ended(), ["signed_out", "signed_out_elsewhere"]);
    }
}

#[tokio::test]
async fn whoever_was_signed_out_meanwhile_is_told_why_instead() {
    let site = TestSite::start().await;
    for sessions in ["others", "all"] {
        let mut browser = site.signed_in().await;
        site.issuer.ends_all_sessions("password_changed");

        let answer = browser.submit("/logout", &[("sessions", sessions)]).await;
        assert_eq!(answer.location(), "/login", "{sessions}");
        assert_eq!(browser.session_cookie(), None);
        let login = browser.follow(answer).await;
        let notice = login.notice().unwrap();
        assert!(notice.starts_with("パスワードが変更されました。"));
    }
}

#[tokio::test]
async fn a_stranger_has_no_others_and_what_is_asked_for_must_make_sense() {
    let site = TestSite::start().await;
    let mut stranger = site.browser();
    for sessions in ["others", "all"] {
        let answer = stranger.submit("/logout", &[("sessions", sessions)]).await;
        assert_eq!(answer.location(), "/login");
        assert_eq!(stranger.follow(answer).await.notice(), None);
    }
    let mut browser = site.signed_in().await;
    for sessions in ["everything", "ALL", "this,others"] {
        let answer = browser.submit("/logout", &[("sessions", sessions)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{sessions}");
    }
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    assert!(site.issuer.ended().is_empty());
}

#[tokio::test]
async fn a_sign_out_without_a_body_is_one_too() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let request = browser.navigation(Method::POST, "/logout");

    assert_eq!(browser.send(request, "").await.location(), "/login");
    assert_eq!(site.stored_sessions(), 0);
}

#[tokio::test]
async fn a_sign_in_over_another_ends_that_one_at_the_issuer_too() {
    let site = TestSite::start().await;
    site.issuer.knows("taro", "kaze-no-toorimichi", &[]);
    let mut browser = site.signed_in().await;

    browser.submit_login("taro", "kaze-no-toorimichi").await;

    site.issuer.has_ended(1).await;
    assert_eq!(site.issuer.ended(), ["signed_out"]);
    site.let_the_token_expire();
    assert!(browser.get("/").await.says("taro"));
}
