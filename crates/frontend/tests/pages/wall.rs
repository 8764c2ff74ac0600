//! The wall: who passes, who is sent to sign in, and who gets an answer for programs instead.

use http::{Method, StatusCode, header};
use time::Duration;
use tokio::task::JoinSet;

use crate::{
    browser::Page,
    site::{EXPIRED_JA, PASSWORD, TestSite, USERNAME},
};

#[tokio::test]
async fn a_token_without_a_successor_is_good_until_ten_seconds_past_its_time() {
    let site = TestSite::start().await;
    site.issuer.knows_no_sessions();
    let mut browser = site.signed_in().await;

    site.clock
        .advance(Duration::minutes(15) + Duration::seconds(9));
    assert_eq!(browser.get("/").await.status, StatusCode::OK);

    site.clock.advance(Duration::seconds(1));
    let answer = browser.fetch("/").await;
    assert_eq!(answer.json()["reason"], "expired");
    assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA));
    assert_eq!(site.issuer.refreshes(), 0);
}

#[tokio::test]
async fn whoever_signs_in_again_is_back_on_the_page_they_asked_for() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_login_expire();

    let sent = browser.get("/?page=2&sort=new").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert_eq!(sent.location(), "/login?next=%2F%3Fpage%3D2%26sort%3Dnew");
    let login = browser.get(sent.location()).await;
    assert_eq!(login.notice(), Some(EXPIRED_JA));

    let next = login.input("/login", "next");
    let fields = [
        ("username", USERNAME),
        ("password", PASSWORD),
        ("next", &next),
    ];
    let done = browser.submit("/login", &fields).await;
    assert_eq!(
        done.location(),
        "/login/done?next=%2F%3Fpage%3D2%26sort%3Dnew"
    );
    let back = browser.get(done.location()).await;
    assert_eq!(back.location(), "/?page=2&sort=new");
    let page = browser.get(back.location()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.notice(), None);
}

#[tokio::test]
async fn an_expired_session_is_destroyed_when_a_person_meets_the_wall() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_login_expire();

    browser.get("/").await;

    assert_eq!(site.stored_sessions(), 0);
    assert_eq!(browser.session_cookie(), None);
}

#[tokio::test]
async fn twenty_requests_of_scripts_at_expiry_leave_one_message() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let cookie = browser.session_cookie().map(str::to_owned);
    site.let_the_login_expire();

    let mut scripts = JoinSet::new();
    for number in 0..20 {
        let mut script = browser.clone();
        scripts.spawn(async move {
            let request = script.request(Method::GET, "/");
            let request = match number % 3 {
                0 => request.header(header::ACCEPT, "*/*"),
                1 => request
                    .header(header::ACCEPT, "text/html, */*")
                    .header("sec-fetch-mode", "cors"),
                _ => request
                    .header(header::ACCEPT, "text/html")
                    .header("x-requested-with", "XMLHttpRequest"),
            };
            script.send(request, "").await
        });
    }
    let answers: Vec<Page> = scripts.join_all().await;

    for answer in &answers {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.header("tegata-reason"), Some("session_ended"));
        assert_eq!(answer.json()["reason"], "session_ended");
        assert_eq!(answer.json()["cause"], "expired");
        assert!(answer.set_cookies().is_empty(), "{answer:?}");
    }
    assert_eq!(answers.len(), 20);
    assert_eq!(site.stored_sessions(), 1);
    assert_eq!(browser.session_cookie().map(str::to_owned), cookie);

    assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA));
    assert_eq!(browser.open("/").await.notice(), None);
}

#[tokio::test]
async fn scripts_leave_the_message_also_when_the_session_is_over_by_itself() {
    let site = TestSite::start().await;
    site.issuer.tokens_live(Duration::days(60));
    let mut browser = site.signed_in().await;
    site.clock.advance(Duration::days(8));

    for _ in 0..3 {
        let answer = browser.fetch("/").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.json()["reason"], "session_unknown");
        assert!(answer.set_cookies().is_empty());
    }

    assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA));
    assert_eq!(browser.session_cookie(), None);
}

#[tokio::test]
async fn twenty_tabs_at_expiry_all_end_on_the_login_page() {
    let site = TestSite::start().await;
    let browser = site.signed_in().await;
    site.let_the_login_expire();

    let mut tabs = JoinSet::new();
    for _ in 0..20 {
        let mut tab = browser.clone();
        tabs.spawn(async move { tab.open("/").await });
    }

    for page in tabs.join_all().await {
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.notice(), Some(EXPIRED_JA));
    }
}

#[tokio::test]
async fn a_program_that_asks_for_json_is_told_in_json() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    let request = browser
        .request(Method::GET, "/")
        .header(header::ACCEPT, "application/json");

    let answer = browser.send(request, "").await;

    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("location"), None);
    assert!(answer.header("www-authenticate").is_some());
    assert_eq!(answer.json()["error"], "login_required");
    assert_eq!(answer.json()["reason"], "login_required");
}

#[tokio::test]
async fn a_head_request_is_answered_as_its_page_is() {
    let site = TestSite::start().await;
    let mut stranger = site.browser();
    let head = stranger.navigation(Method::HEAD, "/?a=1");
    let answer = stranger.send(head, "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/login?next=%2F%3Fa%3D1");

    let mut browser = site.signed_in().await;
    let head = browser.navigation(Method::HEAD, "/");
    let answer = browser.send(head, "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, "");
}

#[tokio::test]
async fn pages_keep_working_while_the_issuer_is_down() {
    let mut site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer.goes_down().await;

    let page = browser.get("/").await;

    assert_eq!(page.status, StatusCode::OK);
    assert!(page.says(USERNAME));
}

#[tokio::test]
async fn a_page_asks_the_issuer_nothing_and_reads_once_and_writes_nothing() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let asked = site.issuer.requests();
    site.records.calls();

    for _ in 0..5 {
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
        assert_eq!(site.records.calls(), [("find", true)]);
    }
    assert_eq!(site.issuer.requests(), asked);
}

#[tokio::test]
async fn while_the_session_store_is_away_nobody_is_signed_out() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let cookie = browser.session_cookie().map(str::to_owned);
    site.records.go_away();

    let page = browser.get("/?page=2").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.is_page());
    assert_eq!(page.header("retry-after"), Some("5"));
    assert!(
        page.says("href=\"/?page=2\""),
        "the page offers to try again"
    );
    assert!(page.set_cookies().is_empty());
    let answer = browser.fetch("/").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["error"], "temporarily_unavailable");

    site.records.come_back();
    assert_eq!(browser.session_cookie().map(str::to_owned), cookie);
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn while_the_session_store_is_away_nobody_can_sign_in_or_out() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.records.go_away();

    let refused = site.browser().submit_login(USERNAME, PASSWORD).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.is_page());
    assert!(refused.set_cookies().is_empty());

    let still_in = browser.submit("/logout", &[]).await;
    assert_eq!(still_in.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(still_in.is_page());
    assert!(still_in.set_cookies().is_empty(), "{still_in:?}");
    assert!(
        !still_in.says("href=\"/logout\""),
        "no link leads to what can only be sent"
    );

    site.records.come_back();
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}
