//! `/account`: name, address, roles, and a change of them.

use http::StatusCode;
use serde_json::json;

use crate::site::{TestSite, USERNAME};

#[tokio::test]
async fn the_account_is_shown() {
    let site = TestSite::start().await;
    site.issuer
        .calls_the_account("山田 花子", "hanako@example.com");
    let mut browser = site.signed_in().await;

    let page = browser.get("/account").await;

    assert_eq!(page.status, StatusCode::OK);
    assert!(page.says("<h1>山田 花子</h1>"));
    assert!(page.says("<li>admin</li><li>staff</li>"));
    assert!(page.says("<dt>ユーザー名</dt><dd>hanako</dd>"));
    assert!(
        page.says("<dt>登録日</dt><dd><time datetime=\"2026-04-01T09:30:00.5Z\">2026-04-01</time>")
    );
    assert_eq!(page.input("/account", "name"), "山田 花子");
    assert_eq!(page.input("/account", "email"), "hanako@example.com");
    for link in ["/account/password", "/account/sessions", "/account/delete"] {
        assert!(page.says(&format!("href=\"{link}\"")), "{link}");
    }
    assert!(page.says("name=\"sessions\" value=\"all\""));
}

#[tokio::test]
async fn the_account_is_shown_in_english_too() {
    let site = TestSite::start().await;
    let mut browser = site.browser().reading("en");
    browser.sign_in().await;

    let page = browser.get("/account").await;

    assert!(page.says("<title>Account · Tegata</title>"));
    assert!(page.says(&format!("<h1>{USERNAME}</h1>")), "no other name");
    assert!(page.says("<dt>Member since</dt>"));
    assert!(page.says("Sign out everywhere"));
    assert!(page.says("Delete your account"));
}

#[tokio::test]
async fn home_and_every_header_lead_there() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;

    let home = browser.get("/").await;
    assert!(home.says("<a href=\"/account\">アカウントの設定</a>"));
    for address in ["/", "/account", "/account/password"] {
        let page = browser.get(address).await;
        assert!(
            page.says("<a class=\"who\" href=\"/account\">"),
            "{address}"
        );
    }
}

#[tokio::test]
async fn a_change_is_kept_and_confirmed_once() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let fields = [("name", "山田 花子"), ("email", "hanako@example.com")];

    // However often the button is pressed.
    for _ in 0..2 {
        let answer = browser.submit("/account", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.location(), "/account");
    }

    let page = browser.get("/account").await;
    assert_eq!(page.notice(), Some("登録情報を保存しました。"));
    assert_eq!(page.input("/account", "name"), "山田 花子");
    assert_eq!(browser.get("/account").await.notice(), None);
    let kept = (
        Some("山田 花子".to_owned()),
        Some("hanako@example.com".to_owned()),
    );
    assert_eq!(site.issuer.account(), kept);
}

#[tokio::test]
async fn an_empty_field_removes_what_was_there() {
    let site = TestSite::start().await;
    site.issuer.calls_the_account("花子", "hanako@example.com");
    let mut browser = site.browser().reading("en");
    browser.sign_in().await;

    let fields = [("name", ""), ("email", "")];
    let answer = browser.submit("/account", &fields).await;
    let page = browser.follow(answer).await;

    assert_eq!(page.notice(), Some("Your details have been saved."));
    assert_eq!(site.issuer.account(), (None, None));
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_the_field() {
    let site = TestSite::start().await;
    let problem = |field: &str| json!({"type": "value_error", "loc": ["body", field], "msg": "", "input": "x"});
    let both = json!({"error": "invalid_request", "detail": [problem("name"), problem("email")]});
    let taken = json!({"error": "email_taken", "detail": "taken"});
    for (status, body, name_ja, email_ja, email_en) in [
        (
            422,
            &both,
            Some("この表示名は使えません。短くするか、別の文字をお使いください。"),
            "メールアドレスの形式が正しくありません。",
            "This does not look like an email address.",
        ),
        (
            409,
            &taken,
            None,
            "このメールアドレスはすでに使われています。",
            "This email address is already in use.",
        ),
    ] {
        site.issuer.answers("change_account", status, body);
        let fields = [("name", "花\u{202e}子"), ("email", "x@example.com")];

        let mut browser = site.signed_in().await;
        let page = browser.submit("/account", &fields).await;
        assert_eq!(page.status.as_u16(), status);
        assert!(page.says("<title>エラー: アカウント"));
        assert_eq!(page.alert(), Some("入力内容をご確認ください。"));
        assert_eq!(page.wrong("name"), name_ja);
        assert_eq!(page.wrong("email"), Some(email_ja));
        assert_eq!(page.input("/account", "name"), "花\u{202e}子");
        assert_eq!(page.input("/account", "email"), "x@example.com");
        assert_eq!(page.input("/language", "next"), "/account");
        assert!(
            page.says(&format!("<h1>{USERNAME}</h1>")),
            "not what was typed"
        );

        let mut browser = site.browser().reading("en");
        browser.sign_in().await;
        let page = browser.submit("/account", &fields).await;
        assert_eq!(page.wrong("email"), Some(email_en));
    }
}

#[tokio::test]
async fn what_was_typed_comes_back_escaped() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let nasty = "\"'><script>alert(1)</script>";
    site.issuer
        .answers("change_account", 409, &json!({"error": "email_taken"}));

    let again = browser
        .submit("/account", &[("name", nasty), ("email", nasty)])
        .await;
    site.issuer.calls_the_account(nasty, nasty);
    let kept = browser.get("/account").await;

    for page in [again, kept] {
        assert_eq!(page.input("/account", "name"), nasty);
        assert_eq!(page.input("/account", "email"), nasty);
        assert!(!page.says("<script>alert"), "{}", page.body);
    }
}

#[tokio::test]
async fn without_the_issuer_there_is_an_honest_page_and_the_session_stays() {
    let mut site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer.goes_down().await;

    for address in ["/account", "/account/sessions", "/account/activity"] {
        let page = browser.get(address).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{address}");
        assert_eq!(page.header("retry-after"), Some("5"));
        assert!(page.says("ログアウトはしていませんので"), "{address}");
        assert!(page.says(&format!("href=\"{address}\"")), "to try again");
    }

    site.issuer.comes_back().await;
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_was_typed_is_not_lost_while_the_issuer_is_away() {
    let mut site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer.goes_down().await;

    let fields = [("name", "花子"), ("email", "hanako@example.com")];
    let page = browser.submit("/account", &fields).await;

    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.header("retry-after"), Some("5"));
    assert!(
        page.alert()
            .unwrap()
            .starts_with("保存されたか、確認できませんでした。")
    );
    assert_eq!(page.input("/account", "name"), "花子");
    assert!(
        page.says("<li>admin</li><li>staff</li>"),
        "as the token has them"
    );
    assert!(page.says("ただいま利用履歴を表示できません。"));

    site.issuer.comes_back().await;
    assert_eq!(
        browser.submit("/account", &fields).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn an_issuer_that_notes_nothing_takes_nothing_else_away() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    for status in [404, 500] {
        site.issuer.answers("events", status, "{}");
        let page = browser.get("/account").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.says("ただいま利用履歴を表示できません。"));
    }
}

#[tokio::test]
async fn too_many_attempts_are_named_with_the_wait() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer.throttles("change_account", Some(90));

    let page = browser.submit("/account", &[("name", "花子")]).await;

    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(page.header("retry-after"), Some("90"));
    let text = "試した回数が多すぎます。90秒待ってから、もう一度お試しください。";
    assert_eq!(page.alert(), Some(text));
}
