//! `POST /token`: the OAuth 2 token endpoint (RFC 6749 §3.2), password grant.

use axum::{Json, extract::State, response::IntoResponse};
use serde::Serialize;
use serde_json::Map;
use utoipa::ToSchema;

use super::NO_STORE;
use crate::{
    app::App,
    error::{ApiError, Invalid},
    fields::Fields,
    login::{access_token, log_in},
    password::Password,
};

/// Credentials, as FastAPI's `OAuth2PasswordRequestForm` names them.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; Fields reads it")]
pub(crate) struct TokenRequest {
    /// `password`, also when absent.
    #[schema(example = "password")]
    grant_type: Option<String>,
    #[schema(example = "admin")]
    username: String,
    #[schema(format = Password)]
    password: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TokenResponse {
    access_token: String,
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Seconds.
    #[schema(example = 900)]
    expires_in: i64,
    scope: &'static str,
}

/// Log in
#[utoipa::path(post, path = "/token", tag = "tokens",
    request_body(content(
        (TokenRequest = "application/x-www-form-urlencoded"),
        (TokenRequest = "application/json"),
    )),
    responses(
        (status = 200, description = "An access token", body = TokenResponse),
        (status = 400, description = "`invalid_grant`: incorrect username or password; `unsupported_grant_type`"),
        (status = 422, description = "A member is missing or wrong", body = Invalid),
        (status = 503, description = "Too many sign-ins are under way, or the store is away; see `Retry-After`"),
    ))]
pub(crate) async fn token(
    State(app): State<App>,
    mut body: Fields,
) -> Result<impl IntoResponse, ApiError> {
    if body
        .optional("grant_type")
        .is_some_and(|grant| grant != "password")
    {
        return Err(ApiError::UnsupportedGrantType);
    }
    let username = body.required("username");
    let password = Password::new(body.required("password"));
    body.finish()?;

    let user = log_in(&app, &username, password)
        .await
        .map_err(|refused| refused.or(ApiError::InvalidGrant))?;
    let answer = TokenResponse {
        access_token: access_token(&app, &user, Map::new())?,
        token_type: "bearer",
        expires_in: app.access_token_ttl.whole_seconds(),
        scope: "",
    };
    Ok((NO_STORE, Json(answer)))
}
