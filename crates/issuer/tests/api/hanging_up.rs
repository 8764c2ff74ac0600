//! Whoever hangs up in the middle: what they began is done as a whole, and told.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration as Limit};

use http::Method;
use serde_json::json;
use time::Duration;
use tokio::{task::yield_now, time::timeout};

use crate::{
    app::{HANAKO, TestApp},
    forge::open,
    refresh::refused,
};

const NEW_PASSWORD: &str = "a river behind seven gates";
/// More than any of it takes.
const LIMIT: Limit = Limit::from_secs(20);

/// Waits for a request until it has been woken so often, and hangs up.
async fn hang_up_after(times: usize, request: impl Future) {
    let mut request = pin!(request);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        request.as_mut().poll(context).map(drop)
    })
    .await;
}

impl TestApp {
    /// How the store has it that this session ended.
    fn end_of(&self, sid: &str) -> Option<String> {
        let cause = "SELECT end_cause FROM login_session WHERE id = ?1";
        let found = self.database().query_row(cause, [sid], |row| row.get(0));
        found.unwrap()
    }

    async fn waits_for_end(&self, sid: &str) -> String {
        let ended = async {
            loop {
                if let Some(cause) = self.end_of(sid) {
                    return cause;
                }
                yield_now().await;
            }
        };
        timeout(LIMIT, ended).await.unwrap()
    }
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_though_nobody_waits_for_the_answer() {
    let app = TestApp::start().await;
    let mut current = HANAKO.1.to_owned();
    let mut changes = 0;
    for times in 1..12 {
        let answer = app.log_in(HANAKO.0, &current).await;
        let own = answer.word("access_token");
        let (other, _) = {
            let answer = app.log_in(HANAKO.0, &current).await;
            (answer.word("access_token"), answer)
        };
        let new = format!("{NEW_PASSWORD} {times}");
        let before = app.hash_of(&app.hanako).await;
        let body = json!({"current_password": current, "new_password": new});
        hang_up_after(
            times,
            app.call(Method::PUT, "/users/me/password", &own, body),
        )
        .await;
        if app.hash_of(&app.hanako).await != before {
            changes += 1;
            current = new;
            let sid = open(&other).1["sid"].as_str().unwrap().to_owned();
            assert_eq!(app.waits_for_end(&sid).await, "password_changed", "{times}");
        }
    }
    assert!(changes > 0, "somebody hung up after the change");
}

#[tokio::test]
async fn a_thief_who_hangs_up_is_told_of_all_the_same() {
    let app = TestApp::start().await;
    for times in 1..4 {
        let (access, refresh) = app.pair().await;
        let sid = open(&access).1["sid"].as_str().unwrap().to_owned();
        let owner = app.refresh(&refresh).await.word("refresh_token");
        app.clock.advance(Duration::minutes(1));
        hang_up_after(times, app.refresh(&refresh)).await;
        assert_eq!(app.waits_for_end(&sid).await, "refresh_reused", "{times}");
        refused(&app.refresh(&owner).await, Some("refresh_reused"));
        let told = async {
            loop {
                let (access, _) = app.pair().await;
                let events = app.own_events(&access).await;
                let mut events = events.iter();
                if events.any(|one| one["kind"] == "refresh_reused" && one["session"] == *sid) {
                    return;
                }
            }
        };
        assert!(timeout(LIMIT, told).await.is_ok(), "{times}");
    }
}
