//! `/account/password`: another password ends all sessions but the one it is changed in.

use http::StatusCode;
use serde_json::json;

use super::NEW_PASSWORD;
use crate::{
    browser::{Browser, Page},
    logs,
    site::{PASSWORD, TestSite, USERNAME},
};

const UNCHANGED: &str =
    "パスワードは変更されていません。内容をご確認のうえ、両方をもう一度入力してください。";

async fn change(browser: &mut Browser, current: &str, new: &str) -> Page {
    let fields = [("current_password", current), ("new_password", new)];
    browser.submit("/account/password", &fields).await
}

#[tokio::test]
async fn it_is_changed_and_the_other_sessions_are_counted() {
    let site = TestSite::start().await;
    for (others, notice_ja, notice_en) in [
        (
            0,
            "パスワードを変更しました。",
            "Your password was changed.",
        ),
        (
            1,
            "パスワードを変更し、ほかの1か所からログアウトしました。",
            "Your password was changed, and one other session was signed out.",
        ),
        (
            3,
            "パスワードを変更し、ほかの3か所からログアウトしました。",
            "Your password was changed, and 3 other sessions were signed out.",
        ),
    ] {
        for (language, notice) in [("ja", notice_ja), ("en", notice_en)] {
            site.issuer.knows(USERNAME, PASSWORD, &[]);
            site.issuer.ends_all_sessions("signed_out");
            let mut browser = site.browser().reading(language);
            browser.sign_in().await;
            for _ in 0..others {
                site.signed_in().await;
            }

            let answer = change(&mut browser, PASSWORD, NEW_PASSWORD).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER);
            assert_eq!(answer.location(), "/account");
            assert_eq!(site.issuer.password_of(USERNAME), NEW_PASSWORD);

            let page = browser.follow(answer).await;
            assert_eq!(page.status, StatusCode::OK, "still signed in");
            assert_eq!(page.notice(), Some(notice));
            assert_eq!(browser.get("/account").await.notice(), None);
        }
    }
}

#[tokio::test]
async fn the_others_learn_on_the_login_page_why() {
    let site = TestSite::start().await;
    let mut here = site.signed_in().await;
    let mut there = site.signed_in().await;

    change(&mut here, PASSWORD, NEW_PASSWORD).await;

    // At the issuer at once, at home when the token ends.
    let page = there.open("/account").await;
    let notice = page.notice().unwrap();
    assert!(
        notice.starts_with("パスワードが変更されました。"),
        "{notice}"
    );
    assert_eq!(page.input("/login", "next"), "/account");
    assert_eq!(there.session_cookie(), None);
}

#[tokio::test]
async fn a_wrong_current_password_is_said_beside_it() {
    let site = TestSite::start().await;
    for (language, text) in [
        ("ja", "現在のパスワードが正しくありません。"),
        ("en", "This is not your current password."),
    ] {
        let mut browser = site.browser().reading(language);
        browser.sign_in().await;

        let page = change(&mut browser, "yama-no-mukou", NEW_PASSWORD).await;

        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert_eq!(page.wrong("current_password"), Some(text));
        assert_eq!(page.wrong("new_password"), None);
        assert!(page.alert().is_some());
        assert!(!page.says("yama-no-mukou") && !page.says(NEW_PASSWORD));
        assert_eq!(site.issuer.password_of(USERNAME), PASSWORD);
    }
}

#[tokio::test]
async fn each_rule_that_a_new_password_breaks_has_its_words() {
    let site = TestSite::start().await;
    let mut japanese = site.signed_in().await;
    let mut english = site.browser().reading("en");
    english.sign_in().await;
    for (code, ja, en) in [
        ("password_too_short", "短すぎます", "too short"),
        ("password_too_long", "長すぎます", "too long"),
        ("password_nul", "NUL文字", "NUL"),
        (
            "password_personal",
            "ユーザー名やメールアドレスは",
            "not your username",
        ),
        ("password_guessable", "推測されやすい", "easy to guess"),
        ("password_of_tomorrow", "推測されやすい", "easy to guess"),
        ("missing", "新しいパスワードを入力", "Enter a new password"),
    ] {
        let detail =
            [json!({"type": code, "loc": ["body", "new_password"], "msg": "", "input": null})];
        let body = json!({"error": "invalid_request", "detail": detail});
        site.issuer.answers("change_password", 422, &body);

        let page = change(&mut japanese, PASSWORD, NEW_PASSWORD).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.wrong("new_password").unwrap().contains(ja), "{code}");
        assert_eq!(page.alert(), Some(UNCHANGED));
        assert!(!page.says(PASSWORD) && !page.says(NEW_PASSWORD));
        let page = change(&mut english, PASSWORD, NEW_PASSWORD).await;
        assert!(page.wrong("new_password").unwrap().contains(en), "{code}");
        assert!(page.says("<title>Error: Change password"));
    }
}

#[tokio::test]
async fn an_empty_field_is_not_sent() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let asked = site.issuer.requests();

    let page = change(&mut browser, "", "").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let missing = "現在のパスワードを入力してください。";
    assert_eq!(page.wrong("current_password"), Some(missing));
    let missing = "新しいパスワードを入力してください。";
    assert_eq!(page.wrong("new_password"), Some(missing));
    let page = change(&mut browser, PASSWORD, "").await;
    assert_eq!(page.wrong("current_password"), None);
    assert_eq!(page.wrong("new_password"), Some(missing));
    assert_eq!(site.issuer.requests(), asked);
}

#[tokio::test]
async fn while_the_issuer_or_its_store_is_away_the_form_says_so() {
    let mut site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let away = json!({"error": "temporarily_unavailable"});
    for down in [false, true] {
        if down {
            site.issuer.goes_down().await;
        } else {
            site.issuer.answers("change_password", 503, &away);
        }
        assert_eq!(
            browser.get("/account/password").await.status,
            StatusCode::OK
        );

        let page = change(&mut browser, PASSWORD, NEW_PASSWORD).await;

        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(page.header("retry-after"), Some("5"));
        let alert = page.alert().unwrap();
        assert!(
            alert.starts_with("パスワードが変更されたか、確認できませんでした。"),
            "{alert}"
        );
        assert!(!page.says(NEW_PASSWORD));
    }
    assert_eq!(browser.get("/").await.status, StatusCode::OK, "signed in");
}

#[tokio::test]
async fn too_many_attempts_are_named_beside_the_field() {
    let site = TestSite::start().await;
    let mut browser = site.browser().reading("en");
    browser.sign_in().await;
    for (wait, text) in [
        (
            Some(45),
            "Too many attempts. Please wait 45 seconds, then try again.",
        ),
        (
            None,
            "Too many attempts. Please wait a while, then try again.",
        ),
    ] {
        site.issuer.throttles("change_password", wait);
        let page = change(&mut browser, PASSWORD, NEW_PASSWORD).await;
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
        let seconds = wait.map(|seconds| seconds.to_string());
        assert_eq!(page.header("retry-after"), seconds.as_deref());
        assert_eq!(page.wrong("current_password"), Some(text));
    }
}

#[tokio::test]
async fn sent_twice_it_is_changed_once_and_nobody_is_signed_out() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;

    change(&mut browser, PASSWORD, NEW_PASSWORD).await;
    let again = change(&mut browser, PASSWORD, NEW_PASSWORD).await;

    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert_eq!(again.notice(), Some("パスワードを変更しました。"));
    assert_eq!(site.issuer.password_of(USERNAME), NEW_PASSWORD);
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_password_manager_finds_its_way() {
    let site = TestSite::start().await;
    let page = site.signed_in().await.get("/account/password").await;
    for field in [
        "value=\"hanako\" autocomplete=\"username\"",
        "name=\"current_password\" type=\"password\" autocomplete=\"current-password\"",
        "name=\"new_password\" type=\"password\" autocomplete=\"new-password\"",
    ] {
        assert!(page.says(field), "{field}");
    }
}

#[tokio::test]
async fn neither_password_is_in_the_log() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let (wrong, new) = ("mori-no-naka-e", "hoshi-no-nai-yoru");
    change(&mut browser, wrong, new).await;
    change(&mut browser, PASSWORD, new).await;
    browser
        .submit("/account/delete", &[("password", wrong)])
        .await;

    assert!(logs::say("event=\"signed_in\""));
    for secret in [PASSWORD, wrong, new] {
        assert!(!logs::say(secret), "the log tells {secret}");
    }
}
