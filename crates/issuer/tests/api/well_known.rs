//! What other programs may know of an issuer: its keys and its endpoints.

use axum::body::Body;
use http::{Request, header::IF_NONE_MATCH};
use serde_json::json;
use tegata_issuer::config::PasswordGrant;
use tegata_token::{Algorithm, KeySet};

use crate::{
    app::{ISSUER, TestApp},
    key_pairs::with_pairs,
};

const JWKS: &str = "/.well-known/jwks.json";
const METADATA: &str = "/.well-known/oauth-authorization-server";

#[tokio::test]
async fn a_shared_secret_is_never_published() {
    let app = TestApp::start().await;
    app.store.goes_away();
    let unknown = app.get(JWKS).await;
    assert_eq!(unknown.status, 503, "the store may have key pairs");
    assert_eq!(unknown.header("retry-after"), "5");
    app.store.comes_back();
    let answer = app.get(JWKS).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({"keys": []}));
}

#[tokio::test]
async fn public_keys_are_published_for_caches_and_for_pages_of_other_sites() {
    let app = with_pairs(Algorithm::ES256).await;
    let answer = app.get(JWKS).await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let members = answer.json()["keys"][0].clone();
    let mut names: Vec<&String> = members.as_object().unwrap().keys().collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["alg", "crv", "kid", "kty", "use", "x", "y"],
        "public ones alone"
    );
    let set = KeySet::parse(&answer.body).unwrap();
    assert_eq!((set.keys.len(), set.skipped.len()), (1, 0));

    let tag = answer.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 10, "{tag}");
    let ask = async |named: &str| {
        let request = Request::get(JWKS).header(IF_NONE_MATCH, named);
        app.send(request.body(Body::empty()).unwrap()).await
    };
    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"x\", {tag}"),
        "*".to_owned(),
    ] {
        let same = ask(&known).await;
        assert_eq!(same.status, 304, "{known}");
        assert!(same.body.is_empty());
        assert_eq!(same.header("etag"), tag);
        assert_eq!(same.header("cache-control"), "public, max-age=300");
    }
    assert_eq!(ask("\"x\"").await.status, 200);
}

#[tokio::test]
async fn the_metadata_says_where_everything_is() {
    let app = TestApp::with(|config| {
        config.public_url = "https://id.example.com/".parse().unwrap();
        config.password_grant = PasswordGrant::Clients;
    })
    .await;
    let answer = app.get(METADATA).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(
        answer.json(),
        json!({
            "issuer": ISSUER,
            "token_endpoint": "https://id.example.com/token",
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "grant_types_supported": ["refresh_token", "client_credentials", "password"],
            "response_types_supported": [],
            "jwks_uri": "https://id.example.com/.well-known/jwks.json",
            "revocation_endpoint": "https://id.example.com/revoke",
            "revocation_endpoint_auth_methods_supported": ["none"],
            "introspection_endpoint": "https://id.example.com/introspect",
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "service_documentation": "https://id.example.com/docs/",
        })
    );
}

#[tokio::test]
async fn grants_that_are_off_are_not_named() {
    let app = TestApp::with(|config| config.password_grant = PasswordGrant::Off).await;
    let metadata = app.get(METADATA).await.json();
    assert_eq!(
        metadata["grant_types_supported"],
        json!(["refresh_token", "client_credentials"])
    );
}

#[tokio::test]
async fn an_issuer_with_a_path_is_found_behind_the_well_known_one() {
    let with_issuer =
        |issuer: &'static str| TestApp::with(move |config| config.issuer = issuer.to_owned());
    let app = with_issuer("https://example.com/login/tegata").await;
    for path in [METADATA.to_owned(), format!("{METADATA}/login/tegata")] {
        let metadata = app.get(&path).await;
        assert_eq!(metadata.status, 200, "{path}");
        assert_eq!(
            metadata.json()["issuer"],
            "https://example.com/login/tegata"
        );
    }
    for issuer in [
        "tegata",
        "https://example.com/{x}",
        "https://example.com/",
        "urn:x:y",
    ] {
        let app = with_issuer(issuer).await;
        assert_eq!(app.get(METADATA).await.status, 200, "{issuer}");
        assert_eq!(
            app.get(&format!("{METADATA}/x")).await.status,
            404,
            "{issuer}"
        );
    }
}
