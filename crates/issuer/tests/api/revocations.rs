//! `GET /revocations`: the feed that guards follow.

use std::{collections::BTreeSet, time::Duration as Limit};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use tegata_issuer::{
    login_session::{Beginning, EndCause, Ended, LoginSession},
    store::LoginSessions as _,
};
use tegata_server::Client;
use tegata_token::{Clock as _, Random as _, SystemRandom};
use time::{Duration, OffsetDateTime};
use tokio::time::timeout;

use crate::{
    app::{LIFETIMES, TestApp},
    forge::open,
};

mod torn;

struct Told {
    ended: BTreeSet<String>,
    next: String,
    more: bool,
}

impl TestApp {
    async fn told(&self, since: Option<&str>, wait: u8) -> Told {
        let since = since
            .map(|since| format!("since={since}&"))
            .unwrap_or_default();
        let answer = self.get(&format!("/revocations?{since}wait={wait}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-store");
        let body = answer.json();
        let ended = body["ended"].as_array().unwrap().iter();
        Told {
            ended: ended.map(|one| word(&one["sid_sha256"])).collect(),
            next: word(&body["next"]),
            more: body["more"].as_bool().unwrap(),
        }
    }

    /// Logs in and out; what the feed calls that session.
    async fn logs_out(&self) -> String {
        let (access, refresh) = self.pair().await;
        self.post_form("/revoke", &[("token", &refresh)]).await;
        hash(&word(&open(&access).1["sid"]))
    }

    /// As another issuer does: straight into the store, with a moment of its own.
    async fn ends_elsewhere(&self, at: OffsetDateTime) -> String {
        let session = begin(self, at).await;
        let cause = EndCause::SignedOut;
        self.store
            .end_session(session.id, None, Ended { at, cause })
            .await
            .unwrap();
        hash(&session.id.to_string())
    }
}

async fn begin(app: &TestApp, at: OffsetDateTime) -> LoginSession {
    let beginning = Beginning {
        user: app.hanako.id,
        client: Client::default(),
        max_age: LIFETIMES.session,
    };
    let session = LoginSession::begin(beginning, &LIFETIMES, at, &SystemRandom);
    app.store.begin_session(&session).await.unwrap();
    session
}

fn hash(sid: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, sid.as_bytes()))
}

fn word(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn set<const N: usize>(hashes: [&String; N]) -> BTreeSet<String> {
    hashes.into_iter().cloned().collect()
}

#[tokio::test]
async fn what_was_ended_is_told_and_then_only_what_is_new() {
    let app = TestApp::start().await;
    let nothing = app.told(None, 0).await;
    assert_eq!((nothing.ended, nothing.more), (BTreeSet::new(), false));
    let first = app.logs_out().await;
    let told = app.told(Some(&nothing.next), 0).await;
    assert_eq!(told.ended, set([&first]));
    let again = app.told(Some(&told.next), 0).await;
    assert_eq!(again.ended, BTreeSet::new());
    assert_eq!(
        app.told(None, 0).await.ended,
        set([&first]),
        "all of it without a cursor"
    );
    app.clock.advance(Duration::minutes(5));
    let second = app.logs_out().await;
    assert_eq!(app.told(Some(&again.next), 0).await.ended, set([&second]));
    assert_eq!(app.told(Some(&told.next), 0).await.ended, set([&second]));
}

#[tokio::test]
async fn an_end_is_told_until_its_last_token_has_expired() {
    let app = TestApp::start().await;
    let (_, refresh) = app.pair().await;
    app.clock.advance(Duration::minutes(10));
    let answer = app.refresh(&refresh).await;
    let last = answer.word("access_token");
    app.post_form("/revoke", &[("token", &answer.word("refresh_token"))])
        .await;
    let answer = app.get("/revocations").await;
    let until = answer.json()["ended"][0]["until"].as_i64().unwrap();
    // The later of its two tokens, and what clocks may differ by.
    assert_eq!(until, open(&last).1["exp"].as_i64().unwrap() + 60);
    app.clock
        .set(OffsetDateTime::from_unix_timestamp(until + 1).unwrap());
    assert_eq!(app.told(None, 0).await.ended, BTreeSet::new());
}

#[tokio::test]
async fn whoever_waits_hears_of_an_end_at_once() {
    let app = TestApp::start().await;
    let start = app.told(None, 0).await.next;
    let waiting = {
        let (app, start) = (app.clone(), start.clone());
        tokio::spawn(async move { app.told(Some(&start), 30).await })
    };
    let ended = app.logs_out().await;
    let told = timeout(Limit::from_secs(10), waiting)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(told.ended, set([&ended]));
}

#[tokio::test]
async fn an_end_that_comes_late_or_out_of_order_is_told_all_the_same() {
    let app = TestApp::start().await;
    let now = app.clock.now();
    let here = app.logs_out().await;
    let told = app.told(None, 0).await;
    // Another issuer's clock is behind, by as much as clocks may differ; another's is ahead.
    let behind = app.ends_elsewhere(now - Duration::seconds(10)).await;
    let after = app.told_later(&told.next).await;
    assert!(
        after.ended.is_superset(&set([&behind])),
        "{:?}",
        after.ended
    );
    let ahead = app.ends_elsewhere(now + Duration::seconds(40)).await;
    let after = app.told_later(&after.next).await;
    assert!(after.ended.is_superset(&set([&ahead])));
    let late = app.ends_elsewhere(now - Duration::seconds(50)).await;
    app.clock.advance(Duration::seconds(20));
    let after = app.told_later(&after.next).await;
    assert!(after.ended.is_superset(&set([&late])), "{:?}", after.ended);
    let quiet = app.told_later(&after.next).await;
    assert_eq!(quiet.ended, BTreeSet::new(), "and then there is quiet");
    assert_eq!(
        app.told(None, 0).await.ended,
        set([&here, &behind, &ahead, &late])
    );
}

impl TestApp {
    /// The store is looked into a few times a second, and not for every question.
    async fn told_later(&self, since: &str) -> Told {
        let told = self.told(Some(since), 1);
        timeout(Limit::from_secs(10), told).await.unwrap()
    }
}

#[tokio::test]
async fn a_cursor_means_the_same_to_another_issuer_on_the_same_store() {
    let app = TestApp::start().await;
    let first = app.logs_out().await;
    let told = app.told(None, 0).await;
    let other = app.another_issuer();
    assert_eq!(other.told(Some(&told.next), 0).await.ended, BTreeSet::new());
    app.clock.advance(Duration::milliseconds(1));
    let second = other.logs_out().await;
    let told = app.told_later(&told.next).await;
    assert_eq!(told.ended, set([&second]));
    assert_eq!(other.told(None, 0).await.ended, set([&first, &second]));
}

#[tokio::test]
async fn a_cursor_of_another_deployment_or_from_the_future_gets_everything() {
    let (app, other) = (TestApp::start().await, TestApp::start().await);
    let ended = app.logs_out().await;
    let foreign = other.told(None, 0).await.next;
    assert_eq!(app.told(Some(&foreign), 0).await.ended, set([&ended]));
    let cursor = app.told(None, 0).await.next;
    app.clock.advance(-Duration::hours(1));
    let early = app.logs_out().await;
    assert_eq!(app.told_later(&cursor).await.ended, set([&ended, &early]));
}

#[tokio::test]
async fn after_a_clock_was_set_back_there_is_quiet_again_and_no_gap() {
    let app = TestApp::start().await;
    let before = app.logs_out().await;
    let cursor = app.told(None, 0).await.next;
    app.clock.advance(-Duration::hours(1));
    let early = app.logs_out().await;
    let told = app.told_later(&cursor).await;
    assert_eq!(told.ended, set([&before, &early]));
    let quiet = app.told_later(&told.next).await;
    assert_eq!(quiet.ended, BTreeSet::new(), "nothing is told for ever");
    app.clock.advance(Duration::milliseconds(1));
    let next = app.logs_out().await;
    let told = app.told_later(&quiet.next).await;
    assert!(told.ended.contains(&next), "{:?}", told.ended);
}

/// A cursor is no secret and not signed: anybody may write one.
#[tokio::test]
async fn a_cursor_of_any_moment_is_answered() {
    let app = TestApp::start().await;
    let ended = app.logs_out().await;
    let cursor = app.told(None, 0).await.next;
    let cursor = BASE64_URL_SAFE_NO_PAD.decode(cursor).unwrap();
    let first = time::PrimitiveDateTime::MIN.assume_utc();
    let last = time::PrimitiveDateTime::MAX.assume_utc();
    for (mark, looked) in [(first, first), (first, last), (last, first), (last, last)] {
        let millis = |at: OffsetDateTime| {
            let millis = at.unix_timestamp_nanos() / 1_000_000;
            i64::try_from(millis).unwrap().to_be_bytes()
        };
        let mut forged = cursor.clone();
        forged[8..16].copy_from_slice(&millis(mark));
        forged[32..40].copy_from_slice(&millis(looked));
        let told = app
            .told(Some(&BASE64_URL_SAFE_NO_PAD.encode(&forged)), 0)
            .await;
        if mark == first || looked == last {
            assert!(told.ended.contains(&ended), "{mark} {looked}");
        }
    }
}

#[tokio::test]
async fn what_is_no_cursor_is_refused() {
    let app = TestApp::start().await;
    let cursor = app.told(None, 0).await.next;
    let longer = format!("{cursor}AAAA");
    for garbage in [
        "",
        "0",
        "%00",
        "null",
        "A",
        &cursor[1..],
        &longer,
        "1&since=2",
    ] {
        let answer = app.get(&format!("/revocations?since={garbage}")).await;
        assert_eq!(answer.status, 400, "{garbage}");
        assert_eq!(answer.word("error"), "invalid_request");
    }
    for wait in ["-1", "x", "256", "1.5"] {
        let answer = app.get(&format!("/revocations?wait={wait}")).await;
        assert_eq!(answer.status, 400, "{wait}");
        let detail = answer.word("detail");
        assert!(detail.contains("wait"), "{wait}: {detail}");
    }
}

/// So many sessions; what the feed calls them.
async fn begin_many(app: &TestApp, at: OffsetDateTime, many: usize) -> BTreeSet<String> {
    let like = begin(app, at).await;
    let mut hashes = set([&hash(&like.id.to_string())]);
    // In one transaction: each of its own would be seconds of waiting for the disk.
    let mut database = app.database();
    let copies = database.transaction().unwrap();
    for _ in 1..many {
        let sid = SystemRandom.token(16);
        hashes.insert(hash(&sid));
        let copy = "INSERT INTO login_session SELECT ?1, user, created_at, used_at, ends_at, live_until, tokens_until, \
                    generation, rotated_at, address, user_agent, ended_at, end_cause \
                    FROM login_session WHERE id = ?2";
        copies.execute(copy, (sid, like.id.to_string())).unwrap();
    }
    copies.commit().unwrap();
    hashes
}

#[tokio::test]
async fn many_ends_come_in_pages() {
    let app = TestApp::start().await;
    let at = app.clock.now().truncate_to_millisecond();
    let expected = begin_many(&app, at, 10_050).await;
    let cause = EndCause::EndedByAdmin;
    // All at the same moment: a page ends in its midst.
    app.store
        .end_every_session(Ended { at, cause })
        .await
        .unwrap();
    let first = app.told(None, 0).await;
    assert_eq!((first.ended.len(), first.more), (10_000, true));
    let second = app.told(Some(&first.next), 0).await;
    assert_eq!((second.ended.len(), second.more), (50, false));
    assert_eq!(&first.ended | &second.ended, expected);
}

#[tokio::test]
async fn a_store_that_is_away_is_said() {
    let app = TestApp::start().await;
    app.told(None, 0).await;
    app.store.goes_away();
    let answer = app.get("/revocations").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "5");
}
