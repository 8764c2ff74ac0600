//! Making an account: what the issuer finds wrong, in the visitor's words.

use http::StatusCode;
use serde_json::json;

use crate::{
    browser::{Browser, Page},
    site::TestSite,
};

const USERNAME: &str = "taro";
const PASSWORD: &str = "kaze-no-toorimichi";
const UNAVAILABLE_JA: &str =
    "ただいまアカウントを作成できません。しばらくしてから、もう一度お試しください。";

#[tokio::test]
async fn a_new_account_is_signed_in_at_once() {
    let site = TestSite::start().await;
    let mut browser = site.browser();

    let answer = register(&mut browser).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/login/done?next=%2F%3Fpage%3D2");
    let page = browser.follow(answer).await;

    assert_eq!(page.status, StatusCode::OK);
    assert!(page.says("<h1>taro</h1>"));
}

#[tokio::test]
async fn a_new_account_ends_the_session_of_another() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let before = browser.session_cookie().map(str::to_owned);

    let answer = register(&mut browser).await;
    let page = browser.follow(answer).await;

    assert!(page.says("<h1>taro</h1>"));
    assert_ne!(browser.session_cookie().map(str::to_owned), before);
    assert_eq!(site.stored_sessions(), 1);
}

#[tokio::test]
async fn what_the_issuer_finds_wrong_stands_at_its_field() {
    let site = TestSite::start().await;
    for (field, code, ja, en) in [
        (
            "username",
            "missing",
            "ユーザー名を入力してください。",
            "Enter a username.",
        ),
        (
            "username",
            "value_error",
            "ユーザー名は1〜64文字で、文字（日本語も可）、数字と . _ - @ + だけが使えます。先頭は文字か数字にしてください。",
            "A username has 1 to 64 letters, digits or . _ - @ +, and starts with a letter or digit.",
        ),
        (
            "email",
            "value_error",
            "メールアドレスの形式が正しくありません。",
            "This does not look like an email address.",
        ),
        (
            "name",
            "value_error",
            "この表示名は使えません。短くするか、別の文字をお使いください。",
            "This display name cannot be used. Try a shorter one or other characters.",
        ),
        (
            "password",
            "missing",
            "パスワードを入力してください。",
            "Enter a password.",
        ),
        (
            "password",
            "password_too_short",
            "パスワードが短すぎます。8文字以上にしてください。",
            "This password is too short. Use at least 8 characters.",
        ),
        (
            "password",
            "password_too_long",
            "パスワードが長すぎます。72バイトまでにしてください（日本語だけなら24文字ほど）。",
            "This password is too long. Use at most 72 bytes (about 24 Japanese characters).",
        ),
        (
            "password",
            "password_nul",
            "パスワードに使えない文字（NUL文字）が含まれています。",
            "The password contains a character that cannot be used (NUL).",
        ),
        (
            "password",
            "password_personal",
            "ユーザー名やメールアドレスは、パスワードに使えません。",
            "Choose a password that is not your username or email address.",
        ),
        (
            "password",
            "password_guessable",
            "推測されやすいパスワードです。関係のない単語をいくつか組み合わせると、強くなります。",
            "This password is easy to guess. A few unrelated words make a stronger one.",
        ),
    ] {
        let found = json!({
            "error": "invalid_request",
            "detail": [{"type": code, "loc": ["body", field], "msg": "in English", "input": null}],
        });
        site.issuer.answers_registrations(422, &found);
        for (languages, text) in [("ja", ja), ("en", en)] {
            let mut browser = site.browser().reading(languages);
            let page = register(&mut browser).await;
            assert_eq!(
                page.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{field} {code}"
            );
            assert_eq!(page.wrong(field), Some(text), "{field} {code}");
            assert!(page.alert().is_some(), "{field} {code}");
            assert!(!page.says("in English"), "{field} {code}");
            assert_kept(&page);
            assert_eq!(browser.session_cookie(), None);
        }
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
    let site = TestSite::start().await;
    let problem = |field, code| json!({"type": code, "loc": ["body", field], "msg": "m"});
    let found = json!({
        "error": "invalid_request",
        "detail": [
            problem("username", "missing"),
            problem("email", "value_error"),
            problem("password", "password_too_short"),
        ],
    });
    site.issuer.answers_registrations(422, &found);

    let page = register(&mut site.browser()).await;

    for field in ["username", "email", "password"] {
        assert!(page.wrong(field).is_some(), "{field}");
    }
    assert_eq!(page.wrong("name"), None);
}

#[tokio::test]
async fn a_taken_name_or_address_is_a_conflict_at_its_field() {
    let site = TestSite::start().await;
    for (error, field, text) in [
        (
            "username_taken",
            "username",
            "このユーザー名はすでに使われています。別の名前を入力してください。",
        ),
        (
            "email_taken",
            "email",
            "このメールアドレスはすでに使われています。",
        ),
    ] {
        site.issuer
            .answers_registrations(409, &json!({"error": error, "detail": "taken"}));
        let page = register(&mut site.browser()).await;
        assert_eq!(page.status, StatusCode::CONFLICT, "{error}");
        assert_eq!(page.wrong(field), Some(text), "{error}");
        assert_kept(&page);
    }
}

#[tokio::test]
async fn a_finding_we_have_no_words_for_is_still_shown() {
    let site = TestSite::start().await;
    for detail in [
        json!([{"type": "new_rule", "loc": ["body", "new_field"], "msg": "m"}]),
        json!([{"type": "json_invalid", "loc": ["body"], "msg": "m"}]),
        json!([]),
        json!("A parameter was given twice"),
    ] {
        site.issuer
            .answers_registrations(422, &json!({"error": "invalid_request", "detail": detail}));
        let page = register(&mut site.browser()).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{detail}");
        assert!(page.alert().is_some(), "{detail}");
        assert_kept(&page);
    }
}

#[tokio::test]
async fn while_the_issuer_or_its_store_is_down_the_form_says_so_and_keeps_what_was_typed() {
    let mut site = TestSite::start().await;
    site.issuer
        .answers_registrations(503, &json!({"error": "temporarily_unavailable"}));
    let without_store = register(&mut site.browser()).await;
    site.issuer.goes_down().await;
    let down = register(&mut site.browser()).await;

    for page in [without_store, down] {
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(page.header("retry-after"), Some("5"));
        assert_eq!(page.alert(), Some(UNAVAILABLE_JA));
        assert_kept(&page);
    }
}

#[tokio::test]
async fn an_account_that_could_not_sign_in_at_once_is_not_lost() {
    let site = TestSite::start().await;
    site.issuer.answers_logins(503, &json!({"error": "busy"}));
    let mut browser = site.browser();

    let answer = register(&mut browser).await;
    assert_eq!(answer.location(), "/login?next=%2F%3Fpage%3D2");
    let page = browser.follow(answer).await;

    assert_eq!(
        page.notice(),
        Some("アカウントを作成しました。ログインしてください。")
    );
    site.issuer.works_again();
    let answer = browser.submit_login(USERNAME, PASSWORD).await;
    assert_eq!(browser.follow(answer).await.status, StatusCode::OK);
}

#[tokio::test]
async fn closed_registration_is_a_page_of_its_own() {
    let site = TestSite::with(|config| config.registration_open = false).await;
    let mut browser = site.browser();

    let shown = browser.get("/register").await;
    let sent = register(&mut browser).await;

    for page in [shown, sent] {
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.says("アカウントの作成は受け付けていません"));
        assert!(!page.says(PASSWORD));
    }
    assert_eq!(site.issuer.requests(), 0);
}

#[tokio::test]
async fn an_issuer_that_is_closed_closes_the_page_too() {
    let site = TestSite::start().await;
    site.issuer
        .answers_registrations(403, &json!({"error": "registration_closed"}));

    let page = register(&mut site.browser()).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.says("アカウントの作成は受け付けていません"));
}

#[tokio::test]
async fn what_was_typed_comes_back_escaped() {
    let site = TestSite::start().await;
    site.issuer
        .answers_registrations(409, &json!({"error": "username_taken"}));
    let nasty = "\"><script>alert(1)</script>";
    let fields = [("username", nasty), ("email", nasty), ("name", nasty)];

    let page = site.browser().submit("/register", &fields).await;

    assert!(!page.says("<script>alert"));
    for name in ["username", "email", "name"] {
        assert_eq!(page.input("/register", name), nasty);
    }
}

async fn register(browser: &mut Browser) -> Page {
    let fields = [
        ("username", USERNAME),
        ("email", "taro@example.com"),
        ("name", "太郎"),
        ("password", PASSWORD),
        ("next", "/?page=2"),
    ];
    browser.submit("/register", &fields).await
}

/// All that was typed is there again, but for the password.
fn assert_kept(page: &Page) {
    assert_eq!(page.input("/register", "username"), USERNAME);
    assert_eq!(page.input("/register", "email"), "taro@example.com");
    assert_eq!(page.input("/register", "name"), "太郎");
    assert_eq!(page.input("/register", "next"), "/?page=2");
    assert_eq!(page.input("/register", "password"), "");
    assert!(!page.says(PASSWORD));
}
