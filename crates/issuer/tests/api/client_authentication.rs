//! How a client says who it is, at every route that asks.

use axum::body::Body;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{Request, header::AUTHORIZATION, header::CONTENT_TYPE};
use serde_json::json;
use tegata_issuer::oauth_client::ClientName;

use crate::{
    answer::Answer,
    app::{FORM, HANAKO, TestApp, basic, both},
};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

#[track_caller]
fn refused(answer: &Answer) {
    assert_eq!(answer.status, 401, "{}", answer.text());
    assert_eq!(answer.word("error"), "invalid_client");
    assert_eq!(answer.json()["detail"], answer.json()["error_description"]);
    assert_eq!(
        answer.header("www-authenticate"),
        "Basic realm=\"api\", charset=\"UTF-8\""
    );
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[track_caller]
fn twice(answer: &Answer) {
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(answer.word("error"), "invalid_request");
}

#[tokio::test]
async fn a_client_says_who_it_is_in_the_header_or_in_the_body() {
    let app = TestApp::start().await;
    let (client, secret) = app.add_client("reports", "").await;
    let (id, secret) = (client.id.to_string(), secret.expose().to_owned());

    let plain = BASE64_STANDARD.encode(format!("{id}:{secret}"));
    let unpadded = plain.trim_end_matches('=').to_owned();
    for header in [
        basic(&id, &secret),
        format!("Basic {plain}"),
        format!("basic  {unpadded} "),
        format!("BASIC\t{plain}"),
    ] {
        let answer = app.post_form_as(&header, "/token", &[GRANT]).await;
        assert_eq!(answer.status, 200, "{header}: {}", answer.text());
        // Many libraries name the client in the body as well.
        let named = [GRANT, ("client_id", &*id)];
        assert_eq!(
            app.post_form_as(&header, "/token", &named).await.status,
            200
        );
    }
    let members = [GRANT, ("client_id", &*id), ("client_secret", &*secret)];
    for (content_type, body) in both(&members) {
        let answer = app.post("/token", content_type, body).await;
        assert_eq!(answer.status, 200, "{content_type}: {}", answer.text());
    }
}

#[tokio::test]
async fn an_unknown_client_and_a_wrong_secret_cannot_be_told_apart() {
    let app = TestApp::start().await;
    let (client, secret) = app.add_client("reports", "").await;
    let (other, other_secret) = app.add_client("mail", "").await;
    let (id, secret) = (client.id.to_string(), secret.expose().to_owned());
    let removed = app.add_client("removed", "").await;
    let name = ClientName::parse("removed").unwrap();
    app.clients().remove(&name).await.unwrap();

    let wrong = app
        .post_form_as(basic(&id, "tcs_wrong"), "/token", &[GRANT])
        .await;
    refused(&wrong);
    for (id, secret) in [
        (&*id, &*secret.to_uppercase()),
        (&id, &secret[..secret.len() - 1]),
        (&id, &format!("{secret} ")),
        (&id, &format!("{secret}\0")),
        (&id, ""),
        (&id, other_secret.expose()),
        (&other.id.to_string(), &secret),
        (&removed.0.id.to_string(), removed.1.expose()),
        (&id.to_uppercase(), &secret),
        (&format!("client:{id}"), &secret),
        ("reports", &secret),
        ("", &secret),
        ("{\"$ne\":null}", "{\"$ne\":null}"),
        ("' OR 1=1 --", &secret),
        ("00000000-0000-0000-0000-000000000000", ""),
        (&"x".repeat(5000), &secret),
    ] {
        let answers = [
            app.post_form_as(basic(id, secret), "/token", &[GRANT])
                .await,
            app.post_form(
                "/token",
                &[GRANT, ("client_id", id), ("client_secret", secret)],
            )
            .await,
        ];
        for answer in answers {
            refused(&answer);
            assert_eq!(answer.json(), wrong.json(), "{id:?} {secret:?}");
        }
    }
}

#[tokio::test]
async fn what_is_no_authentication_is_refused_where_one_is_needed() {
    let app = TestApp::start().await;
    let (client, secret) = app.add_client("reports", "").await;
    let id = client.id.to_string();
    refused(&app.post_form("/token", &[GRANT]).await);
    // It names a client, and proves nothing.
    let named = [GRANT, ("client_id", &*id)];
    refused(&app.post_form("/token", &named).await);
    refused(
        &app.post_form("/token", &[GRANT, ("client_secret", "x")])
            .await,
    );
    let hidden = BASE64_STANDARD.encode(format!("{id}.{}", secret.expose()));
    for header in [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic Og==",
        "Basic /w==",
        &format!("Basic {hidden}"),
        &format!("Digest {hidden}"),
        &format!("Bearer {}", app.token().await),
        "Basic YTpi YTpi",
    ] {
        refused(&app.post_form_as(header, "/token", &[GRANT]).await);
    }
    refused(&app.post_form_as(b"Basic \xff", "/token", &[GRANT]).await);
}

#[tokio::test]
async fn a_client_that_authenticates_twice_is_refused() {
    let app = TestApp::start().await;
    let (client, secret) = app.add_client("reports", "").await;
    let (other, _) = app.add_client("mail", "").await;
    let (id, secret) = (client.id.to_string(), secret.expose().to_owned());
    let header = basic(&id, &secret);
    for path in ["/token", "/introspect", "/auth"] {
        for members in [
            vec![("client_id", &*id), ("client_secret", &*secret)],
            vec![("client_secret", &*secret)],
            vec![("client_id", &*other.id.to_string())],
        ] {
            let members = [vec![GRANT], members].concat();
            twice(&app.post_form_as(&header, path, &members).await);
        }
        let request = Request::post(path)
            .header(CONTENT_TYPE, FORM)
            .header(AUTHORIZATION, &header)
            .header(AUTHORIZATION, &header)
            .body(Body::from("grant_type=client_credentials"));
        twice(&app.send(request.unwrap()).await);
        let body = format!("client_id={id}&client_id={id}&client_secret={secret}");
        twice(&app.post(path, FORM, body).await);
    }
    let both = [("client_id", &*id), ("client_secret", &*secret)];
    let bearer = format!("Bearer {}", app.token().await);
    twice(&app.post_form_as(bearer, "/introspect", &both).await);
}

#[tokio::test]
async fn both_parts_of_basic_are_form_urlencoded() {
    let app = TestApp::start().await;
    let (client, secret) = app.add_client("reports", "").await;
    let escape = |text: &str| -> String { text.bytes().map(|b| format!("%{b:02x}")).collect() };
    let both = format!(
        "{}:{}",
        escape(&client.id.to_string()),
        escape(secret.expose())
    );
    let header = format!("Basic {}", BASE64_STANDARD.encode(both));
    let answer = app.post_form_as(header, "/token", &[GRANT]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn credentials_of_a_client_in_the_query_never_count() {
    let app = TestApp::start().await;
    let (client, secret) = app.add_client("reports", "").await;
    let query = format!(
        "/token?client_id={}&client_secret={}",
        client.id,
        secret.expose()
    );
    refused(&app.post_form(&query, &[GRANT]).await);
}

#[tokio::test]
async fn a_client_that_is_not_needed_has_to_be_right_all_the_same() {
    let app = TestApp::start().await;
    let (client, secret) = app.add_client("reports", "").await;
    let id = client.id.to_string();
    let good = basic(&id, secret.expose());
    let password = [("username", HANAKO.0), ("password", HANAKO.1)];
    let answer = app.post_form_as(&good, "/token", &password).await;
    assert_eq!(answer.status, 200);
    let token = answer.word("refresh_token");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
    for members in [&password, &refresh] {
        let wrong = app.post_form_as(basic(&id, "wrong"), "/token", members);
        refused(&wrong.await);
        // What Swagger UI sends when its two fields are empty; a token for somebody else; an id alone.
        for header in ["Basic Og==", "Bearer abc"] {
            let answer = app.post_form_as(header, "/token", members).await;
            assert_eq!(answer.status, 200, "{header}: {}", answer.text());
        }
        let named = [members[0], members[1], ("client_id", "web-app")];
        assert_eq!(app.post_form("/token", &named).await.status, 200);
        let empty = [
            members[0],
            members[1],
            ("client_id", ""),
            ("client_secret", ""),
        ];
        assert_eq!(app.post_form("/token", &empty).await.status, 200);
        assert_eq!(app.post_form_as(&good, "/token", members).await.status, 200);
    }
    let auth = app.post_form_as(basic(&id, "wrong"), "/auth", &password);
    refused(&auth.await);
}

#[tokio::test]
async fn a_secret_of_the_wrong_type_is_not_repeated() {
    let app = TestApp::start().await;
    let (client, _) = app.add_client("reports", "").await;
    let shown = 77_123_456;
    let body = json!({"grant_type": "password", "username": "x", "password": "y",
        "client_id": client.id.to_string(), "client_secret": shown});
    let answer = app.post_json("/token", &body).await;
    let (kind, loc, ..) = answer.problem();
    assert_eq!(
        (&*kind, loc),
        ("string_type", json!(["body", "client_secret"]))
    );
    assert!(!answer.text().contains("77123456"), "{}", answer.text());
}

#[tokio::test]
async fn when_the_store_is_away_nobody_is_called_a_wrong_client() {
    let app = TestApp::start().await;
    let (client, secret) = app.add_client("reports", "").await;
    app.store.goes_away();
    for (id, secret) in [
        (&*client.id.to_string(), secret.expose()),
        ("nobody", "wrong"),
    ] {
        for path in ["/token", "/introspect"] {
            let answer = app.post_form_as(basic(id, secret), path, &[GRANT]).await;
            assert_eq!(answer.status, 503, "{path}");
            assert_eq!(answer.header("retry-after"), "5");
        }
    }
    app.store.comes_back();
    let header = basic(&client.id.to_string(), secret.expose());
    assert_eq!(
        app.post_form_as(header, "/token", &[GRANT]).await.status,
        200
    );
}
