//! What the owner of an account that somebody attacks has of it.

use http::Method;
use serde_json::{Value, json};
use time::Duration;

use super::{HERS, THEIRS, on_every_store, waits};
use crate::app::{HANAKO, TestApp};

on_every_store! {
    its_owner_comes_in_from_another_address_within_half_a_minute,
    its_owners_success_does_not_let_the_attacker_go_on,
    from_many_addresses_an_account_is_tried_every_half_minute_at_most,
    the_sessions_of_its_owner_go_on,
}

async fn its_owner_comes_in_from_another_address_within_half_a_minute(app: TestApp) {
    let them = app.at(THEIRS);
    them.fail_in_time(HANAKO.0, 14).await;
    waits(&them.hanako().await, 512);
    waits(&app.at(HERS).hanako().await, 30);
    app.clock.advance(Duration::seconds(30));
    assert_eq!(app.at(HERS).hanako().await.status, 200);
}

async fn its_owners_success_does_not_let_the_attacker_go_on(app: TestApp) {
    let them = app.at(THEIRS);
    them.fail_in_time(HANAKO.0, 14).await;
    app.clock.advance(Duration::seconds(30));
    assert_eq!(app.at(HERS).hanako().await.status, 200);
    waits(&them.hanako().await, 482);
    // At other accounts, too, the attacker has not begun anew: six more, and the address waits.
    them.fail("nobody", 5).await;
    waits(&them.log_in("nobody", "x").await, 1);
    them.fail("somebody", 1).await;
    waits(&them.log_in("whoever", "x").await, 1);
}

async fn from_many_addresses_an_account_is_tried_every_half_minute_at_most(app: TestApp) {
    let mut tries = 0;
    for second in (0..600).step_by(3) {
        let address = format!("2001:db8:{second:x}::1");
        let answer = app.at(&address).log_in(HANAKO.0, "guess").await;
        match answer.status.as_u16() {
            400 => tries += 1,
            429 => {
                let seconds: i64 = answer.header("retry-after").parse().unwrap();
                assert!((1..=30).contains(&seconds), "{seconds}");
            }
            other => panic!("{other}"),
        }
        app.clock.advance(Duration::seconds(3));
    }
    // Ten within the first minute, and then one each half minute.
    assert_eq!(tries, 28);
}

async fn the_sessions_of_its_owner_go_on(app: TestApp) {
    let answer = app.at(HERS).hanako().await;
    let (access, refresh) = (answer.word("access_token"), answer.word("refresh_token"));
    app.at(THEIRS).fail_in_time(HANAKO.0, 12).await;
    // Even where it comes from.
    app.at(HERS).fail_in_time(HANAKO.0, 12).await;
    assert_eq!(app.at(HERS).hanako().await.status, 429);
    let her = app.at(HERS);
    let me = her.send(Method::GET, "/users/me", Some(&access), Value::Null);
    assert_eq!(me.await.status, 200);
    let members = json!({"grant_type": "refresh_token", "refresh_token": refresh});
    let answer = app
        .at(HERS)
        .send(Method::POST, "/token", None, members)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn its_owner_and_an_administrator_are_told_once_when_a_wait_begins() {
    let app = TestApp::start().await;
    let token = app.at(HERS).hanako().await.word("access_token");
    let them = app.at(THEIRS);
    them.fail_in_time(HANAKO.0, 9).await;
    for _ in 0..50 {
        assert_eq!(them.log_in(HANAKO.0, "x").await.status, 429);
    }
    let events = app.own_events(&token).await;
    let told: Vec<&Value> = events
        .iter()
        .filter(|event| event["kind"] == "login_throttled")
        .collect();
    let causes: Vec<&str> = told
        .iter()
        .map(|event| event["cause"].as_str().unwrap())
        .collect();
    assert_eq!(causes, ["account", "account_from_address"]);
    assert_eq!(told[0]["address"], THEIRS);
    let failures = events
        .iter()
        .filter(|event| event["kind"] == "login_failed");
    assert_eq!(failures.count(), 9, "none for those that were refused");
}
