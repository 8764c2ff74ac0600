//! `/account/delete`: an account ends when its owner gives the password.

use http::StatusCode;
use serde_json::json;

use crate::site::{PASSWORD, TestSite};

#[tokio::test]
async fn the_question_names_the_account_and_what_is_lost() {
    let site = TestSite::start().await;
    for (language, texts) in [
        (
            "ja",
            [
                "アカウントを削除しますか",
                "hanakoのアカウントを完全に削除します。",
                "削除せずに戻る",
            ],
        ),
        (
            "en",
            [
                "Delete this account?",
                "The account of hanako will be deleted for good.",
                "Keep my account",
            ],
        ),
    ] {
        let mut browser = site.browser().reading(language);
        browser.sign_in().await;
        let page = browser.get("/account/delete").await;
        assert_eq!(page.status, StatusCode::OK);
        for text in texts {
            assert!(page.says(text), "{text}");
        }
    }
    assert!(!site.issuer.account_is_deleted());
}

#[tokio::test]
async fn with_the_password_it_is_deleted_and_the_browser_signed_out() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;

    let fields = [("password", PASSWORD)];
    let answer = browser.submit("/account/delete", &fields).await;

    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/login");
    assert_eq!(
        answer.header("clear-site-data"),
        Some("\"cache\", \"storage\"")
    );
    assert!(site.issuer.account_is_deleted());
    assert_eq!(browser.session_cookie(), None);
    assert_eq!(site.stored_sessions(), 0);
    let page = browser.follow(answer).await;
    let text = "アカウントを削除しました。ご利用ありがとうございました。";
    assert_eq!(page.notice(), Some(text));
    assert!(page.says("role=\"status\""));
}

#[tokio::test]
async fn the_owners_other_browsers_are_told() {
    let site = TestSite::start().await;
    let mut here = site.signed_in().await;
    let mut there = site.signed_in().await;
    let fields = [("password", PASSWORD)];
    here.submit("/account/delete", &fields).await;

    let page = there.open("/account").await;
    let notice = page.notice().unwrap();
    assert!(
        notice.starts_with("このアカウントは削除されました。"),
        "{notice}"
    );

    // A second press of the button.
    let again = here.submit("/account/delete", &fields).await;
    assert_eq!(again.location(), "/login");
}

#[tokio::test]
async fn without_the_right_password_nothing_happens() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    for (password, status, text) in [
        (
            "",
            StatusCode::UNPROCESSABLE_ENTITY,
            "パスワードを入力してください。",
        ),
        (
            "x",
            StatusCode::BAD_REQUEST,
            "パスワードが正しくありません。",
        ),
    ] {
        let fields = [("password", password)];
        let page = browser.submit("/account/delete", &fields).await;
        assert_eq!(page.status, status);
        assert_eq!(page.wrong("password"), Some(text));
        assert!(page.says("<title>エラー: アカウントの削除"));
        assert_eq!(page.input("/account/delete", "password"), "");
    }
    assert!(!site.issuer.account_is_deleted());
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let site = TestSite::start().await;
    site.issuer
        .answers("delete_account", 409, &json!({"error": "last_admin"}));
    for (language, text) in [
        ("ja", "管理者があなたひとりのため、削除できません。"),
        ("en", "You are the only administrator."),
    ] {
        let mut browser = site.browser().reading(language);
        browser.sign_in().await;
        let page = browser
            .submit("/account/delete", &[("password", PASSWORD)])
            .await;
        assert_eq!(page.status, StatusCode::CONFLICT);
        assert!(page.alert().unwrap().starts_with(text), "{language}");
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn while_the_issuer_is_away_the_form_says_so() {
    let mut site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer.throttles("delete_account", Some(3));
    let fields = [("password", PASSWORD)];
    let page = browser.submit("/account/delete", &fields).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    let text = "試した回数が多すぎます。3秒待ってから、もう一度お試しください。";
    assert_eq!(page.wrong("password"), Some(text));

    site.issuer.goes_down().await;
    let page = browser.submit("/account/delete", &fields).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.header("retry-after"), Some("5"));
    let alert = page.alert().unwrap();
    assert!(
        alert.starts_with("アカウントが削除されたか、確認できませんでした。"),
        "{alert}"
    );
    assert!(!page.says(PASSWORD));
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}
