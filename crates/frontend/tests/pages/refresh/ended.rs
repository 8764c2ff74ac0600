//! What the issuer has ended is over here, and whoever is concerned reads why.

use http::StatusCode;
use serde_json::json;

use super::{at_once, shortly_before_the_end};
use crate::site::{EXPIRED_EN, EXPIRED_JA, TestSite};

/// What the issuer says, and what a person reads.
const CAUSES: [(&str, &str, &str); 8] = [
    ("expired", EXPIRED_JA, EXPIRED_EN),
    ("signed_out", "ログアウトしました。", "You have signed out."),
    (
        "signed_out_elsewhere",
        "ほかの端末での操作により、この端末からログアウトしました。続けるには、もう一度ログインしてください。",
        "You signed this device out from another one. Please sign in again to continue.",
    ),
    (
        "password_changed",
        "パスワードが変更されました。新しいパスワードでログインしてください。心当たりのない場合は、管理者にご連絡ください。",
        "Your password was changed. Please sign in with the new one. If you did not change it, tell the operator.",
    ),
    (
        "user_disabled",
        "このアカウントは現在利用できません。詳しくは、管理者にお問い合わせください。",
        "This account cannot be used at the moment. Please ask the operator about it.",
    ),
    (
        "user_deleted",
        "このアカウントは削除されました。心当たりのない場合は、管理者にお問い合わせください。",
        "This account has been deleted. If you did not expect that, please ask the operator.",
    ),
    (
        "refresh_reused",
        "アカウントを守るため、このセッションを終了しました。ログイン情報がほかの人に使われたおそれがあります。もう一度ログインして、パスワードを変更してください。",
        "We ended this session to protect you: somebody else may have been using it. Please sign in again and change your password.",
    ),
    (
        "ended_by_admin",
        "管理者がこのセッションを終了しました。続けるには、もう一度ログインしてください。",
        "An administrator ended this session. Please sign in again to continue.",
    ),
];

#[tokio::test]
async fn each_cause_has_a_message_of_its_own_in_both_languages() {
    for (cause, ja, en) in CAUSES {
        for (language, text) in [("ja", ja), ("en", en)] {
            let site = TestSite::start().await;
            let mut browser = site.browser().reading(language);
            browser.sign_in().await;
            site.issuer.ends_all_sessions(cause);
            site.let_the_token_expire();

            let sent = browser.get("/?page=2").await;
            assert_eq!(sent.status, StatusCode::SEE_OTHER);
            assert_eq!(sent.location(), "/login?next=%2F%3Fpage%3D2");
            assert_eq!(browser.session_cookie(), None);
            assert_eq!(site.stored_sessions(), 0);
            let login = browser.follow(sent).await;
            assert_eq!(login.notice(), Some(text), "{cause}");
            assert_eq!(browser.get("/login").await.notice(), None, "once");
        }
    }
}

#[tokio::test]
async fn a_cause_that_is_new_to_us_and_none_at_all_are_an_expired_session() {
    for body in [
        json!({"error": "invalid_grant"}),
        json!({"error": "invalid_grant", "cause": "struck_by_lightning"}),
        json!({"error": "invalid_grant", "cause": null}),
    ] {
        let site = TestSite::start().await;
        let mut browser = site.signed_in().await;
        site.let_the_token_expire();
        site.issuer.answers_refreshes(400, &body);

        let answer = browser.fetch("/").await;
        assert_eq!(answer.json()["reason"], "session_ended", "{body}");
        assert_eq!(answer.json().get("cause"), None, "{body}");
        assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA), "{body}");
    }
}

#[tokio::test]
async fn a_script_is_told_and_the_person_reads_it() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer.ends_all_sessions("password_changed");
    site.let_the_token_expire();

    for _ in 0..3 {
        let answer = browser.fetch("/").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.header("tegata-reason"), Some("session_ended"));
        assert_eq!(answer.json()["cause"], "password_changed");
        assert!(answer.set_cookies().is_empty());
    }
    assert_eq!(site.stored_sessions(), 1);

    let login = browser.open("/").await;
    assert!(
        login
            .notice()
            .unwrap()
            .starts_with("パスワードが変更されました。")
    );
}

#[tokio::test]
async fn what_ended_is_noticed_while_the_token_still_lives() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer.ends_all_sessions("ended_by_admin");
    shortly_before_the_end(&site);

    let login = browser.open("/").await;
    assert!(login.notice().unwrap().starts_with("管理者が"));
    assert_eq!(site.stored_sessions(), 0);
}

#[tokio::test]
async fn twenty_tabs_of_an_ended_session_ask_once_and_all_are_told() {
    let site = TestSite::start().await;
    let browser = site.signed_in().await;
    site.issuer.ends_all_sessions("user_disabled");
    site.let_the_token_expire();
    site.issuer.holds_refreshes();
    let tabs = tokio::spawn({
        let browser = browser.clone();
        async move { at_once(&browser, 20).await }
    });
    site.issuer.refreshes_are_held(1).await;
    site.issuer.releases_refreshes();

    for sent in tabs.await.unwrap() {
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
        let mut tab = browser.clone();
        let flash = sent.set_cookie("tegata_flash").unwrap();
        tab.cookies.insert(flash.name, flash.value);
        let login = tab.follow(sent).await;
        let notice = login.notice().unwrap();
        assert!(notice.starts_with("このアカウントは現在"), "{notice}");
    }
}

#[tokio::test]
async fn a_tab_that_comes_a_moment_after_the_first_is_told_the_same() {
    for cause in ["password_changed", "refresh_reused"] {
        let site = TestSite::start().await;
        let mut first = site.signed_in().await;
        let mut second = first.clone();
        let mut forged = first.clone();
        site.issuer.ends_all_sessions(cause);
        site.let_the_token_expire();

        let told = first.open("/").await.notice().map(str::to_owned);
        assert_ne!(told.as_deref(), Some(EXPIRED_JA), "{cause}");
        assert_eq!(site.stored_sessions(), 0);
        let sent = second.get("/account").await;
        assert_eq!(second.session_cookie(), None);
        let login = second.follow(sent).await;
        assert_eq!(login.notice(), told.as_deref(), "{cause}");

        let unknown = "AAAAAAAAAAAAAAAAAAAAAA".to_owned();
        forged.cookies.insert("tegata".to_owned(), unknown);
        assert_eq!(forged.open("/").await.notice(), Some(EXPIRED_JA));
    }
}

#[tokio::test]
async fn a_stolen_refresh_token_ends_the_session_and_the_owner_is_told() {
    let site = TestSite::start().await;
    let mut owner = site.signed_in().await;
    let stolen = site.issuer.last_refresh_token();
    site.let_the_token_expire();
    owner.get("/").await;
    site.let_the_token_expire();
    site.issuer.is_asked_to_refresh(&stolen).await;

    let login = owner.open("/").await;
    assert!(login.notice().unwrap().contains("アカウントを守るため"));
}

#[tokio::test]
async fn a_session_past_its_absolute_end_is_over_without_asking_anybody() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.clock.advance(time::Duration::hours(12));

    assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA));
    assert_eq!(site.issuer.refreshes(), 0);
    assert_eq!(site.stored_sessions(), 0);
}
