//! `GET` and `DELETE /admin/users/{id}/sessions`.

use serde_json::json;

use super::{administered, path};
use crate::{
    app::{HANAKO, TestApp},
    forge::open,
};

fn sid(token: &str) -> String {
    open(token).1["sid"].as_str().unwrap().to_owned()
}

async fn cause(app: &TestApp, refresh_token: &str) -> String {
    let members = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ];
    let answer = app.post_form("/token", &members).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    answer.word("cause")
}

#[tokio::test]
async fn an_administrator_sees_where_somebody_is_signed_in() {
    let (app, aoi, token) = administered().await;
    let first = sid(&app.token().await);
    app.clock.advance(time::Duration::seconds(1));
    let second = sid(&app.token().await);
    let shown = app
        .get_as(&token, &format!("{}/sessions", path(&app.hanako)))
        .await;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.header("cache-control"), "no-store");
    let sessions = shown.json()["sessions"].clone();
    assert_eq!(sessions.as_array().unwrap().len(), 2);
    assert_eq!(sessions[0]["id"], second, "the latest first");
    assert_eq!(sessions[1]["id"], first);
    assert_eq!(sessions[1]["created_at"], "2026-07-01T12:00:00.123Z");
    assert_eq!(sessions[0]["current"], false);
    let own = app
        .get_as(&token, &format!("{}/sessions", path(&aoi)))
        .await;
    assert_eq!(own.json()["sessions"][0]["current"], true);
    assert_eq!(own.json()["sessions"][0]["id"], sid(&token));
}

#[tokio::test]
async fn an_administrator_ends_one_session_or_all_and_the_browser_learns_why() {
    let (app, aoi, token) = administered().await;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(app.log_in(HANAKO.0, HANAKO.1).await);
    }
    let all = format!("{}/sessions", path(&app.hanako));
    let id = sid(&sessions[0].word("access_token"));
    let one = format!("{all}/{id}");
    assert_eq!(app.delete_as(&token, &one).await.status, 204);
    let again = app.delete_as(&token, &one).await;
    assert_eq!(again.status, 404);
    assert_eq!(
        again.word("detail"),
        "There is no such login session of this user"
    );
    let ended = cause(&app, &sessions[0].word("refresh_token")).await;
    assert_eq!(ended, "ended_by_admin");

    let answer = app.delete_as(&token, &all).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({"ended": 2}));
    for session in &sessions[1..] {
        assert_eq!(
            cause(&app, &session.word("refresh_token")).await,
            "ended_by_admin"
        );
        let me = app
            .me(format!("Bearer {}", session.word("access_token")))
            .await;
        assert_eq!(me.header("tegata-reason"), "session_ended");
    }
    assert_eq!(
        app.delete_as(&token, &all).await.json(),
        json!({"ended": 0})
    );
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 200);

    // Her own too.
    let own = format!("{}/sessions", path(&aoi));
    assert_eq!(
        app.delete_as(&token, &own).await.json(),
        json!({"ended": 1})
    );
    let out = app.get_as(&token, &own).await;
    assert_eq!(out.header("tegata-reason"), "session_ended");
}

#[tokio::test]
async fn a_session_is_ended_under_its_own_user_only() {
    let (app, aoi, token) = administered().await;
    let hers = app.token().await;
    let nobody = "/admin/users/019f0000-0000-7000-8000-000000000000/sessions";
    for path in [
        format!("{}/sessions/{}", path(&aoi), sid(&hers)),
        format!("{nobody}/{}", sid(&hers)),
        format!("{}/sessions/AAAAAAAAAAAAAAAAAAAAAA", path(&app.hanako)),
        format!("{}/sessions/x", path(&app.hanako)),
        format!("{}/sessions/%00", path(&app.hanako)),
    ] {
        assert_eq!(app.delete_as(&token, &path).await.status, 404, "{path}");
    }
    assert_eq!(app.me(format!("Bearer {hers}")).await.status, 200);
    for answer in [
        app.get_as(&token, nobody).await,
        app.delete_as(&token, nobody).await,
        app.get_as(&token, "/admin/users/hanako/sessions").await,
    ] {
        assert_eq!(answer.status, 404);
        assert_eq!(answer.word("detail"), "There is no such user");
    }
}
