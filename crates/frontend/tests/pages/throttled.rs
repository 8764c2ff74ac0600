//! An issuer that asks for a pause: because somebody tries too often, or because there is too much to do. People
//! read for how long and what to do, programs get it as JSON, and nobody is signed out for it.

use http::{Method, StatusCode, header};

use super::refresh::{seconds_left, shortly_before_the_end};
use crate::{
    account::{FORMS, fetch},
    browser::{Browser, Page, form},
    site::{PASSWORD, TestSite, USERNAME},
};

const THROTTLED: &str = "too_many_attempts";

#[tokio::test]
async fn the_login_page_says_how_long_to_wait_and_keeps_what_was_typed() {
    let site = TestSite::start().await;
    for (seconds, ja, en) in [
        (1, "1秒", "1 second"),
        (2, "2秒", "2 seconds"),
        (30, "30秒", "30 seconds"),
        (119, "119秒", "119 seconds"),
        (120, "2分", "2 minutes"),
        (121, "3分", "3 minutes"),
        (900, "15分", "15 minutes"),
    ] {
        site.issuer.throttles("login", Some(seconds));
        for (language, text) in [
            (
                "ja",
                format!(
                    "このユーザー名、またはお使いのネットワークで、ログインの失敗が続いています。{ja}待ってから、もう一度お試しください。パスワードをお忘れの場合は、管理者にお問い合わせください。"
                ),
            ),
            (
                "en",
                format!(
                    "There have been too many failed attempts with this name or from your network. Please wait {en}, then try again. If you have forgotten your password, please ask the operator."
                ),
            ),
        ] {
            let mut browser = site.browser().reading(language);
            let fields = [
                ("username", USERNAME),
                ("password", PASSWORD),
                ("remember", "yes"),
                ("next", "/?page=2"),
            ];
            let page = browser.submit("/login", &fields).await;
            assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(page.header("retry-after"), Some(&*seconds.to_string()));
            assert_eq!(page.header("cache-control"), Some("no-store"));
            assert_eq!(page.alert(), Some(&*text));
            assert_eq!(page.input("/login", "username"), USERNAME);
            assert_eq!(page.input("/login", "next"), "/?page=2");
            assert!(page.says(" checked>"), "to be remembered, as asked");
            assert!(!page.says(PASSWORD));
            assert!(page.says(&format!("data-wait=\"{seconds}\"")));
            assert_eq!(browser.session_cookie(), None);
        }
    }
}

#[tokio::test]
async fn a_pause_of_unknown_length_is_one_all_the_same() {
    let site = TestSite::start().await;
    site.issuer.throttles("login", None);
    let mut english = site.browser().reading("en");

    let page = english.submit_login(USERNAME, PASSWORD).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(page.header("retry-after"), None);
    let alert = page.alert().unwrap();
    assert!(alert.contains("Please wait a while, then"), "{alert}");
    assert!(!page.says("data-wait"));
    let page = site.browser().submit_login(USERNAME, PASSWORD).await;
    let alert = page.alert().unwrap();
    assert!(alert.contains("しばらく待ってから、もう一度"), "{alert}");
}

#[tokio::test]
async fn an_unknown_name_is_asked_to_wait_in_the_same_words() {
    let site = TestSite::start().await;
    site.issuer.throttles("login", Some(8));
    let unknown = site.browser().submit_login("nobody", PASSWORD).await;
    let known = site.browser().submit_login(USERNAME, PASSWORD).await;
    assert_eq!(
        unknown.body.replace("nobody", "…"),
        known.body.replace(USERNAME, "…")
    );
}

#[tokio::test]
async fn after_the_wait_the_right_password_signs_in() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    site.issuer.throttles("login", Some(1));
    browser.submit_login(USERNAME, PASSWORD).await;
    site.issuer.answers_again("login");
    browser.sign_in().await;
}

#[tokio::test]
async fn whoever_is_signed_in_stays_so_while_their_sign_in_is_refused() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer.throttles("login", Some(900));
    let page = browser.submit_login(USERNAME, "a guess").await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_issuer_with_too_much_to_do_is_called_busy_and_not_away() {
    let site = TestSite::start().await;
    for what in ["login", "register"] {
        site.issuer.asks_to_wait(what, 503, "busy", Some(3));
    }
    for (language, login, register) in [
        (
            "ja",
            "ただいまログインが混み合っています。3秒待ってから、もう一度お試しください。",
            "ただいま混み合っているため、アカウントを作成できませんでした。3秒待ってから、もう一度お試しください。",
        ),
        (
            "en",
            "Sign-in is very busy right now. Please wait 3 seconds, then try again.",
            "We are very busy right now, and no account was created. Please wait 3 seconds, then try again.",
        ),
    ] {
        let mut browser = site.browser().reading(language);
        let pages = [
            (browser.submit_login(USERNAME, PASSWORD).await, login),
            (browser.submit("/register", &NEWCOMER).await, register),
        ];
        for (page, text) in pages {
            assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(page.header("retry-after"), Some("3"), "as the issuer says");
            assert_eq!(page.alert(), Some(text));
            assert!(!page.says("data-wait"), "it is not theirs to wait out");
        }
    }
}

const NEWCOMER: [(&str, &str); 4] = [
    ("username", "taro"),
    ("email", "taro@example.com"),
    ("name", "太郎"),
    ("password", "kaze-no-toorimichi"),
];

#[tokio::test]
async fn too_many_new_accounts_of_one_place_are_named_with_the_wait() {
    let site = TestSite::start().await;
    site.issuer.throttles("register", Some(1800));
    for (language, text) in [
        (
            "ja",
            "お使いのネットワークからのアカウント作成が続いています。30分待ってから、もう一度お試しください。",
        ),
        (
            "en",
            "Too many accounts were asked for from your network. Please wait 30 minutes, then try again.",
        ),
    ] {
        let mut browser = site.browser().reading(language);
        let page = browser.submit("/register", &NEWCOMER).await;
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(page.header("retry-after"), Some("1800"));
        assert_eq!(page.alert(), Some(text));
        for (name, typed) in &NEWCOMER[..3] {
            assert_eq!(page.input("/register", name), *typed);
        }
        assert!(!page.says(NEWCOMER[3].1));
        assert!(page.says("data-wait=\"1800\""));
    }
}

#[tokio::test]
async fn an_account_that_was_made_is_not_denied_when_signing_in_has_to_wait() {
    let site = TestSite::start().await;
    site.issuer.throttles("login", Some(30));
    let mut browser = site.browser();
    let answer = browser.submit("/register", &NEWCOMER).await;
    let page = browser.follow(answer).await;
    let notice = "アカウントを作成しました。ログインしてください。";
    assert_eq!(page.notice(), Some(notice));
}

#[tokio::test]
async fn a_program_gets_the_same_as_json() {
    let site = TestSite::start().await;
    for what in ["login", "register"] {
        site.issuer.throttles(what, Some(7));
    }
    let mut browser = site.browser();
    for (address, fields) in [
        (
            "/login",
            &[("username", USERNAME), ("password", PASSWORD)][..],
        ),
        ("/register", &NEWCOMER),
    ] {
        let answer = script(&mut browser, address, fields).await;
        assert_throttled_json(&answer, 7, address);
    }
    for what in ["login", "register"] {
        site.issuer.asks_to_wait(what, 503, "busy", Some(2));
        let address = format!("/{what}");
        let fields = [("username", USERNAME), ("password", PASSWORD)];
        let answer = script(&mut browser, &address, &fields).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), Some("2"));
        assert_eq!(answer.json()["error"], "temporarily_unavailable");
        assert_eq!(answer.json()["retry_after"], 2);
    }
}

#[tokio::test]
async fn on_the_account_pages_it_is_said_where_it_happened() {
    let site = TestSite::start().await;
    let mut browser = site.browser().reading("en");
    browser.sign_in().await;
    for what in ["account", "list_sessions", "events", "end_session"] {
        site.issuer.throttles(what, Some(12));
    }
    for address in ["/account", "/account/sessions", "/account/activity"] {
        let page = browser.get(address).await;
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "{address}");
        assert_eq!(page.header("retry-after"), Some("12"), "{address}");
        assert!(page.says("Please wait 12 seconds, then try again."));
        assert!(page.says(&format!("href=\"{address}\"")), "to try again");
        let answer = fetch(&mut browser, Method::GET, address).await;
        assert_throttled_json(&answer, 12, address);
    }
    let page = browser.submit("/account/sessions", &[("id", "x")]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(browser.get("/").await.status, StatusCode::OK, "signed in");
}

#[tokio::test]
async fn a_program_that_sends_the_account_forms_is_told_in_json() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    for what in [
        "change_account",
        "change_password",
        "end_session",
        "delete_account",
    ] {
        site.issuer.throttles(what, Some(4));
    }
    for (address, fields) in FORMS {
        let answer = script(&mut browser, address, fields).await;
        assert_throttled_json(&answer, 4, address);
    }
    assert_eq!(browser.get("/").await.status, StatusCode::OK, "signed in");
}

#[tokio::test]
async fn a_busy_issuer_has_changed_nothing_and_the_forms_say_so() {
    let site = TestSite::start().await;
    let mut browser = site.browser().reading("en");
    browser.sign_in().await;
    let text = "We are very busy right now, and nothing was changed. Please wait 6 seconds, then try again.";
    for (what, (address, fields)) in [
        ("change_password", FORMS[1]),
        (
            "delete_account",
            ("/account/delete", &[("password", PASSWORD)]),
        ),
    ] {
        site.issuer.asks_to_wait(what, 503, "busy", Some(6));
        let page = browser.submit(address, fields).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{address}");
        assert_eq!(page.header("retry-after"), Some("6"), "{address}");
        assert_eq!(page.alert(), Some(text), "{address}");
    }
}

#[tokio::test]
async fn a_session_that_is_refreshed_too_often_serves_on_while_its_token_lives() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let other = site.signed_in().await;
    site.issuer.throttles("refresh", Some(60));
    shortly_before_the_end(&site);

    for _ in 0..3 {
        let page = browser.get("/").await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(seconds_left(&page), 30);
        assert!(page.set_cookies().is_empty());
    }

    // It says nothing of the others: they are refreshed early as ever.
    site.issuer.answers_again("refresh");
    let mut other = other;
    assert_eq!(seconds_left(&other.get("/").await), 15 * 60);
}

#[tokio::test]
async fn a_refused_refresh_without_a_token_that_lives_is_503_and_never_a_logout() {
    let site = TestSite::start().await;
    let mut browser = site.browser().reading("en");
    browser.sign_in().await;
    let cookie = browser.session_cookie().map(str::to_owned);
    site.issuer.throttles("refresh", Some(41));
    site.let_the_token_expire();

    for _ in 0..2 {
        let page = browser.get("/account?x").await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(page.header("retry-after"), Some("41"));
        assert!(page.says("You have not been signed out: please wait 41 seconds"));
        assert!(page.says("href=\"/account?x\""), "it offers to try again");
        assert!(page.set_cookies().is_empty());
        let answer = browser.fetch("/").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), Some("41"));
        assert_eq!(answer.json()["error"], "temporarily_unavailable");
        assert_eq!(answer.json()["retry_after"], 41);
    }
    assert_eq!(browser.session_cookie().map(str::to_owned), cookie);
    assert_eq!(site.stored_sessions(), 1);

    site.issuer.answers_again("refresh");
    assert_eq!(seconds_left(&browser.get("/").await), 15 * 60);
}

#[tokio::test]
async fn what_was_not_ended_is_not_called_ended() {
    let site = TestSite::start().await;
    site.issuer.throttles("end_others", Some(9));
    for (which, text) in [
        ("others", "ほかの端末からログアウトできませんでした。"),
        ("all", "ほかの端末のログアウトはまだ完了していません。"),
    ] {
        let mut browser = site.signed_in().await;
        let answer = browser.submit("/logout", &[("sessions", which)]).await;
        let page = browser.follow(answer).await;
        let notice = page.notice().unwrap();
        assert!(notice.contains(text), "{which}: {notice}");
    }
}

#[tokio::test]
async fn a_sign_out_that_the_issuer_put_off_is_repeated_until_it_is_done() {
    let site = TestSite::with(|config| {
        config.patience.pause = std::time::Duration::from_millis(1);
    })
    .await;
    let mut browser = site.signed_in().await;
    site.issuer.throttles("revoke", Some(1));
    browser.submit("/logout", &[]).await;
    assert_eq!(browser.session_cookie(), None);
    assert!(site.issuer.ended().is_empty());

    site.issuer.answers_again("revoke");
    site.issuer.has_ended(1).await;
    assert_eq!(site.issuer.ended(), ["signed_out"]);
}

async fn script(browser: &mut Browser, address: &str, fields: &[(&str, &str)]) -> Page {
    let request = browser
        .request(Method::POST, address)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .header("sec-fetch-mode", "cors")
        .header("sec-fetch-site", "same-origin");
    browser.send(request, &form(fields)).await
}

fn assert_throttled_json(answer: &Page, seconds: u64, of: &str) {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{of}");
    let in_header = answer.header("retry-after").unwrap();
    assert_eq!(in_header, seconds.to_string(), "{of}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{of}");
    let body = answer.json();
    assert_eq!(body["error"], THROTTLED, "{of}");
    assert_eq!(body["retry_after"], seconds, "{of}");
    let detail = body["detail"].as_str().unwrap();
    assert!(detail.contains(&format!("wait {seconds} seconds")), "{of}");
}
