//! What happened: told to the one whom it is about and to administrators, whatever becomes of the store.

use std::{net::SocketAddr, time::Duration as Limit};

use axum::{body::Body, extract::ConnectInfo};
use http::{Method, Request, header};
use serde_json::{Value, json};
use tegata_issuer::{
    event::{By, Kind},
    login_session::EndCause,
    store::{Events as _, Which},
};
use tegata_server::Client;
use time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    answer::Answer,
    app::{FORM, HANAKO, TestApp},
    forge::open,
    shaky::ForEvents,
};

const NEW_PASSWORD: &str = "a river behind seven gates";
/// More than any of it takes.
const LIMIT: Limit = Limit::from_secs(20);

impl TestApp {
    async fn events(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, token, Value::Null).await
    }

    /// Of the caller, latest first.
    pub(crate) async fn own_events(&self, token: &str) -> Vec<Value> {
        let answer = self.events("/users/me/events?limit=200", token).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-store");
        list(&answer)
    }

    /// Somebody with the role `admin`, and their token.
    async fn admin(&self) -> (Uuid, String) {
        let hash = bcrypt::hash(HANAKO.1, 4).unwrap();
        let boss = self.import("boss", &hash).await;
        let roles = "UPDATE user SET roles = '[\"admin\"]' WHERE username = 'boss'";
        self.database().execute(roles, []).unwrap();
        let answer = self.log_in("boss", HANAKO.1).await;
        (boss.id, answer.word("access_token"))
    }

    /// Logs in from there, with that.
    async fn log_in_from(&self, address: &str, agent: &str, password: &str) -> Answer {
        let body = format!("username=Hanako&password={}", password.replace(' ', "+"));
        let mut request = Request::post("/token")
            .header(header::CONTENT_TYPE, FORM)
            .header(header::USER_AGENT, agent)
            .body(Body::from(body))
            .unwrap();
        let peer: SocketAddr = address.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        self.send(request).await
    }

    /// Everything that was ever kept, as administrators see it.
    async fn all(&self) -> Vec<Value> {
        let (_, token) = self.admin().await;
        list(&self.events("/admin/events?limit=200", &token).await)
    }
}

fn list(answer: &Answer) -> Vec<Value> {
    answer.json()["events"].as_array().unwrap().clone()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    let kinds = events.iter().map(|event| event["kind"].as_str().unwrap());
    kinds.collect()
}

fn sid(token: &str) -> String {
    open(token).1["sid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_has_an_account_reads_what_happened_to_it_latest_first() {
    let app = TestApp::start().await;
    app.clock.advance(Duration::minutes(1));
    let answer = app.log_in_from("203.0.113.9:1", "Firefox", HANAKO.1).await;
    let (access, refresh) = (answer.word("access_token"), answer.word("refresh_token"));
    app.log_in_from("198.51.100.7:1", "curl", "not hers").await;
    app.refresh(&refresh).await;
    let events = app.own_events(&access).await;
    assert_eq!(
        kinds(&events),
        ["refresh", "login_failed", "login", "user_added"]
    );
    let rare = app
        .events("/users/me/events?refreshes=false", &access)
        .await;
    assert_eq!(kinds(&list(&rare)), ["login_failed", "login", "user_added"]);
    let id = |event: &Value| event["id"].as_str().unwrap().parse::<Uuid>().unwrap();
    assert_eq!(
        events[2],
        json!({
            "id": id(&events[2]),
            "at": "2026-07-01T12:01:00.123Z",
            "kind": "login",
            "by": "you",
            "session": sid(&access),
            "address": "203.0.113.9",
            "user_agent": "Firefox",
        })
    );
    assert_eq!(
        events[1],
        json!({
            "id": id(&events[1]),
            "at": "2026-07-01T12:01:00.123Z",
            "kind": "login_failed",
            "by": null,
            "session": null,
            "address": "198.51.100.7",
            "user_agent": "curl",
            "cause": "wrong_password",
        })
    );
    assert_eq!(events[0]["session"], sid(&access).as_str());
    assert_eq!(events[3]["by"], "administrator");
}

#[tokio::test]
async fn every_end_of_a_session_is_told_with_its_cause() {
    let app = TestApp::start().await;
    let (here, _) = app.pair().await;
    let (elsewhere, _) = app.pair().await;
    let one = format!("/users/me/sessions/{}", sid(&elsewhere));
    app.call(Method::DELETE, &one, &here, Value::Null).await;
    app.pair().await;
    app.pair().await;
    app.call(Method::DELETE, "/users/me/sessions", &here, Value::Null)
        .await;
    let (gone, refresh) = app.pair().await;
    app.post_form("/revoke", &[("token", &refresh)]).await;
    let (ended, _) = app.pair().await;
    let sessions = app.app.accounts(By::command_line()).sessions();
    let of_hanako = Some(app.hanako.id);
    let cause = EndCause::EndedByAdmin;
    let there = sid(&ended).parse().unwrap();
    assert!(sessions.end(there, of_hanako, cause).await.unwrap());

    let events = app.own_events(&here).await;
    let told = |kind: &str| -> Vec<Value> {
        let of_kind = events.iter().filter(|event| event["kind"] == kind);
        let told = |event: &Value| {
            json!([
                event["by"],
                event["session"],
                event["cause"],
                event["count"]
            ])
        };
        of_kind.map(told).collect()
    };
    assert_eq!(told("logout"), [json!(["you", sid(&gone), null, null])]);
    assert_eq!(
        told("sessions_ended"),
        [
            json!(["administrator", sid(&ended), "ended_by_admin", null]),
            json!(["you", null, "signed_out_elsewhere", 2]),
            json!(["you", sid(&elsewhere), "signed_out_elsewhere", null]),
        ]
    );
}

#[tokio::test]
async fn a_refresh_token_that_is_used_again_is_told() {
    let app = TestApp::start().await;
    let (_, refresh) = app.pair().await;
    let successor = app.refresh(&refresh).await;
    let stolen = sid(&successor.word("access_token"));
    app.clock.advance(Duration::minutes(1));
    app.refresh(&refresh).await;
    app.refresh(&refresh).await;
    let (access, _) = app.pair().await;
    let events = app.own_events(&access).await;
    assert_eq!(
        kinds(&events),
        ["login", "refresh_reused", "refresh", "login", "user_added"],
        "an ended session is ended once"
    );
    assert_eq!(events[1]["session"], stolen.as_str());
    assert_eq!(events[1]["by"], Value::Null);
}

#[tokio::test]
async fn changes_of_an_account_are_told_with_who_made_them() {
    let app = TestApp::start().await;
    let (here, _) = app.pair().await;
    app.pair().await;
    let change = json!({"current_password": HANAKO.1, "new_password": NEW_PASSWORD});
    let path = "/users/me/password";
    let changed = app.call(Method::PUT, path, &here, change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let by_admin = By::user(
        Uuid::from_u128(7),
        Client {
            address: Some([192, 0, 2, 1].into()),
            user_agent: Some("of the administrator".to_owned()),
        },
    );
    let accounts = app.app.accounts(by_admin);
    accounts.set_disabled(&app.hanako, true).await.unwrap();
    accounts.set_disabled(&app.hanako, false).await.unwrap();
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 400);
    let token = app
        .log_in(HANAKO.0, NEW_PASSWORD)
        .await
        .word("access_token");

    let events = app.own_events(&token).await;
    let told = events
        .iter()
        .map(|event| json!([event["kind"], event["by"], event["cause"]]));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            json!(["login", "you", null]),
            json!(["login_failed", null, "wrong_password"]),
            json!(["user_enabled", "administrator", null]),
            json!(["sessions_ended", "administrator", "user_disabled"]),
            json!(["user_disabled", "administrator", null]),
            json!(["sessions_ended", "you", "password_changed"]),
            json!(["password_changed", "you", null]),
            json!(["login", "you", null]),
            json!(["login", "you", null]),
            json!(["user_added", "administrator", null]),
        ]
    );
    assert_eq!(events[6]["user_agent"], "Firefox");
    for hidden in ["192.0.2.1", "of the administrator"] {
        let text = Value::from(events.clone()).to_string();
        assert!(!text.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn nobody_reads_the_events_of_another_and_what_was_typed_is_in_none() {
    let app = TestApp::start().await;
    let typed = "typed-Kx8-into-the-wrong-field";
    app.register("taro", "three gates and a bridge").await;
    let taro = app.log_in("taro", "three gates and a bridge").await;
    app.log_in(typed, typed).await;
    app.log_in(HANAKO.0, typed).await;
    let own = app.own_events(&taro.word("access_token")).await;
    assert_eq!(kinds(&own), ["login", "user_added"]);
    assert_eq!(own[1]["by"], "you");

    let all = app.all().await;
    let failed: Vec<_> = all
        .iter()
        .filter(|event| event["kind"] == "login_failed")
        .map(|event| (event["user"].clone(), event["cause"].clone()))
        .collect();
    let hanako = app.hanako.id.to_string();
    assert_eq!(
        failed,
        [
            (json!(hanako), json!("wrong_password")),
            (Value::Null, json!("unknown_user")),
        ]
    );
    assert!(!Value::from(all).to_string().contains(typed));
}

#[tokio::test]
async fn pages_go_through_all_and_lose_and_repeat_nothing() {
    let app = TestApp::start().await;
    let mut token = String::new();
    for _ in 0..12 {
        token = app.token().await;
    }
    let all = app.own_events(&token).await;
    assert_eq!(all.len(), 13);
    for limit in [1, 4, 12, 13] {
        let mut path = format!("/users/me/events?limit={limit}");
        let mut seen = Vec::new();
        loop {
            let page = app.events(&path, &token).await;
            seen.extend(list(&page));
            let Some(next) = page.json()["next"].as_str().map(str::to_owned) else {
                break;
            };
            assert_eq!(list(&page).len(), limit);
            path = format!("/users/me/events?limit={limit}&before={next}");
        }
        assert_eq!(seen, all, "{limit}");
    }
    assert_eq!(
        list(&app.events("/users/me/events", &token).await).len(),
        13
    );
}

#[tokio::test]
async fn a_parameter_that_makes_no_sense_is_named() {
    let app = TestApp::start().await;
    let (_, token) = app.admin().await;
    for (path, expected, name) in [
        ("/users/me/events?before=1", "uuid_parsing", "before"),
        ("/users/me/events?before=", "uuid_parsing", "before"),
        ("/users/me/events?limit=0", "greater_than_equal", "limit"),
        ("/users/me/events?limit=201", "less_than_equal", "limit"),
        ("/users/me/events?limit=-1", "greater_than_equal", "limit"),
        ("/admin/events?limit=many", "int_parsing", "limit"),
        ("/admin/events?user=Hanako", "uuid_parsing", "user"),
        ("/admin/events?user[$ne]=x&user=%00", "uuid_parsing", "user"),
    ] {
        let (kind, loc, ..) = app.events(path, &token).await.problem();
        assert_eq!((kind.as_str(), loc), (expected, json!(["query", name])));
    }
    let twice = "/users/me/events?limit=1&limit=2";
    assert_eq!(app.events(twice, &token).await.status, 400);
}

#[tokio::test]
async fn administrators_alone_read_what_happened_to_everybody() {
    let app = TestApp::start().await;
    let (access, _) = app.pair().await;
    let refused = app.events("/admin/events", &access).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.header("tegata-reason"), "scope_missing");
    assert_eq!(app.get("/admin/events").await.status, 401);

    let (boss, token) = app.admin().await;
    let all = app.events("/admin/events", &token).await;
    assert_eq!(all.header("cache-control"), "no-store");
    let all = list(&all);
    assert_eq!(kinds(&all), ["login", "user_added", "login", "user_added"]);
    assert_eq!(all[0]["actor"], boss.to_string());
    assert_eq!(all[1]["actor"], "command_line");
    let theirs = format!("/admin/events?user={}", app.hanako.id);
    let theirs = list(&app.events(&theirs, &token).await);
    assert_eq!(theirs, all[2..]);

    let roles = "UPDATE user SET roles = '[]' WHERE username = 'boss'";
    app.database().execute(roles, []).unwrap();
    let refused = app.events("/admin/events", &token).await;
    assert_eq!(refused.status, 403, "the store says who is one");
}

#[tokio::test]
async fn no_act_fails_or_waits_long_because_of_its_event() {
    let app = TestApp::start().await;
    app.store.is_for_events(ForEvents::Silent);
    let acts = async {
        let (access, refresh) = app.pair().await;
        assert_eq!(app.refresh(&refresh).await.status, 200);
        assert_eq!(app.log_in(HANAKO.0, "not hers").await.status, 400);
        let change = json!({"current_password": HANAKO.1, "new_password": NEW_PASSWORD});
        let path = "/users/me/password";
        assert_eq!(
            app.call(Method::PUT, path, &access, change).await.status,
            200
        );
        let answer = app.events("/users/me/events", &access).await;
        assert_eq!(kinds(&list(&answer)), ["user_added"]);
    };
    timeout(LIMIT, acts).await.unwrap();
}

#[tokio::test]
async fn what_happened_while_events_could_not_be_kept_is_kept_later() {
    let app = TestApp::start().await;
    app.store.is_for_events(ForEvents::Away);
    let (access, refresh) = app.pair().await;
    app.refresh(&refresh).await;
    app.disable(&app.import("taro", "$2b$04$x").await).await;
    let before = app.own_events(&access).await;
    assert_eq!(kinds(&before), ["user_added"]);
    app.store.is_for_events(ForEvents::There);
    let kept = async {
        while app.own_events(&access).await.len() < 3 {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            kinds(&app.own_events(&access).await),
            ["refresh", "login", "user_added"]
        );
    };
    timeout(LIMIT, kept).await.unwrap();
    let warnings = &app.get("/health/ready").await.json()["warnings"];
    assert_eq!(*warnings, json!([]));
}

#[tokio::test]
async fn a_flood_fills_no_memory_keeps_no_grave_event_out_and_is_told() {
    let app = TestApp::start().await;
    app.store.is_for_events(ForEvents::Away);
    let somebody = By::nobody(Client::default());
    let audit = app.app.accounts(somebody.clone()).audit;
    for _ in 0..12_000 {
        let failed = somebody.did(Kind::LoginFailed).because("unknown_user");
        audit.record(failed).await;
    }
    app.clock.advance(Duration::milliseconds(1));
    app.disable(&app.hanako).await;
    let warnings = &app.get("/health/ready").await.json()["warnings"];
    assert_eq!(*warnings, json!(["audit_events_lost"]));

    app.store.is_for_events(ForEvents::There);
    audit.close().await;
    let kept = app
        .store
        .events_before(None, Which::default(), 20_000)
        .await
        .unwrap();
    let disabled = kept[0].act.kind;
    assert_eq!(disabled, Kind::UserDisabled);
    let failed = kept.iter();
    let failed = failed.filter(|event| event.act.kind == Kind::LoginFailed);
    // What the writer has in hand comes on top.
    let failed = failed.count();
    assert!((10_000..=10_500).contains(&failed), "{failed}");
}
