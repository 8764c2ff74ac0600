//! `POST /auth`: Flask-JWT's contract, so that its clients need not change.

use axum::{Json, extract::State, response::IntoResponse};
use http::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value};
use tegata_server::Client;
use utoipa::ToSchema;

use super::NO_STORE;
use crate::{
    app::App,
    client_authentication::{any_client, takes_passwords},
    error::ApiError,
    fields::Fields,
    login::{Credentials, log_in},
    password::Password,
    tokens::access_token,
};

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; Fields reads it")]
pub(crate) struct AuthRequest {
    #[schema(example = "admin")]
    username: String,
    #[schema(format = Password)]
    password: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct AuthResponse {
    access_token: String,
}

/// Log in as with Flask-JWT
///
/// The token carries the user's id as `identity` beside `sub`.
#[utoipa::path(post, path = "/auth", tag = "tokens",
    request_body = AuthRequest,
    responses(
        (status = 200, description = "An access token", body = AuthResponse),
        (status = 401, description = "Invalid credentials; or `invalid_client`, when passwords are taken from clients alone (`PASSWORD_GRANT`)"),
        (status = 429, description = "Too many wrong passwords from there or for that name; see `Retry-After`"),
        (status = 400, description = "`unsupported_grant_type`: no passwords are taken here (`PASSWORD_GRANT`)"),
    ))]
pub(crate) async fn auth(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    mut body: Fields,
) -> Result<impl IntoResponse, ApiError> {
    takes_passwords(
        &app,
        any_client(&app, &client, &headers, &mut body)
            .await?
            .as_ref(),
    )?;
    let username = body.optional(&app.auth_fields.username);
    let password = body.optional(&app.auth_fields.password);
    let (Some(username), Some(password)) = (username, password) else {
        return Err(ApiError::FlaskCredentials);
    };

    let credentials = Credentials {
        username,
        password: Password::new(password),
    };
    // Nothing continues this session: it is as long as its one token.
    let max_age = app.lifetimes.access_token;
    let (user, session) = log_in(&app, credentials, client, max_age)
        .await
        .map_err(|refused| refused.or(ApiError::FlaskCredentials))?;
    let identity = Map::from_iter([("identity".to_owned(), Value::from(user.id.to_string()))]);
    let answer = AuthResponse {
        access_token: access_token(&app, &user, &session, identity).await?.token,
    };
    Ok((NO_STORE, Json(answer)))
}
