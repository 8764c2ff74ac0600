//! How long the waits are, and when they are over.

use serde_json::json;
use time::Duration;

use super::{HERS, THEIRS, on_every_store, waits};
use crate::app::{HANAKO, TestApp};

on_every_store! {
    the_waits_of_one_at_an_account_are_the_documented_ones,
    a_refused_attempt_counts_for_nothing_whatever_its_password,
    a_right_password_after_failures_begins_anew,
    neither_a_restart_nor_another_replica_forgets,
    after_an_hour_without_a_failure_all_is_forgotten,
    a_clock_that_steps_holds_nobody_longer_than_the_longest_wait,
    a_name_that_is_nobodys_is_answered_alike,
    while_the_store_is_away_nobody_is_let_in_or_told_anything,
}

async fn the_waits_of_one_at_an_account_are_the_documented_ones(app: TestApp) {
    let them = app.at(THEIRS);
    them.fail(HANAKO.0, 5).await;
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900] {
        waits(&them.log_in(HANAKO.0, "guess").await, seconds);
        app.clock
            .advance(Duration::seconds(seconds) - Duration::milliseconds(2));
        waits(&them.log_in(HANAKO.0, "guess").await, 1);
        app.clock.advance(Duration::milliseconds(2));
        them.fail(HANAKO.0, 1).await;
    }
}

async fn a_refused_attempt_counts_for_nothing_whatever_its_password(app: TestApp) {
    let them = app.at(THEIRS);
    them.fail_in_time(HANAKO.0, 7).await;
    for _ in 0..30 {
        waits(&them.log_in(HANAKO.0, "guess").await, 4);
        waits(&them.hanako().await, 4);
    }
    app.clock.advance(Duration::seconds(4));
    assert_eq!(them.hanako().await.status, 200);
}

async fn a_right_password_after_failures_begins_anew(app: TestApp) {
    let her = app.at(HERS);
    for _ in 0..4 {
        her.fail(HANAKO.0, 4).await;
        assert_eq!(her.hanako().await.status, 200);
    }
    // The address has failed sixteen times, which is not forgotten.
    her.fail("somebody", 4).await;
    waits(&her.hanako().await, 1);
}

async fn neither_a_restart_nor_another_replica_forgets(app: TestApp) {
    app.at(THEIRS).fail(HANAKO.0, 3).await;
    let other = app.another_issuer();
    other.at(THEIRS).fail(HANAKO.0, 2).await;
    waits(&app.at(THEIRS).hanako().await, 1);
    waits(&other.at(THEIRS).hanako().await, 1);
    waits(&app.another_issuer().at(THEIRS).hanako().await, 1);
}

async fn after_an_hour_without_a_failure_all_is_forgotten(app: TestApp) {
    let them = app.at(THEIRS);
    them.fail(HANAKO.0, 4).await;
    app.clock.advance(Duration::minutes(59));
    them.fail(HANAKO.0, 1).await;
    waits(&them.hanako().await, 1);
    app.clock.advance(Duration::hours(1));
    them.fail(HANAKO.0, 4).await;
    assert_eq!(them.hanako().await.status, 200);
}

async fn a_clock_that_steps_holds_nobody_longer_than_the_longest_wait(app: TestApp) {
    let them = app.at(THEIRS);
    // Counted by a clock that is a day ahead, and set right.
    app.clock.advance(Duration::days(1));
    them.fail(HANAKO.0, 5).await;
    waits(&them.hanako().await, 1);
    app.clock.advance(-Duration::days(1));
    assert_eq!(them.hanako().await.status, 200);

    them.fail(HANAKO.0, 5).await;
    waits(&them.hanako().await, 1);
    app.clock.advance(-Duration::hours(1));
    assert_eq!(them.hanako().await.status, 200);
    app.clock.advance(Duration::hours(2));
    assert_eq!(them.hanako().await.status, 200);
}

async fn a_name_that_is_nobodys_is_answered_alike(app: TestApp) {
    app.disable(
        &app.import("left", &bcrypt::hash("left in spring", 4).unwrap())
            .await,
    )
    .await;
    let mut stories = Vec::new();
    let names = [HANAKO.0, "nobody", "left"];
    for (name, peer) in names
        .into_iter()
        .zip(["192.0.2.1", "192.0.2.2", "192.0.2.3"])
    {
        let mut story = Vec::new();
        let password = |time| match (name, time) {
            ("left", 1) => "left in spring".to_owned(),
            _ => format!("guess {time}"),
        };
        for time in 0..12 {
            let answer = app.at(peer).log_in(name, &password(time)).await;
            let mut headers = answer.headers.clone();
            headers.remove("x-request-id");
            headers.remove("content-length");
            story.push((answer.status, headers, answer.json()));
            app.clock.advance(Duration::milliseconds(700));
        }
        stories.push(story);
    }
    assert_eq!(stories[0], stories[1]);
    assert_eq!(stories[0], stories[2], "and so is one that is disabled");
    assert!(stories[0].iter().any(|(status, ..)| *status == 429));

    // In whatever spelling.
    let app = app.another_issuer();
    for name in ["Kappa", "KAPPA", "ｋａｐｐａ", "kappa", "kAPPA"] {
        app.at(THEIRS).fail(name, 1).await;
    }
    waits(&app.at(THEIRS).log_in("kappa", "x").await, 1);
    let long = "x".repeat(5000);
    app.at(HERS).fail(&long, 5).await;
    waits(&app.at(HERS).log_in(&long, "x").await, 1);
}

async fn while_the_store_is_away_nobody_is_let_in_or_told_anything(app: TestApp) {
    let her = app.at(HERS);
    assert_eq!(her.hanako().await.status, 200);
    app.store.goes_away();
    for password in [HANAKO.1, "guess"] {
        let answer = her.log_in(HANAKO.0, password).await;
        assert_eq!(answer.status, 503, "{}", answer.text());
    }
    app.store.comes_back();
    assert_eq!(her.hanako().await.status, 200);
}

#[tokio::test]
async fn flask_jwts_clients_are_told_in_their_own_words() {
    let app = TestApp::start().await;
    let them = app.at(THEIRS);
    them.fail_in_time(HANAKO.0, 7).await;
    let credentials = json!({"username": HANAKO.0, "password": HANAKO.1});
    let answer = them
        .send(http::Method::POST, "/auth", None, credentials)
        .await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after"), "4");
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = json!({
        "status_code": 429,
        "error": "Too Many Requests",
        "description": "Too many attempts; try again in 4 seconds",
    });
    assert_eq!(answer.json(), body);
}

#[tokio::test]
async fn what_is_counted_holds_nothing_that_was_typed() {
    let app = TestApp::start().await;
    let typed = "plum-Kx8-typed-in-the-wrong-field";
    app.at(THEIRS).fail(typed, 5).await;
    app.at(THEIRS).fail(HANAKO.0, 2).await;
    let database = app.database();
    let mut rows = database.prepare("SELECT counter FROM attempt").unwrap();
    let rows = rows.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let counters: Vec<String> = rows.map(Result::unwrap).collect();
    assert_eq!(counters.len(), 5, "two accounts, two pairs, one address");
    for counter in counters {
        assert!(!counter.contains("plum"), "{counter}");
        assert!(!counter.to_lowercase().contains("hanako"), "{counter}");
    }
}
