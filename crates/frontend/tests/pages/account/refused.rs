//! The wall stands before these pages, and behind them too: an issuer that refuses what the wall let pass has
//! ended the session a moment ago.

use http::{Method, StatusCode};

use super::{FORMS, PAGES, fetch};
use crate::site::{EXPIRED_JA, PASSWORD, TestSite, USERNAME};

/// Those that ask the issuer.
const ASKING: [&str; 3] = ["/account", "/account/sessions", "/account/activity"];
const CALLS: [&str; 7] = [
    "account",
    "change_account",
    "change_password",
    "delete_account",
    "list_sessions",
    "end_session",
    "events",
];

#[tokio::test]
async fn a_stranger_signs_in_first_and_comes_back() {
    let site = TestSite::start().await;
    for address in PAGES {
        let mut browser = site.browser();
        let page = browser.open(address).await;
        assert_eq!(page.input("/login", "next"), address);
        assert_eq!(page.notice(), None);
    }
    for (address, fields) in FORMS {
        let answer = site.browser().submit(address, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{address}");
        assert!(answer.location().starts_with("/login"), "{address}");
    }
    assert_eq!(site.issuer.requests(), 0);
}

#[tokio::test]
async fn a_session_that_has_just_been_ended_leads_to_the_login_page_with_the_cause() {
    let site = TestSite::start().await;
    for (cause, words) in [
        ("signed_out_elsewhere", "ほかの端末での操作により"),
        ("password_changed", "パスワードが変更されました。"),
        ("user_disabled", "このアカウントは現在利用できません。"),
        ("refresh_reused", "アカウントを守るため"),
        ("ended_by_admin", "管理者がこのセッションを終了しました。"),
        ("cause_of_tomorrow", EXPIRED_JA),
    ] {
        for address in ASKING {
            let mut browser = site.signed_in().await;
            site.issuer.ends_all_sessions(cause);
            let page = browser.open(address).await;
            let notice = page.notice().unwrap();
            assert!(notice.contains(words), "{address}: {notice}");
            assert_eq!(page.input("/login", "next"), address);
            assert_eq!(browser.session_cookie(), None, "{address}");
        }
        for (address, fields) in FORMS {
            let mut browser = site.signed_in().await;
            site.issuer.ends_all_sessions(cause);
            let answer = browser.submit(address, fields).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{address}");
            let page = browser.follow(answer).await;
            let notice = page.notice().unwrap();
            assert!(notice.contains(words), "{address}: {notice}");
            assert_eq!(browser.session_cookie(), None, "{address}");
        }
    }
    assert_eq!(site.stored_sessions(), 0);
}

#[tokio::test]
async fn a_token_that_is_refused_for_good_leads_there_too() {
    let site = TestSite::start().await;
    for what in CALLS {
        site.issuer.answers(what, 401, "{}");
    }
    for address in ASKING {
        let page = site.signed_in().await.open(address).await;
        assert_eq!(page.notice(), Some(EXPIRED_JA), "{address}");
    }
    for (address, fields) in FORMS {
        let mut browser = site.signed_in().await;
        let answer = browser.submit(address, fields).await;
        let page = browser.follow(answer).await;
        assert_eq!(page.notice(), Some(EXPIRED_JA), "{address}");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_once_is_replaced_and_nobody_notices() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    for (call, address) in [
        ("account", "/account"),
        ("events", "/account"),
        ("events", "/account/activity"),
        ("list_sessions", "/account/sessions"),
    ] {
        site.issuer.answers_once(call, 401);
        let page = browser.get(address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
    }
    for (call, address, fields) in [
        ("change_account", FORMS[0].0, FORMS[0].1),
        ("end_session", FORMS[2].0, &[("id", "sid-9999")]),
        ("change_password", FORMS[1].0, FORMS[1].1),
    ] {
        site.issuer.answers_once(call, 401);
        let answer = browser.submit(address, fields).await;
        assert!(answer.location().starts_with("/account"), "{address}");
    }
}

#[tokio::test]
async fn an_answer_that_is_none_of_ours_signs_nobody_out() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    for what in CALLS {
        site.issuer.answers(what, 418, "<html>a teapot</html>");
    }
    for address in ASKING {
        let page = browser.get(address).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{address}");
        assert!(page.is_page());
    }
    for (address, fields) in FORMS {
        let page = browser.submit(address, fields).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{address}");
        assert!(page.is_page());
    }
    for what in ["account", "list_sessions"] {
        site.issuer.answers(what, 200, "{\"username\": 7}");
    }
    for address in ["/account", "/account/sessions"] {
        let page = browser.get(address).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{address}");
    }
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_program_is_told_in_json_and_keeps_the_session() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer.ends_all_sessions("password_changed");
    for address in ASKING {
        let answer = fetch(&mut browser, Method::GET, address).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{address}");
        assert_eq!(answer.header("tegata-reason"), Some("session_ended"));
        assert_eq!(answer.json()["cause"], "password_changed");
        assert!(answer.set_cookies().is_empty(), "{address}");
    }
    assert_eq!(site.stored_sessions(), 1);
}

#[tokio::test]
async fn address_and_name_of_the_browser_go_with_every_call() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let before = site.issuer.calls().len();
    let dressed = |request: http::request::Builder| {
        request
            .header("user-agent", "a browser")
            .extension(axum::extract::ConnectInfo(std::net::SocketAddr::from((
                [203, 0, 113, 9],
                4711,
            ))))
    };
    for address in ASKING {
        let request = dressed(browser.navigation(Method::GET, address));
        browser.send(request, "").await;
    }
    for (address, fields) in FORMS {
        let body = crate::browser::form(fields);
        let request = dressed(browser.form_request(address));
        browser.send(request, &body).await;
        site.issuer.knows(USERNAME, PASSWORD, &[]);
        browser.sign_in().await;
    }

    let calls = site.issuer.calls();
    for what in CALLS {
        let mut of_this = calls[before..].iter().filter(|call| call.what == what);
        assert!(of_this.clone().next().is_some(), "{what} was called");
        assert!(of_this.all(|call| {
            call.headers.get("x-forwarded-for").unwrap() == "203.0.113.9"
                && call.headers.get("user-agent").unwrap() == "a browser"
        }));
    }
}
