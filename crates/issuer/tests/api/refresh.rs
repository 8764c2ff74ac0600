//! `POST /token` with a refresh token: who stays logged in, and what everybody else is told.

use serde_json::{Value, json};
use time::Duration;

use crate::{
    answer::Answer,
    app::{HANAKO, LIFETIMES, START, TestApp},
    forge::open,
};

impl TestApp {
    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        let members = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post_form("/token", &members).await
    }

    /// [`HANAKO`] logs in: her access and refresh token.
    pub(crate) async fn pair(&self) -> (String, String) {
        let answer = self.log_in(HANAKO.0, HANAKO.1).await;
        (answer.word("access_token"), answer.word("refresh_token"))
    }
}

/// What every token gets that is not ours, and what the bearer of a genuine one gets besides.
#[track_caller]
pub(crate) fn refused(answer: &Answer, cause: Option<&str>) {
    let text = "The refresh token is not good, or not any more; log in again";
    let mut body = json!({"detail": text, "error": "invalid_grant", "error_description": text});
    if let Some(cause) = cause {
        body["cause"] = Value::from(cause);
    }
    assert_eq!(answer.json(), body);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_refresh_continues_the_session_with_new_tokens() {
    let app = TestApp::start().await;
    let (access, refresh) = app.pair().await;
    assert!(
        refresh.starts_with("trt_") && refresh.len() < 100,
        "{refresh}"
    );
    app.clock.advance(Duration::minutes(14));
    let answer = app.refresh(&refresh).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!(body["token_type"], "bearer");
    assert_eq!(body["expires_in"], 900);
    assert_eq!(body["refresh_expires_in"], (30 * 24 * 60 - 14) * 60);
    assert_ne!(body["refresh_token"], refresh);
    let ((_, before), (_, after)) = (open(&access), open(&answer.word("access_token")));
    for same in ["iss", "sub", "sid", "roles", "preferred_username", "scope"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_ne!(before["jti"], after["jti"]);
    assert_eq!(after["exp"], START.unix_timestamp() + (14 + 15) * 60);
    let bearer = format!("Bearer {}", answer.word("access_token"));
    assert_eq!(app.me(bearer).await.status, 200);
}

#[tokio::test]
async fn json_refreshes_as_a_form_does() {
    let app = TestApp::start().await;
    let (_, refresh) = app.pair().await;
    let body = json!({"grant_type": "refresh_token", "refresh_token": refresh});
    assert_eq!(app.post_json("/token", &body).await.status, 200);
    let nothing = json!({"grant_type": "refresh_token"});
    let answer = app.post_json("/token", &nothing).await;
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.json()["detail"][0]["loc"],
        json!(["body", "refresh_token"])
    );
}

#[tokio::test]
async fn a_lost_answer_can_be_asked_for_again() {
    let app = TestApp::start().await;
    let (_, refresh) = app.pair().await;
    let first = app.refresh(&refresh).await.word("refresh_token");
    app.clock.advance(Duration::seconds(29));
    for _ in 0..3 {
        assert_eq!(app.refresh(&refresh).await.word("refresh_token"), first);
    }
    assert_eq!(app.refresh(&first).await.status, 200);
}

#[tokio::test]
async fn a_token_that_two_have_ends_the_session_of_both() {
    let app = TestApp::start().await;
    let (_, copied) = app.pair().await;
    // One of the two goes on with it; when the grace is over, the other comes. Which is the thief, nobody can tell.
    let lucky = app.refresh(&copied).await;
    app.clock.advance(LIFETIMES.grace);
    refused(&app.refresh(&copied).await, Some("refresh_reused"));
    let next = lucky.word("refresh_token");
    refused(&app.refresh(&next).await, Some("refresh_reused"));
    let answer = app
        .me(format!("Bearer {}", lucky.word("access_token")))
        .await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("tegata-reason"), "session_ended");
}

#[tokio::test]
async fn tokens_that_are_not_ours_are_refused_alike() {
    let (app, other) = (TestApp::start().await, TestApp::start().await);
    let (access, refresh) = app.pair().await;
    let (_, foreign) = other.pair().await;
    let mut forged = refresh.clone();
    forged.replace_range(10..11, if &refresh[10..11] == "A" { "B" } else { "A" });
    let oversized = format!("{refresh}{}", "A".repeat(60_000));
    let naughty = [
        "trt_",
        "null",
        "{\"$ne\":null}",
        "' OR 1=1",
        "\u{202e}",
        "%00",
        &access,
    ];
    for token in [
        forged.as_str(),
        &foreign,
        &oversized,
        &refresh[..50],
        &refresh[4..],
    ]
    .into_iter()
    .chain(naughty)
    {
        refused(&app.refresh(token).await, None);
    }
    assert_eq!(
        app.refresh(&refresh).await.status,
        200,
        "none of them did harm"
    );
    let members = [("grant_type", "refresh_token"), ("refresh_token", "")];
    assert_eq!(app.post_form("/token", &members).await.status, 422);
    let twice = format!("grant_type=refresh_token&refresh_token={refresh}&refresh_token={refresh}");
    let answer = app.post("/token", crate::app::FORM, twice).await;
    assert_eq!(
        (answer.status.as_u16(), answer.word("error").as_str()),
        (400, "invalid_request")
    );
}

#[tokio::test]
async fn each_end_of_a_session_has_its_cause() {
    let app = TestApp::start().await;
    let pair = async || app.pair().await;
    let (_, signed_out) = pair().await;
    assert_eq!(
        app.post_form("/revoke", &[("token", &signed_out)])
            .await
            .status,
        200
    );
    refused(&app.refresh(&signed_out).await, Some("signed_out"));

    let (_, idle) = pair().await;
    app.clock.advance(LIFETIMES.idle);
    refused(&app.refresh(&idle).await, Some("expired"));

    let (_, disabled) = pair().await;
    app.disable(&app.hanako).await;
    refused(&app.refresh(&disabled).await, Some("user_disabled"));
}

#[tokio::test]
async fn roles_and_names_are_as_they_are_now() {
    let app = TestApp::start().await;
    let (_, refresh) = app.pair().await;
    let changed = app
        .database()
        .execute("UPDATE user SET roles = '[\"admin\"]'", [])
        .unwrap();
    assert_eq!(changed, 1);
    let answer = app.refresh(&refresh).await;
    let (_, claims) = open(&answer.word("access_token"));
    assert_eq!(claims["roles"], json!(["admin"]));
}

#[tokio::test]
async fn a_browser_that_is_not_to_be_remembered_gets_a_short_session() {
    let app = TestApp::start().await;
    for (remember, seconds) in [("true", 30 * 24 * 3600), ("false", 12 * 3600)] {
        let members = [
            ("username", HANAKO.0),
            ("password", HANAKO.1),
            ("remember", remember),
        ];
        let answer = app.post_form("/token", &members).await;
        assert_eq!(answer.json()["refresh_expires_in"], seconds, "{remember}");
    }
    let body = json!({"username": HANAKO.0, "password": HANAKO.1, "remember": false});
    let answer = app.post_json("/token", &body).await;
    assert_eq!(answer.json()["refresh_expires_in"], 12 * 3600);
    let mut refresh = answer.word("refresh_token");
    app.clock
        .advance(Duration::hours(12) - Duration::minutes(5));
    let last = app.refresh(&refresh).await;
    assert_eq!(
        last.json()["expires_in"],
        300,
        "no token outlives its session"
    );
    refresh = last.word("refresh_token");
    app.clock.advance(Duration::minutes(5));
    refused(&app.refresh(&refresh).await, Some("expired"));

    let nonsense = [
        ("username", HANAKO.0),
        ("password", HANAKO.1),
        ("remember", "maybe"),
    ];
    let answer = app.post_form("/token", &nonsense).await;
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.json()["detail"][0]["loc"],
        json!(["body", "remember"])
    );
}

#[tokio::test]
async fn no_login_session_lasts_longer_than_the_longest() {
    let longest = Duration::minutes(5);
    let app = TestApp::with(|config| config.lifetimes.session = longest).await;
    let (username, password) = (("username", HANAKO.0), ("password", HANAKO.1));
    for remember in ["true", "false"] {
        let members = [username, password, ("remember", remember)];
        let answer = app.post_form("/token", &members).await;
        assert_eq!(answer.json()["refresh_expires_in"], 300, "{remember}");
        assert_eq!(answer.json()["expires_in"], 300, "{remember}");
    }
    let answer = app.post_form("/auth", &[username, password]).await;
    let claims = open(&answer.word("access_token")).1;
    let lives = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(lives, 300);
}

#[tokio::test]
async fn a_store_that_is_away_logs_nobody_out() {
    let app = TestApp::start().await;
    let (_, refresh) = app.pair().await;
    app.store.goes_away();
    for _ in 0..3 {
        let answer = app.refresh(&refresh).await;
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(answer.word("error"), "temporarily_unavailable");
    }
    app.store.comes_back();
    assert_eq!(app.refresh(&refresh).await.status, 200);
}

#[tokio::test]
async fn flask_jwts_login_has_a_session_as_long_as_its_token() {
    let app = TestApp::start().await;
    let credentials = json!({"username": HANAKO.0, "password": HANAKO.1});
    let answer = app.post_json("/auth", &credentials).await;
    let bearer = format!("Bearer {}", answer.word("access_token"));
    assert_eq!(app.me(&bearer).await.status, 200);
    let token = answer.word("access_token");
    let revoked = app.post_form("/revoke", &[("token", &token)]).await;
    assert_eq!(revoked.status, 200);
    assert_eq!(
        app.me(&bearer).await.header("tegata-reason"),
        "session_ended"
    );
}
