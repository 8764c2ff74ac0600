//! Those who are signed in, and give their password once more.

use http::Method;
use serde_json::{Value, json};
use time::Duration;

use super::{At, HERS, THEIRS, on_every_store, waits};
use crate::{
    answer::Answer,
    app::{HANAKO, TestApp},
};

const NEW_PASSWORD: &str = "a river behind seven gates";

on_every_store! {
    whoever_guesses_with_a_stolen_session_waits_as_well,
    an_owner_under_attack_changes_the_password_at_once,
    guessing_from_many_addresses_waits_too,
}

impl At<'_> {
    async fn change(&self, token: &str, current: &str) -> Answer {
        let body = json!({"current_password": current, "new_password": NEW_PASSWORD});
        self.send(Method::PUT, "/users/me/password", Some(token), body)
            .await
    }

    async fn leave(&self, token: &str, password: &str) -> Answer {
        let body = json!({"password": password});
        self.send(Method::DELETE, "/users/me", Some(token), body)
            .await
    }
}

async fn whoever_guesses_with_a_stolen_session_waits_as_well(app: TestApp) {
    let token = app.at(HERS).hanako().await.word("access_token");
    let them = app.at(THEIRS);
    for time in 0..5 {
        let guess = format!("guess {time}");
        let answer = match time % 2 {
            0 => them.change(&token, &guess).await,
            _ => them.leave(&token, &guess).await,
        };
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert_eq!(answer.word("error"), "wrong_password");
    }
    waits(&them.change(&token, HANAKO.1).await, 1);
    waits(&them.leave(&token, HANAKO.1).await, 1);
    waits(&them.hanako().await, 1);
    app.clock.advance(Duration::seconds(1));
    assert_eq!(them.change(&token, "guess").await.status, 400);
    waits(&them.leave(&token, HANAKO.1).await, 2);
    let me = them.send(Method::GET, "/users/me", Some(&token), Value::Null);
    assert_eq!(me.await.status, 200, "the rest goes on");
    app.clock.advance(Duration::seconds(2));
    assert_eq!(them.leave(&token, HANAKO.1).await.status, 204);
}

async fn an_owner_under_attack_changes_the_password_at_once(app: TestApp) {
    let token = app.at(HERS).hanako().await.word("access_token");
    app.at(THEIRS).fail_in_time(HANAKO.0, 12).await;
    waits(&app.at(HERS).hanako().await, 30);
    let answer = app.at(HERS).change(&token, HANAKO.1).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn guessing_from_many_addresses_waits_too(app: TestApp) {
    let token = app.at(HERS).hanako().await.word("access_token");
    for time in 0..5 {
        let address = format!("192.0.2.{time}");
        assert_eq!(app.at(&address).change(&token, "guess").await.status, 400);
    }
    waits(&app.at("192.0.2.200").change(&token, "guess").await, 1);
}
