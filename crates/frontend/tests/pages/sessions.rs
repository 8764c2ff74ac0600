//! The login session: whose it is, how long it lives, what a thief of the store gets.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{Method, StatusCode, header};
use time::Duration;

use crate::{
    browser::form,
    site::{EXPIRED_JA, PASSWORD, TestSite, USERNAME},
};

#[tokio::test]
async fn every_sign_in_has_a_new_id_and_ends_the_session_before_it() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let mut seen = vec![browser.session_cookie().unwrap().to_owned()];
    for _ in 0..3 {
        browser.submit_login(USERNAME, PASSWORD).await;
        let id = browser.session_cookie().unwrap().to_owned();
        assert!(!seen.contains(&id), "an id came back");
        seen.push(id);
    }
    assert_eq!(site.stored_sessions(), 1);
    seen.pop();
    for old in seen {
        let mut thief = site.browser();
        thief.cookies.insert("tegata".to_owned(), old);
        assert_eq!(thief.get("/").await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn an_id_that_somebody_else_chose_is_not_taken_over() {
    let site = TestSite::start().await;
    let chosen = "AAAAAAAAAAAAAAAAAAAAAA";
    let mut victim = site.browser();
    victim
        .cookies
        .insert("tegata".to_owned(), chosen.to_owned());

    victim.sign_in().await;

    assert_ne!(victim.session_cookie(), Some(chosen));
    let mut attacker = site.browser();
    attacker
        .cookies
        .insert("tegata".to_owned(), chosen.to_owned());
    assert_eq!(attacker.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_attackers_own_session_does_not_become_the_victims() {
    let site = TestSite::start().await;
    site.issuer.knows("mallory", "kaze-no-toorimichi", &[]);
    let mut attacker = site.browser();
    attacker.submit_login("mallory", "kaze-no-toorimichi").await;
    let mut victim = site.browser();
    victim.cookies.clone_from(&attacker.cookies);

    victim.sign_in().await;

    assert_ne!(victim.session_cookie(), attacker.session_cookie());
    assert_eq!(attacker.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_id_counts_in_the_cookie_only() {
    let site = TestSite::start().await;
    let id = site.signed_in().await.session_cookie().unwrap().to_owned();
    let named = form(&[("tegata", &id), ("session", &id), ("id", &id)]);
    let mut stranger = site.browser();

    let by_query = stranger.get(&format!("/?{named}")).await;
    assert_eq!(by_query.status, StatusCode::SEE_OTHER);

    let by_form = stranger.form_request("/login");
    let by_form = stranger.send(by_form, &named).await;
    assert_eq!(by_form.status, StatusCode::UNPROCESSABLE_ENTITY);

    let by_header = stranger
        .navigation(Method::GET, "/")
        .header("tegata", &id)
        .header("x-session-id", &id)
        .header(header::AUTHORIZATION, format!("Bearer {id}"));
    let by_header = stranger.send(by_header, "").await;
    assert_eq!(by_header.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_visitor_who_does_not_sign_in_costs_no_state() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    for address in ["/", "/login", "/register", "/nothing", "/login?next=/x"] {
        browser.get(address).await;
    }
    browser.submit_login(USERNAME, "wrong").await;
    browser.submit_login("", "").await;

    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    assert_eq!(site.stored_sessions(), 0);
    assert_eq!(site.records.finds(), 0);
}

#[tokio::test]
async fn a_thief_of_the_store_gets_nothing() {
    let site = TestSite::start().await;
    let browser = site.signed_in().await;
    let id = browser.session_cookie().unwrap().to_owned();
    let token = site.issuer.last_token();
    assert_eq!(site.stored_sessions(), 1);

    let dump = site.dump();

    let holds = |part: &[u8]| dump.windows(part.len()).any(|bytes| bytes == part);
    assert!(holds(b"CREATE TABLE session"), "the dump is one");
    assert!(!holds(id.as_bytes()));
    assert!(!holds(&BASE64_URL_SAFE_NO_PAD.decode(&id).unwrap()));
    for segment in token.split('.') {
        assert!(!holds(segment.as_bytes()), "{segment}");
        assert!(!holds(&BASE64_URL_SAFE_NO_PAD.decode(segment).unwrap()));
    }
    let refresh_token = site.issuer.last_refresh_token();
    for word in [
        USERNAME,
        PASSWORD,
        "access_token",
        "refresh_token",
        "id-of-hanako",
        &refresh_token,
    ] {
        assert!(!holds(word.as_bytes()), "{word}");
    }
}

#[tokio::test]
async fn a_session_survives_a_restart() {
    let mut site = TestSite::start().await;
    let mut browser = site.signed_in().await;

    site.restart();

    let home = browser.get("/").await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.says(USERNAME));
}

#[tokio::test]
async fn what_was_ended_stays_ended_after_a_restart() {
    let mut site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let mut kept = browser.clone();
    browser.submit("/logout", &[]).await;

    site.restart();

    assert_eq!(kept.open("/").await.notice(), Some(EXPIRED_JA));
}

#[tokio::test]
async fn a_week_without_a_request_ends_the_session() {
    let site = TestSite::start().await;
    site.issuer.tokens_live(Duration::days(60));
    let mut browser = site.remembered().await;

    site.clock.advance(Duration::days(7) - Duration::seconds(1));
    assert_eq!(browser.get("/").await.status, StatusCode::OK);

    site.clock.advance(Duration::days(7));
    assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA));
    assert_eq!(browser.session_cookie(), None);
    assert_eq!(site.stored_sessions(), 0);
}

#[tokio::test]
async fn reading_alone_keeps_a_session_until_a_month_is_over() {
    let site = TestSite::start().await;
    site.issuer.tokens_live(Duration::days(60));
    let mut browser = site.remembered().await;

    for day in [6, 12, 18, 24, 29] {
        site.clock
            .advance(Duration::days(if day == 29 { 5 } else { 6 }));
        assert_eq!(browser.get("/").await.status, StatusCode::OK, "day {day}");
    }
    site.clock.advance(Duration::days(1) - Duration::seconds(1));
    assert_eq!(browser.get("/").await.status, StatusCode::OK);

    site.clock.advance(Duration::seconds(1));
    assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA));
}

#[tokio::test]
async fn reading_writes_once_a_minute_at_the_most() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    for (seconds, touches) in [(0, 0), (59, 0), (1, 1), (0, 1), (59, 1), (1, 2)] {
        site.clock.advance(Duration::seconds(seconds));
        browser.get("/").await;
        browser.fetch("/").await;
        assert_eq!(site.records.touches(), touches);
    }
}

#[tokio::test]
async fn a_sign_in_clears_away_what_is_over() {
    let site = TestSite::start().await;
    for _ in 0..5 {
        site.signed_in().await;
    }
    assert_eq!(site.stored_sessions(), 5);

    site.clock.advance(Duration::days(8));
    site.signed_in().await;

    assert_eq!(site.stored_sessions(), 1);
}

#[tokio::test]
async fn two_people_have_two_sessions() {
    let site = TestSite::start().await;
    site.issuer.knows("taro", "kaze-no-toorimichi", &[]);
    let mut hanako = site.signed_in().await;
    let mut taro = site.browser();
    taro.submit_login("taro", "kaze-no-toorimichi").await;

    assert!(hanako.get("/").await.says("<h1>hanako</h1>"));
    assert!(taro.get("/").await.says("<h1>taro</h1>"));
}

#[tokio::test]
async fn an_altered_record_is_no_session() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.alter_records();

    assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA));
}
