//! Records in which somebody has written take no end back, and keep nobody from ending a session.

use std::time::Duration as Limit;

use http::Method;
use serde_json::json;
use tegata_issuer::{
    login_session::{EndCause, Ended},
    store::LoginSessions as _,
};
use tegata_token::Clock as _;
use time::Duration;
use tokio::time::timeout;

use super::{begin_many, hash, set, word};
use crate::{app::TestApp, forge::open, log};

/// In a store, an end of no year stands last; it is told with the first.
#[tokio::test]
async fn an_end_of_no_year_at_the_end_of_a_page_does_not_hold_the_feed() {
    let app = TestApp::start().await;
    let at = app.clock.now().truncate_to_millisecond();
    let mut expected = begin_many(&app, at, 9_999).await;
    let cause = EndCause::EndedByAdmin;
    let ended = app.store.end_every_session(Ended { at, cause }).await;
    assert_eq!(ended.unwrap(), 9_999);
    expected.insert(app.ends_elsewhere(at + Duration::milliseconds(1)).await);
    let torn = "UPDATE login_session SET ended_at = ?1 \
                WHERE ended_at = (SELECT max(ended_at) FROM login_session)";
    assert_eq!(app.database().execute(torn, [i64::MAX]).unwrap(), 1);
    let told = timeout(Limit::from_secs(60), app.told(None, 0));
    let told = told.await.expect("the feed answers");
    assert_eq!((told.ended.len(), told.more), (10_000, false));
    assert_eq!(told.ended, expected);
}

#[tokio::test]
async fn a_torn_moment_takes_no_end_back_from_an_issuer_that_starts() {
    log::capture();
    // Of no year, the last of all years, and from before the session.
    for torn in [1_i64 << 62, i64::MIN, 253_402_300_799_999, 0] {
        let app = TestApp::start().await;
        let (access, refresh) = app.pair().await;
        app.post_form("/revoke", &[("token", &refresh)]).await;
        let sid = word(&open(&access).1["sid"]);
        let torn_by_hand = "UPDATE login_session SET tokens_until = ?1";
        app.database().execute(torn_by_hand, [torn]).unwrap();

        let restarted = app.another_issuer();

        let answer = restarted.get("/revocations").await;
        assert_eq!(answer.status, 200, "{torn}: {}", answer.text());
        let ended = &answer.json()["ended"];
        assert_eq!(word(&ended[0]["sid_sha256"]), hash(&sid), "{torn}");
        let until = ended[0]["until"].as_i64().unwrap();
        assert!(until > open(&access).1["exp"].as_i64().unwrap(), "{torn}");
        if torn == 253_402_300_799_999 {
            continue;
        }
        // As long as any token may live, and no longer.
        let latest = app.clock.now() + Duration::days(1) + Duration::minutes(1);
        assert_eq!(until, latest.unix_timestamp(), "{torn}");
        log::said(&format!(
            "the login session {sid}: tokens_until cannot be read"
        ));
    }
}

#[tokio::test]
async fn a_torn_session_can_be_ended_and_is_told() {
    let app = TestApp::start().await;
    let own = app.token().await;
    let mut expected = Vec::new();
    for how in ["revoke", "delete"] {
        let (access, refresh) = app.pair().await;
        let sid = word(&open(&access).1["sid"]);
        let torn = "UPDATE login_session SET address = 'nonsense' WHERE id = ?1";
        assert_eq!(app.database().execute(torn, [&sid]).unwrap(), 1);
        let (answer, status) = if how == "revoke" {
            (app.post_form("/revoke", &[("token", &refresh)]).await, 200)
        } else {
            let path = format!("/users/me/sessions/{sid}");
            (app.ask(Method::DELETE, &path, &own, &json!({})).await, 204)
        };
        assert_eq!(answer.status, status, "{how}: {}", answer.text());
        expected.push(hash(&sid));
    }
    let told = app.another_issuer().told(None, 0).await;
    assert_eq!(told.ended, set([&expected[0], &expected[1]]));
    // Both are told to their user.
    let events = app.own_events(&own).await;
    for kind in ["logout", "sessions_ended"] {
        let told = events.iter().filter(|event| event["kind"] == kind).count();
        assert_eq!(told, 1, "{kind}: {events:?}");
    }
}
