//! `GET`, `PATCH` and `DELETE /admin/users/{id}`.

use http::Method;
use serde_json::{Value, json};
use tegata_issuer::user::User;

use super::{AOI, administered, path};
use crate::{
    answer::Answer,
    app::{COST, HANAKO, TestApp},
};

const NEW: &str = "nine new barriers in autumn";

/// What a refresh token gets: its cause if it is refused, else nothing.
async fn refreshed(app: &TestApp, token: &str) -> Option<String> {
    let members = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let answer = app.post_form("/token", &members).await;
    (answer.status != 200).then(|| answer.word("cause"))
}

#[track_caller]
fn last_admin(answer: &Answer) {
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert_eq!(answer.word("error"), "last_admin");
    assert!(answer.word("detail").contains("role admin"));
}

#[tokio::test]
async fn each_member_changes_and_what_is_left_out_stays() {
    let (app, _, token) = administered().await;
    let path = path(&app.hanako);
    let mut expected = app.get_as(&token, &path).await.json();
    app.clock.advance(time::Duration::seconds(1));
    for (change, member, value) in [
        (json!({"username": "Hana"}), "username", json!("Hana")),
        (
            json!({"email": "H@Example.com"}),
            "email",
            json!("H@Example.com"),
        ),
        (json!({"name": " 山田 花子 "}), "name", json!("山田 花子")),
        (
            json!({"roles": ["viewer", "ops"]}),
            "roles",
            json!(["viewer", "ops"]),
        ),
        (json!({"disabled": true}), "disabled", json!(true)),
        (json!({"disabled": "false"}), "disabled", json!(false)),
        (json!({"roles": []}), "roles", json!([])),
        (json!({"email": null}), "email", Value::Null),
        (json!({"name": ""}), "name", Value::Null),
        (
            json!({"username": "ＨＡＮＡ"}),
            "username",
            json!("ＨＡＮＡ"),
        ),
    ] {
        let changed = app.patch_as(&token, &path, &change).await;
        assert_eq!(changed.status, 200, "{change}: {}", changed.text());
        expected[member] = value;
        expected["updated_at"] = json!("2026-07-01T12:00:01.123Z");
        assert_eq!(changed.json(), expected, "{change}");
        assert_eq!(changed.header("cache-control"), "no-store");
        assert_eq!(app.get_as(&token, &path).await.json(), expected);
    }
    assert_eq!(app.log_in("hana", HANAKO.1).await.status, 200);
    assert_eq!(app.log_in("hanako", HANAKO.1).await.status, 400);
}

#[tokio::test]
async fn a_change_of_nothing_changes_nothing() {
    let (app, _, token) = administered().await;
    let before = app.get_as(&token, &path(&app.hanako)).await.json();
    app.clock.advance(time::Duration::seconds(1));
    for nothing in [
        json!({}),
        json!({"username": null, "roles": null, "disabled": null, "password": null}),
        json!({"username": "", "password": "", "id": "1", "password_hash": "x", "created_at": 1}),
    ] {
        let answer = app.patch_as(&token, &path(&app.hanako), &nothing).await;
        assert_eq!(answer.status, 200, "{nothing}");
        assert_eq!(answer.json(), before, "{nothing}");
    }
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 200);
}

#[tokio::test]
async fn a_change_is_made_whole_or_not_at_all() {
    let (app, _, token) = administered().await;
    app.register("taro", NEW).await;
    let before = app.get_as(&token, &path(&app.hanako)).await.json();
    let session = app.log_in(HANAKO.0, HANAKO.1).await.word("refresh_token");
    let all = |username: &str| json!({"username": username, "name": "x", "roles": ["admin"], "disabled": true, "password": NEW});
    let taken = app.patch_as(&token, &path(&app.hanako), &all("TARO")).await;
    assert_eq!(taken.status, 409);
    assert_eq!(taken.word("error"), "username_taken");
    let wrong = app.patch_as(&token, &path(&app.hanako), &all("a b")).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(app.get_as(&token, &path(&app.hanako)).await.json(), before);
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 200);
    assert_eq!(refreshed(&app, &session).await, None);
}

#[tokio::test]
async fn each_broken_rule_is_named_in_one_answer() {
    let (app, _, token) = administered().await;
    let body = json!({
        "username": "a b", "email": "x", "name": "\n", "roles": "admin!", "disabled": "maybe",
        "password": "hanako@example.com",
    });
    let answer = app.patch_as(&token, &path(&app.hanako), &body).await;
    assert_eq!(answer.status, 422);
    let detail = answer.json()["detail"].clone();
    let named: Vec<(&str, &str)> = (detail.as_array().unwrap().iter())
        .map(|problem| {
            (
                problem["type"].as_str().unwrap(),
                problem["loc"][1].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            ("value_error", "username"),
            ("value_error", "email"),
            ("value_error", "name"),
            ("value_error", "roles"),
            ("bool_parsing", "disabled"),
        ]
    );
    // A password is judged by the names that come with it.
    let own = json!({"email": "plum@example.com", "password": "PLUM@example.com"});
    let (kind, ..) = app
        .patch_as(&token, &path(&app.hanako), &own)
        .await
        .problem();
    assert_eq!(kind, "password_personal");
    let number = json!({"disabled": 1});
    let (kind, ..) = app
        .patch_as(&token, &path(&app.hanako), &number)
        .await
        .problem();
    assert_eq!(kind, "string_type");
}

#[tokio::test]
async fn a_reset_password_ends_every_session_and_the_old_one_fits_no_more() {
    let (app, _, token) = administered().await;
    let sessions = [
        app.log_in(HANAKO.0, HANAKO.1).await.json(),
        app.log_in(HANAKO.0, HANAKO.1).await.json(),
    ];
    let reset = json!({"password": NEW});
    let answer = app.patch_as(&token, &path(&app.hanako), &reset).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.text().contains(NEW));
    for session in sessions {
        let refresh = session["refresh_token"].as_str().unwrap();
        let cause = refreshed(&app, refresh).await;
        assert_eq!(cause.as_deref(), Some("password_changed"));
        let access = session["access_token"].as_str().unwrap();
        let me = app.me(format!("Bearer {access}")).await;
        assert_eq!(me.header("tegata-reason"), "session_ended");
    }
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 400);
    assert_eq!(app.log_in(HANAKO.0, NEW).await.status, 200);
    assert_eq!(
        app.get_as(&token, "/admin/users").await.status,
        200,
        "hers goes on"
    );
}

#[tokio::test]
async fn whoever_is_disabled_is_out_at_once_and_in_again_when_enabled() {
    let (app, _, token) = administered().await;
    let session = app.log_in(HANAKO.0, HANAKO.1).await;
    let access = format!("Bearer {}", session.word("access_token"));
    let disable = |disabled: bool| json!({"disabled": disabled});
    let answer = app
        .patch_as(&token, &path(&app.hanako), &disable(true))
        .await;
    assert_eq!(answer.json()["disabled"], true);
    assert_eq!(
        app.me(&access).await.header("tegata-reason"),
        "user_disabled"
    );
    let cause = refreshed(&app, &session.word("refresh_token")).await;
    assert_eq!(cause.as_deref(), Some("user_disabled"));
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 400);

    let answer = app
        .patch_as(&token, &path(&app.hanako), &disable(false))
        .await;
    assert_eq!(answer.json()["disabled"], false);
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 200);
    let me = app.me(&access).await;
    assert_eq!(
        me.header("tegata-reason"),
        "session_ended",
        "what was ended stays ended"
    );
}

#[tokio::test]
async fn another_name_or_role_ends_no_session_and_is_in_the_next_token() {
    let (app, _, token) = administered().await;
    let session = app.log_in(HANAKO.0, HANAKO.1).await;
    let change = json!({"username": "Hana", "roles": ["viewer"]});
    assert_eq!(
        app.patch_as(&token, &path(&app.hanako), &change)
            .await
            .status,
        200
    );
    let me = app
        .me(format!("Bearer {}", session.word("access_token")))
        .await;
    assert_eq!(me.json()["username"], "Hana");
    let refresh = session.word("refresh_token");
    let members = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
    let next = app.post_form("/token", &members).await.word("access_token");
    let (_, claims) = crate::forge::open(&next);
    assert_eq!(claims["preferred_username"], "Hana");
    assert_eq!(claims["roles"], json!(["viewer"]));
}

#[tokio::test]
async fn a_deleted_user_is_gone_with_their_sessions_and_their_name_is_free() {
    let (app, _, token) = administered().await;
    let session = app.log_in(HANAKO.0, HANAKO.1).await;
    let gone = app.delete_as(&token, &path(&app.hanako)).await;
    assert_eq!(gone.status, 204);
    assert!(gone.body.is_empty());
    let me = app
        .me(format!("Bearer {}", session.word("access_token")))
        .await;
    assert_eq!(me.header("tegata-reason"), "user_unknown");
    let cause = refreshed(&app, &session.word("refresh_token")).await;
    assert_eq!(cause.as_deref(), Some("user_deleted"));
    let feed = app.get("/revocations").await.json();
    assert_eq!(feed["ended"].as_array().unwrap().len(), 1);
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 400);
    assert_eq!(app.register(HANAKO.0, NEW).await.status, 201);
    let me = app
        .me(format!("Bearer {}", session.word("access_token")))
        .await;
    assert_eq!(me.status, 401, "a namesake is somebody else");
}

#[tokio::test]
async fn whoever_is_not_there_is_404_by_every_way() {
    let (app, _, token) = administered().await;
    let gone = app.import("gone", "x").await;
    assert_eq!(app.delete_as(&token, &path(&gone)).await.status, 204);
    let nobody = "019f0000-0000-7000-8000-000000000000";
    let gone = gone.id.to_string();
    for id in [nobody, &gone, "hanako", "%27%20OR%201%3D1", "%00", "me"] {
        let path = format!("/admin/users/{id}");
        for (method, body) in [
            (Method::GET, Value::Null),
            (Method::PATCH, json!({})),
            (Method::PATCH, json!({"name": "x"})),
            (Method::PATCH, json!({"roles": []})),
            (Method::PATCH, json!({"password": NEW})),
            (Method::DELETE, Value::Null),
        ] {
            let answer = app.ask(method.clone(), &path, &token, &body).await;
            assert_eq!(answer.status, 404, "{method} {path} {body}");
            assert_eq!(answer.word("error"), "not_found");
            assert_eq!(answer.word("detail"), "There is no such user");
        }
    }
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let (app, aoi, token) = administered().await;
    let disabled: User = app.import("jiro", "x").await;
    let disabled = app.give_roles(&disabled, &["admin"]).await;
    app.disable(&disabled).await;
    let before = app.get_as(&token, &path(&aoi)).await.json();
    for change in [
        json!({"disabled": true}),
        json!({"roles": []}),
        json!({"roles": ["editor"], "name": "x"}),
        json!({"disabled": true, "password": NEW}),
    ] {
        last_admin(&app.patch_as(&token, &path(&aoi), &change).await);
    }
    last_admin(&app.delete_as(&token, &path(&aoi)).await);
    assert_eq!(app.get_as(&token, &path(&aoi)).await.json(), before);
    assert_eq!(app.log_in(AOI.0, AOI.1).await.status, 200);

    // With a second one she may go; then the second one may not.
    let enable = json!({"disabled": false});
    let jiro = app.patch_as(&token, &path(&disabled), &enable).await;
    assert_eq!(jiro.status, 200);
    assert_eq!(app.delete_as(&token, &path(&aoi)).await.status, 204);
    let without = crate::forge::sign(
        &crate::forge::header(),
        &crate::forge::claims(&disabled),
        crate::app::SECRET,
    );
    last_admin(&app.delete_as(&without, &path(&disabled)).await);
}

#[tokio::test]
async fn of_two_administrators_who_disable_each_other_one_does() {
    let (app, aoi, hers) = administered().await;
    let hash = bcrypt::hash(NEW, COST).unwrap();
    let jiro = app.import("jiro", &hash).await;
    let jiro = app.give_roles(&jiro, &["admin"]).await;
    let his = app.log_in("jiro", NEW).await.word("access_token");
    let disable = json!({"disabled": true});
    let (aoi, jiro) = (path(&aoi), path(&jiro));
    let (one, other) = tokio::join!(
        app.patch_as(&hers, &jiro, &disable),
        app.patch_as(&his, &aoi, &disable)
    );
    let statuses = [one.status.as_u16(), other.status.as_u16()];
    let (won, lost) = match statuses {
        [200, _] => (&hers, &other),
        _ => (&his, &one),
    };
    // Whoever came second was refused as disabled, or as about to leave nobody.
    assert!(matches!(lost.status.as_u16(), 401 | 409), "{statuses:?}");
    assert_eq!(app.get_as(won, "/admin/users").await.status, 200);
}

#[tokio::test]
async fn what_an_administrator_does_is_told_with_who_did_it() {
    let (app, aoi, token) = administered().await;
    app.token().await;
    for change in [
        json!({"username": "Hana", "roles": ["viewer"], "email": null}),
        json!({"password": NEW}),
        json!({"disabled": true}),
        json!({"disabled": false, "name": "x"}),
        json!({}),
    ] {
        let path = path(&app.hanako);
        let changed = app.patch_as(&token, &path, &change).await;
        assert_eq!(changed.status, 200);
    }
    let hers = app.log_in("hana", NEW).await.word("access_token");
    let own = json!({"email": "h@example.com"});
    app.patch_as(&hers, "/users/me", &own).await;
    let sessions = format!("{}/sessions", path(&app.hanako));
    app.delete_as(&token, &sessions).await;
    app.delete_as(&token, &path(&app.hanako)).await;
    let events = format!("/admin/events?user={}", app.hanako.id);
    let events = app.get_as(&token, &events).await.json();
    let (aoi, hanako) = (aoi.id.to_string(), app.hanako.id.to_string());
    let told: Vec<Value> = (events["events"].as_array().unwrap().iter())
        .map(|event| json!([event["kind"], event["cause"], event["actor"]]))
        .collect();
    assert_eq!(
        told[..told.len() - 2],
        [
            json!(["user_deleted", null, aoi]),
            json!(["sessions_ended", "ended_by_admin", aoi]),
            json!(["user_changed", "email", hanako]),
            json!(["login", null, hanako]),
            json!(["user_enabled", null, aoi]),
            json!(["user_changed", "name", aoi]),
            json!(["user_disabled", null, aoi]),
            json!(["sessions_ended", "password_changed", aoi]),
            json!(["password_changed", null, aoi]),
            json!(["user_changed", "username email roles", aoi]),
        ]
    );
}
