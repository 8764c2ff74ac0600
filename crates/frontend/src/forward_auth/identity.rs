//! Who is signed in, as headers that the proxy passes on to the app.

use axum::response::{IntoResponse, Response};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, InvalidHeaderValue},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;

use crate::{error::PageError, pages::NO_STORE, require_login::SignedIn};

const USER: HeaderName = HeaderName::from_static("x-auth-user");
const USER_ID: HeaderName = HeaderName::from_static("x-auth-user-id");
const ROLES: HeaderName = HeaderName::from_static("x-auth-roles");

/// What stays as it is: all that names have in ASCII. `%` does not, so no two names become the same.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'.')
    .remove(b'_')
    .remove(b'-')
    .remove(b'@')
    .remove(b'+')
    .remove(b':');

/// 200, with all of these headers each time, empty ones too: some proxies overwrite what a client has sent only with
/// what they are given.
pub(super) fn headers(signed_in: &SignedIn, with_token: bool) -> Response {
    match all(signed_in, with_token) {
        Ok(headers) => (NO_STORE, headers).into_response(),
        Err(_) => PageError::Internal.as_json(),
    }
}

fn all(signed_in: &SignedIn, with_token: bool) -> Result<HeaderMap, InvalidHeaderValue> {
    let claims = &signed_in.claims;
    // Without a name it stays empty: an id in its place could be somebody else's name.
    let user = claims.preferred_username.as_deref().unwrap_or_default();
    let roles: Vec<String> = claims.roles.iter().map(|role| encoded(role)).collect();
    let mut headers = HeaderMap::new();
    headers.insert(USER, HeaderValue::from_str(&encoded(user))?);
    headers.insert(USER_ID, HeaderValue::from_str(&encoded(&claims.sub))?);
    headers.insert(ROLES, HeaderValue::from_str(&roles.join(","))?);
    if with_token {
        let token = format!("Bearer {}", signed_in.token.expose_secret());
        let mut token = HeaderValue::from_str(&token)?;
        token.set_sensitive(true);
        headers.insert(AUTHORIZATION, token);
    }
    Ok(headers)
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}
