//! `GET /users/me`: who gets in, and why not.

use axum::body::Body;
use http::{Request, header::AUTHORIZATION};
use serde_json::{Value, json};
use tegata_issuer::{config::Config, signing::KeySettings};
use tegata_token::HmacSecret;
use time::Duration;

use crate::{
    answer::Answer,
    app::{SECRET, START, TestApp},
    forge::{but, claims, encode, fingerprint, header, sign},
};

const OTHER_SECRET: &str = "Yw3nKc8VtR5mPz1XqLd7HbJf2GsQa9Ue";

/// Checks a refusal's three faces: code, challenge, body. None of them may be cached.
#[track_caller]
fn refused(answer: &Answer, reason: &str, detail: &str) {
    assert_eq!(answer.status, 401, "{reason}: {}", answer.text());
    assert_eq!(answer.header("tegata-reason"), reason);
    assert_eq!(answer.json(), json!({"detail": detail}), "{reason}");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer "), "{reason}: {challenge}");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_good_token_shows_its_user_as_the_store_has_them() {
    let app = TestApp::start().await;
    let answer = app.me(format!("Bearer {}", app.token().await)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(
        answer.json(),
        json!({
            "id": app.hanako.id.to_string(),
            "username": "Hanako",
            "email": null,
            "name": null,
            "roles": ["editor"],
            "disabled": false,
            "created_at": "2026-07-01T12:00:00.123Z",
            "updated_at": "2026-07-01T12:00:00.123Z",
        })
    );
}

#[tokio::test]
async fn a_token_lives_to_its_last_second_and_ten_seconds_of_leeway() {
    let app = TestApp::start().await;
    let token = format!("Bearer {}", app.token().await);
    app.clock.set(START + Duration::seconds(900 + 9));
    assert_eq!(app.me(&token).await.status, 200);
    app.clock.advance(Duration::seconds(1));
    refused(
        &app.me(&token).await,
        "expired",
        "Could not validate credentials",
    );
}

#[tokio::test]
async fn every_hostile_token_is_refused_for_its_own_reason() {
    let app = TestApp::start().await;
    let now = START.unix_timestamp();
    let good_claims = claims(&app.hanako);
    let signed = |header: &Value, claims: &Value| sign(header, claims, SECRET);
    let with = |name, value| signed(&header(), &but(good_claims.clone(), name, value));
    let headed = |name, value| signed(&but(header(), name, value), &good_claims);
    let good = signed(&header(), &good_claims);
    assert_eq!(
        app.me(format!("Bearer {good}")).await.status,
        200,
        "the one that the others differ from"
    );

    let unsigned = json!({"alg": "none", "typ": "at+jwt", "kid": fingerprint(SECRET)});
    let unsigned = format!("{}.{}.", encode(&unsigned), encode(&good_claims));
    let foreign = but(header(), "kid", json!(fingerprint(OTHER_SECRET)));
    let (message, _) = good.rsplit_once('.').unwrap();
    let another = with("sub", json!("another"));
    let (_, another_signature) = another.rsplit_once('.').unwrap();
    let refresh = format!("trt_{}", "A".repeat(64));
    let cases = [
        ("algorithm_not_allowed", unsigned),
        ("algorithm_not_allowed", headed("alg", json!("NONE"))),
        ("algorithm_not_allowed", headed("alg", json!("RS256"))),
        ("algorithm_not_allowed", headed("alg", json!("HS512"))),
        ("key_mismatch", sign(&foreign, &good_claims, OTHER_SECRET)),
        ("bad_signature", sign(&header(), &good_claims, OTHER_SECRET)),
        ("bad_signature", format!("{message}.{another_signature}")),
        ("bad_signature", format!("{message}.")),
        ("key_id_missing", headed("kid", Value::Null)),
        ("wrong_type", headed("typ", json!("JWT"))),
        ("wrong_type", headed("typ", Value::Null)),
        ("expired", with("exp", json!(now - 10))),
        ("claim_missing", with("exp", Value::Null)),
        ("claim_missing", with("sub", Value::Null)),
        ("claim_missing", with("sub", json!(""))),
        ("not_yet_valid", with("nbf", json!(now + 11))),
        ("issued_in_future", with("iat", json!(now + 11))),
        ("wrong_issuer", with("iss", json!("http://issuer.test/"))),
        ("wrong_issuer", with("iss", Value::Null)),
        ("malformed", with("exp", json!("soon"))),
        ("malformed", with("sub", json!(7))),
        ("malformed", headed("crit", json!(["exp"]))),
        ("malformed", message.to_owned()),
        ("malformed", format!("{good}.x")),
        ("malformed", format!("{good}=")),
        ("malformed", "x".repeat(9000)),
        ("malformed", refresh),
        ("malformed", "..".to_owned()),
    ];
    for (reason, token) in cases {
        let answer = app.me(format!("Bearer {token}")).await;
        refused(&answer, reason, "Could not validate credentials");
        let challenge = answer.header("www-authenticate");
        let start = "Bearer error=\"invalid_token\", error_description=\"";
        let text = challenge.strip_prefix(start).unwrap();
        assert!(text.ends_with('"') && text.len() > 5, "{challenge}");
    }
}

#[tokio::test]
async fn a_token_for_another_audience_is_refused_where_one_is_configured() {
    let app = TestApp::with(|config| config.audience = Some("https://api.test".to_owned())).await;
    for audience in [Value::Null, json!("https://other.test"), json!([])] {
        let foreign = but(claims(&app.hanako), "aud", audience);
        let answer = app
            .me(format!("Bearer {}", sign(&header(), &foreign, SECRET)))
            .await;
        refused(&answer, "wrong_audience", "Could not validate credentials");
    }
}

#[tokio::test]
async fn the_authorization_header_is_read_in_all_its_forms() {
    let app = TestApp::start().await;
    let token = app.token().await;
    for scheme in ["Bearer ", "bearer ", "BEARER   ", "Bearer\t ", "  Bearer "] {
        let answer = app.me(format!("{scheme}{token} ")).await;
        assert_eq!(answer.status, 200, "{scheme:?}");
    }
    let unauthenticated = "Not authenticated";
    let cases = [
        (format!("Basic {token}"), "wrong_scheme", unauthenticated),
        (token.clone(), "wrong_scheme", unauthenticated),
        (format!("JWT {token}"), "wrong_scheme", unauthenticated),
        (String::new(), "header_missing", unauthenticated),
        ("Bearer".to_owned(), "token_missing", unauthenticated),
        ("Bearer  ".to_owned(), "token_missing", unauthenticated),
        (
            format!("Bearer {token} {token}"),
            "extra_parts",
            "Could not validate credentials",
        ),
        (
            format!("Bearer {token}, Bearer {token}"),
            "extra_parts",
            "Could not validate credentials",
        ),
    ];
    for (value, reason, detail) in cases {
        refused(&app.me(value).await, reason, detail);
    }
    let bytes = [b"Bearer ".as_slice(), token.as_bytes(), b"\xff"].concat();
    refused(
        &app.me(bytes).await,
        "malformed",
        "Could not validate credentials",
    );
}

#[tokio::test]
async fn a_request_without_a_token_is_told_no_error_code() {
    let app = TestApp::start().await;
    let answer = app.get("/users/me").await;
    refused(&answer, "header_missing", "Not authenticated");
    assert_eq!(
        answer.header("www-authenticate"),
        "Bearer realm=\"api\"",
        "RFC 6750 §3: a parameter, but no error"
    );
}

#[tokio::test]
async fn a_token_counts_only_once_and_only_in_its_header() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let twice = Request::get("/users/me")
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::empty());
    let answer = app.send(twice.unwrap()).await;
    assert_eq!(answer.header("tegata-reason"), "extra_parts");
    for query in ["access_token", "token", "jwt"] {
        let answer = app.get(&format!("/users/me?{query}={token}")).await;
        assert_eq!(answer.header("tegata-reason"), "header_missing");
    }
}

#[tokio::test]
async fn a_good_token_of_a_user_who_is_gone_or_disabled_does_not_count() {
    let app = TestApp::start().await;
    for sub in ["019f0000-0000-7000-8000-000000000000", "Hanako", "' OR 1=1"] {
        let orphan = but(claims(&app.hanako), "sub", json!(sub));
        let answer = app
            .me(format!("Bearer {}", sign(&header(), &orphan, SECRET)))
            .await;
        refused(&answer, "user_unknown", "Inactive user");
    }
    let token = format!("Bearer {}", app.token().await);
    assert_eq!(app.me(&token).await.status, 200);
    app.disable(&app.hanako).await;
    refused(&app.me(&token).await, "user_disabled", "Inactive user");
}

#[tokio::test]
async fn a_secret_before_this_one_still_verifies_and_an_older_one_does_not() {
    let rotated = |config: &mut Config| {
        let [now, before] = [OTHER_SECRET, SECRET].map(|text| HmacSecret::parse(text).unwrap());
        config.keys = KeySettings::shared_secret(now, vec![before]);
    };
    let app = TestApp::with(rotated).await;
    let good = claims(&app.hanako);
    let before = sign(&header(), &good, SECRET);
    assert_eq!(app.me(format!("Bearer {before}")).await.status, 200);
    let oldest = "Qd5VtR8mXw3nKc1PzLb7HyJf2GsUa9Te";
    let kid = but(header(), "kid", json!(fingerprint(oldest)));
    let answer = app
        .me(format!("Bearer {}", sign(&kid, &good, oldest)))
        .await;
    refused(&answer, "key_mismatch", "Could not validate credentials");
}
