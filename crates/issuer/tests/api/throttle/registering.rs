//! How many accounts an address may register.

use http::Method;
use serde_json::json;
use time::Duration;

use super::{At, HERS, THEIRS, on_every_store, waits};
use crate::{answer::Answer, app::TestApp};

on_every_store! {
    an_address_registers_20_within_an_hour,
    at_once_no_more_get_in,
    a_clock_that_was_ahead_keeps_nobody_from_registering,
}

impl At<'_> {
    async fn register(&self, username: &str) -> Answer {
        let user = json!({"username": username, "password": "plum blossoms at the gate"});
        self.send(Method::POST, "/users", None, user).await
    }
}

async fn an_address_registers_20_within_an_hour(app: TestApp) {
    let them = app.at(THEIRS);
    for number in 0..19 {
        let answer = them.register(&format!("user{number}")).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        app.clock.advance(Duration::minutes(1));
    }
    // Those count too that only ask whether a name is taken; those that break a rule do not.
    let unfit = json!({"username": "x", "password": "short"});
    for _ in 0..5 {
        let answer = them.send(Method::POST, "/users", None, unfit.clone());
        assert_eq!(answer.await.status, 422);
    }
    assert_eq!(them.register("user1").await.status, 409);
    waits(&them.register("another").await, 41 * 60);
    waits(&them.register("user1").await, 41 * 60);
    assert_eq!(app.at(HERS).register("another").await.status, 201);
    // It has nothing to do with logging in.
    assert_eq!(
        them.log_in("user1", "plum blossoms at the gate")
            .await
            .status,
        200
    );
    app.clock.advance(Duration::minutes(41));
    assert_eq!(them.register("later").await.status, 201);
}

async fn a_clock_that_was_ahead_keeps_nobody_from_registering(app: TestApp) {
    let them = app.at(THEIRS);
    app.clock.advance(Duration::days(1));
    for number in 0..20 {
        assert_eq!(them.register(&format!("user{number}")).await.status, 201);
    }
    waits(&them.register("another").await, 3600);
    app.clock.advance(-Duration::days(1));
    for number in 20..40 {
        let answer = them.register(&format!("user{number}")).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    waits(&them.register("another").await, 3600);
    // Another replica whose clock is behind, as clocks are, begins no hour of its own.
    app.clock.advance(-Duration::minutes(1));
    waits(&them.register("another").await, 3600);
    app.clock.advance(Duration::hours(1) + Duration::minutes(1));
    assert_eq!(them.register("another").await.status, 201);
}

async fn at_once_no_more_get_in(app: TestApp) {
    let mut requests = tokio::task::JoinSet::new();
    for number in 0..30 {
        let app = app.clone();
        requests.spawn(async move {
            let answer = app.at(THEIRS).register(&format!("user{number}")).await;
            answer.status.as_u16()
        });
    }
    let mut statuses = requests.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![201; 20], vec![429; 10]].concat());
}

#[tokio::test]
async fn unfit_passwords_are_judged_60_times_a_minute_and_an_address() {
    let app = TestApp::start().await;
    let unfit = json!({"username": "taro", "password": "password123"});
    let ask = async |at: &At<'_>| at.send(Method::POST, "/users", None, unfit.clone()).await;
    let them = app.at(THEIRS);
    for _ in 0..60 {
        assert_eq!(ask(&them).await.status, 422);
    }
    waits(&ask(&them).await, 1);
    waits(&them.register("taro").await, 1);
    assert_eq!(ask(&app.at(HERS)).await.status, 422);
    app.clock.advance(Duration::SECOND);
    assert_eq!(them.register("taro").await.status, 201);
    // It has nothing to do with logging in.
    assert_eq!(
        them.log_in("taro", "plum blossoms at the gate")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn whoever_tries_ten_passwords_each_minute_is_never_held_back() {
    let app = TestApp::start().await;
    let her = app.at(HERS);
    for number in 0..60 {
        let unfit = json!({"username": "taro", "password": format!("password{number}")});
        let answer = her.send(Method::POST, "/users", None, unfit).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        app.clock.advance(Duration::seconds(6));
    }
    assert_eq!(her.register("taro").await.status, 201);
}

#[tokio::test]
async fn where_many_may_register_as_many_passwords_are_judged() {
    let app = TestApp::with(|config| config.throttling.registrations_per_address = 100).await;
    let school = app.at(HERS);
    for number in 0..100 {
        let answer = school.register(&format!("pupil{number}")).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
}
