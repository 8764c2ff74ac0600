//! Who does not pass, and what becomes of them.

use http::{Method, StatusCode, header};
use time::Duration;

use super::{APP, CADDY, Held, NGINX, PROXY, site};
use crate::{
    browser::Browser,
    site::{EXPIRED_EN, EXPIRED_JA, PASSWORD, TestSite, USERNAME},
};

const LOGIN: &str = "http://localhost:8080/login?next=%2Fapp%2Forders%3Fpage%3D2%26sort%3Dnew";

/// What nginx does with a refusal: `error_page 401` and a redirect to `Location`.
async fn by_nginx(browser: &mut Browser) -> String {
    let answer = APP.opened(browser, NGINX).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.set_cookies().is_empty(), "nginx would lose them");
    answer.location().to_owned()
}

async fn by_caddy(browser: &mut Browser) -> String {
    let answer = APP.opened(browser, CADDY).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.location().to_owned()
}

async fn refused(browser: &mut Browser, ask: &str) -> String {
    if ask == NGINX {
        by_nginx(browser).await
    } else {
        by_caddy(browser).await
    }
}

#[tokio::test]
async fn a_stranger_signs_in_and_is_back_where_they_were() {
    let site = site().await;
    for ask in [NGINX, CADDY] {
        let mut browser = site.browser();
        let login = refused(&mut browser, ask).await;
        assert_eq!(login, LOGIN);
        assert!(browser.cookies.is_empty());
        let before = site.stored_sessions();

        let page = browser.get(&login).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.notice(), None, "a first visit");
        assert_eq!(site.stored_sessions(), before, "strangers cost no state");

        let next = page.input("/login", "next");
        let fields = [
            ("username", USERNAME),
            ("password", PASSWORD),
            ("next", next.as_str()),
        ];
        let done = browser.submit("/login", &fields).await;
        let back = browser.get(done.location()).await;
        assert_eq!(back.location(), APP.uri);
        assert_eq!(APP.opened(&mut browser, ask).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn whoever_is_sent_to_sign_in_is_told_why_once() {
    for ask in [NGINX, CADDY] {
        for (cause, told) in [
            ("expired", EXPIRED_EN),
            ("password_changed", "Your password was changed."),
            ("ended_by_admin", "An administrator ended this session."),
            ("signed_out_elsewhere", "You signed this device out"),
        ] {
            let site = site().await;
            let mut browser = site.browser().reading("en");
            browser.sign_in().await;
            site.issuer.ends_all_sessions(cause);
            site.let_the_token_expire();

            let login = refused(&mut browser, ask).await;
            assert_eq!(login, LOGIN);
            let page = browser.get(&login).await;
            let notice = page.notice().unwrap();
            assert!(notice.starts_with(told), "{ask} {cause}: {notice}");
            assert_eq!(page.input("/login", "next"), APP.uri);
            assert_eq!(browser.session_cookie(), None);
            assert_eq!(site.stored_sessions(), 0);
            assert_eq!(browser.get(&login).await.notice(), None, "once");
        }
    }
}

#[tokio::test]
async fn a_session_that_is_over_by_itself_or_cannot_be_read_is_told_too() {
    for ask in [NGINX, CADDY] {
        let site = site().await;
        let idle = site.remembered().await;
        site.clock.advance(Duration::days(8));
        let mut forged = site.browser();
        let unknown = "AAAAAAAAAAAAAAAAAAAAAA".to_owned();
        forged.cookies.insert("tegata".to_owned(), unknown);
        let mut broken = site.browser();
        broken.cookies.insert("tegata".to_owned(), "x".to_owned());

        for (what, mut browser) in [("idle", idle), ("forged", forged), ("broken", broken)] {
            let login = refused(&mut browser, ask).await;
            let page = browser.get(&login).await;
            assert_eq!(page.notice(), Some(EXPIRED_JA), "{ask} {what}");
            assert_eq!(browser.session_cookie(), None, "{ask} {what}");
        }
    }
}

#[tokio::test]
async fn twenty_requests_of_one_page_leave_one_message_to_the_person() {
    let site = site().await;
    let mut browser = site.signed_in().await;
    site.issuer.ends_all_sessions("user_disabled");
    site.let_the_token_expire();
    for ask in [NGINX, CADDY].repeat(10) {
        let answer = APP.fetched(&mut browser, ask).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.header("location"), None);
        assert_eq!(answer.header("tegata-reason"), Some("session_ended"));
        assert!(answer.header("www-authenticate").is_some());
        let body = answer.json();
        assert_eq!(body["reason"], "session_ended");
        assert_eq!(body["cause"], "user_disabled");
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.contains("http://localhost:8080/login"), "{detail}");
        assert!(answer.set_cookies().is_empty());
    }
    assert_eq!(site.stored_sessions(), 1);

    let login = by_nginx(&mut browser).await;
    let page = browser.get(&login).await;
    assert!(page.notice().unwrap().starts_with("このアカウントは現在"));
}

#[tokio::test]
async fn a_script_of_a_stranger_is_told_to_sign_in() {
    let site = site().await;
    for ask in [NGINX, CADDY] {
        let answer = APP.fetched(&mut site.browser(), ask).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.json()["error"], "login_required");
        assert_eq!(answer.json()["reason"], "login_required");
    }
}

#[tokio::test]
async fn what_a_form_sent_is_not_asked_for_again() {
    let site = site().await;
    for method in ["POST", "PUT", "DELETE", "get", "GET, POST", ""] {
        let held = Held { method, ..APP };
        for (ask, status) in [
            (NGINX, StatusCode::UNAUTHORIZED),
            (CADDY, StatusCode::SEE_OTHER),
        ] {
            let answer = held.opened(&mut site.browser(), ask).await;
            assert_eq!(answer.status, status, "{method}");
            let login = "http://localhost:8080/login";
            assert_eq!(answer.location(), login, "{method}");
        }
    }
    let head = Held {
        method: "HEAD",
        ..APP
    };
    assert_eq!(
        head.opened(&mut site.browser(), CADDY).await.location(),
        LOGIN
    );
}

#[tokio::test]
async fn the_login_page_tells_only_a_person() {
    let site = site().await;
    let mut browser = site.signed_in().await;
    site.let_the_login_expire();
    let login = by_nginx(&mut browser).await;

    let script = browser.fetch(&login).await;
    assert_eq!(script.notice(), None);
    let head = browser.navigation(Method::HEAD, &login);
    assert!(browser.send(head, "").await.set_cookies().is_empty());
    assert_eq!(site.stored_sessions(), 1);

    assert_eq!(browser.get(&login).await.notice(), Some(EXPIRED_JA));
}

#[tokio::test]
async fn signing_out_is_signing_out_of_the_app() {
    let site = site().await;
    let mut browser = site.signed_in().await;
    let before = browser.clone();
    browser.submit("/logout", &[]).await;
    for ask in [NGINX, CADDY] {
        for mut browser in [browser.clone(), before.clone()] {
            assert_eq!(refused(&mut browser, ask).await, LOGIN);
        }
    }
}

#[tokio::test]
async fn another_manner_than_the_two_is_a_mistake() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    for query in [
        "refusal=",
        "refusal=302",
        "refusal=redirect&refusal=redirect",
    ] {
        let answer = browser.fetch(&format!("/forward-auth?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
    let request = browser.form_request("/forward-auth");
    let answer = browser.send(APP.said_by(PROXY, request), "").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header(header::ALLOW.as_str()), Some("GET,HEAD"));
}
