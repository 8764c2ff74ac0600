//! `GET /.well-known/jwks.json` (RFC 7517) and `/.well-known/oauth-authorization-server` (RFC 8414): what other
//! programs may know of this issuer, also from a page of another site.

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};
use serde::Serialize;
use serde_json::Value;
use tegata_token::PublicJwk;
use url::Url;
use utoipa::ToSchema;

use crate::{app::App, config::PasswordGrant, error::ApiError};

/// Half of how long a key is announced before it signs.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");
const METADATA: &str = "/.well-known/oauth-authorization-server";

/// RFC 7517 §5; public keys alone.
#[derive(Serialize, ToSchema)]
pub(crate) struct Jwks {
    #[schema(value_type = Vec<Object>, example = json!([{
        "kty": "OKP", "use": "sig", "alg": "EdDSA", "kid": "tMyi18FpsSGfpf1xqyTuJmEvUg7Cn7s_rGQAwr-2Hw4",
        "crv": "Ed25519", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
    }]))]
    keys: Vec<PublicJwk>,
}

/// RFC 8414 §2
#[derive(Serialize, ToSchema)]
pub(crate) struct Metadata<'a> {
    /// The `iss` of tokens.
    #[schema(example = "http://127.0.0.1:8000")]
    issuer: &'a str,
    #[schema(example = "http://127.0.0.1:8000/token")]
    token_endpoint: String,
    token_endpoint_auth_methods_supported: &'static [&'static str],
    #[schema(example = json!(["refresh_token", "client_credentials", "password"]))]
    grant_types_supported: Vec<&'static str>,
    /// Empty: there is no authorization endpoint.
    response_types_supported: [&'static str; 0],
    #[schema(example = "http://127.0.0.1:8000/.well-known/jwks.json")]
    jwks_uri: String,
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: &'static [&'static str],
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: &'static [&'static str],
    service_documentation: String,
}

/// The public keys that tokens are signed with
///
/// Those that sign now, will soon, or did a moment ago. Empty while tokens are signed with the shared secret.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "tokens",
    responses(
        (status = 200, description = "A key set; may be cached for five minutes", body = Jwks),
        (status = 304, description = "`If-None-Match` names what would be answered"),
        (status = 503, description = "The keys are not known yet; see `Retry-After`"),
    ))]
pub(crate) async fn jwks(State(app): State<App>, headers: HeaderMap) -> Result<Response, ApiError> {
    let keys = app.every_key().await?.jwks();
    public(&headers, &Jwks { keys })
}

/// Where what is (RFC 8414)
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", tag = "tokens",
    responses(
        (status = 200, description = "The issuer's name, its endpoints, and what they take", body = Metadata),
        (status = 304, description = "`If-None-Match` names what would be answered"),
    ))]
pub(crate) async fn metadata(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let base = app.public_url.as_str().trim_end_matches('/');
    let at = |path: &str| format!("{base}{path}");
    let mut grants = vec!["refresh_token", "client_credentials"];
    if app.password_grant != PasswordGrant::Off {
        grants.push("password");
    }
    let metadata = Metadata {
        issuer: &app.issuer,
        token_endpoint: at("/token"),
        token_endpoint_auth_methods_supported: &[
            "none",
            "client_secret_basic",
            "client_secret_post",
        ],
        grant_types_supported: grants,
        response_types_supported: [],
        jwks_uri: at("/.well-known/jwks.json"),
        revocation_endpoint: at("/revoke"),
        revocation_endpoint_auth_methods_supported: &["none"],
        introspection_endpoint: at("/introspect"),
        introspection_endpoint_auth_methods_supported: &[
            "client_secret_basic",
            "client_secret_post",
        ],
        service_documentation: at("/docs/"),
    };
    public(&headers, &metadata)
}

/// Where else the metadata of an issuer with a path in its name is looked for: the path comes last (RFC 8414
/// §3.1).
pub(crate) fn metadata_path(issuer: &str) -> Option<String> {
    let url = Url::parse(issuer).ok()?;
    let path = url.path().trim_end_matches('/');
    // What the router would take for a pattern is nobody's path.
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/-._~".contains(letter);
    (url.has_host() && !path.is_empty() && path.chars().all(plain))
        .then(|| format!("{METADATA}{path}"))
}

/// A document for everybody, which need not be fetched again while it is the same.
fn public(request: &HeaderMap, document: &impl Serialize) -> Result<Response, ApiError> {
    let document = serde_json::to_value(document).map_err(|_| ApiError::Internal)?;
    let body = Value::to_string(&document);
    let digest = digest(&SHA256, body.as_bytes());
    let tag = BASE64_URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16]);
    let tag = format!("\"{tag}\"");
    let mut response = if is_known(request, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let json = HeaderValue::from_static("application/json");
        ([(CONTENT_TYPE, json)], body).into_response()
    };
    let tag = HeaderValue::from_str(&tag).map_err(|_| ApiError::Internal)?;
    let headers = response.headers_mut();
    headers.insert(ETAG, tag);
    headers.insert(CACHE_CONTROL, CACHE);
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}

/// RFC 9110 §13.1.2, with the weak comparison that it asks for.
fn is_known(request: &HeaderMap, tag: &str) -> bool {
    let named = request.get_all(IF_NONE_MATCH).into_iter();
    let named = named.filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.trim_start_matches("W/") == tag
    })
}
