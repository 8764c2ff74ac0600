//! `POST /auth`: Flask-JWT's contract, so that its clients need not change.

use axum::{Json, extract::State, response::IntoResponse};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::NO_STORE;
use crate::{
    app::App,
    error::ApiError,
    fields::Fields,
    login::{access_token, log_in},
    password::Password,
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
        (status = 401, description = "Invalid credentials"),
    ))]
pub(crate) async fn auth(
    State(app): State<App>,
    mut body: Fields,
) -> Result<impl IntoResponse, ApiError> {
    let username = body.optional(&app.auth_fields.username);
    let password = body.optional(&app.auth_fields.password);
    let (Some(username), Some(password)) = (username, password) else {
        return Err(ApiError::FlaskCredentials);
    };

    let user = log_in(&app, &username, Password::new(password))
        .await
        .map_err(|refused| refused.or(ApiError::FlaskCredentials))?;
    let identity = Map::from_iter([("identity".to_owned(), Value::from(user.id.to_string()))]);
    let answer = AuthResponse {
        access_token: access_token(&app, &user, identity)?,
    };
    Ok((NO_STORE, Json(answer)))
}
