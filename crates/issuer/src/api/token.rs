//! `POST /token`: the OAuth 2 token endpoint (RFC 6749 §3.2): the password and the refresh token grant.

use axum::{Json, extract::State, response::IntoResponse};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Map;
use tegata_server::Client;
use utoipa::ToSchema;

use super::NO_STORE;
use crate::{
    app::App,
    error::{ApiError, Invalid},
    fields::Fields,
    login::{Credentials, log_in},
    login_session::LoginSession,
    password::Password,
    refresh::refresh,
    tokens::{access_token, refresh_token},
    user::User,
};

/// What is asked for, as RFC 6749 and FastAPI's `OAuth2PasswordRequestForm` name it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; Fields reads it")]
pub(crate) struct TokenRequest {
    /// `password`, also when absent, or `refresh_token`.
    #[schema(example = "password")]
    grant_type: Option<String>,
    /// With `password`.
    #[schema(example = "admin")]
    username: Option<String>,
    /// With `password`.
    #[schema(format = Password)]
    password: Option<String>,
    /// With `password`: `false` for a browser that is not to be remembered; its login session is short.
    #[schema(example = true)]
    remember: Option<bool>,
    /// With `refresh_token`.
    refresh_token: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TokenResponse {
    access_token: String,
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Seconds.
    #[schema(example = 900)]
    expires_in: i64,
    /// Good once; asked for again within half a minute it gives the same successor.
    refresh_token: String,
    /// Seconds until the login session ends, whatever happens.
    #[schema(example = 2592000)]
    refresh_expires_in: i64,
    scope: &'static str,
}

/// Log in, or stay logged in
#[utoipa::path(post, path = "/token", tag = "tokens",
    request_body(content(
        (TokenRequest = "application/x-www-form-urlencoded"),
        (TokenRequest = "application/json"),
    )),
    responses(
        (status = 200, description = "An access token and a refresh token", body = TokenResponse),
        (status = 400, description = "`invalid_grant`: incorrect username or password, or a refresh token that is not good (`cause` says why the login session of a genuine one is over); `unsupported_grant_type`"),
        (status = 422, description = "A member is missing or wrong", body = Invalid),
        (status = 503, description = "Too many sign-ins are under way, or the store is away; see `Retry-After`"),
    ))]
pub(crate) async fn token(
    State(app): State<App>,
    client: Client,
    mut body: Fields,
) -> Result<impl IntoResponse, ApiError> {
    let (user, session) = match body.optional("grant_type").as_deref() {
        None | Some("password") => by_password(&app, client, body).await?,
        Some("refresh_token") => {
            let token = body.required("refresh_token");
            body.finish()?;
            refresh(&app, &token, client).await?
        }
        Some(_) => return Err(ApiError::UnsupportedGrantType),
    };
    let access = access_token(&app, &user, &session, Map::new())?;
    let refresh = refresh_token(&app, &session, app.clock.now()).await?;
    let answer = TokenResponse {
        access_token: access.token,
        token_type: "bearer",
        expires_in: access.expires_in,
        refresh_token: refresh.token.expose_secret().to_owned(),
        refresh_expires_in: refresh.expires_in,
        scope: "",
    };
    Ok((NO_STORE, Json(answer)))
}

async fn by_password(
    app: &App,
    client: Client,
    mut body: Fields,
) -> Result<(User, LoginSession), ApiError> {
    let username = body.required("username");
    let password = Password::new(body.required("password"));
    let max_age = if body.flag("remember", true) {
        app.lifetimes.session
    } else {
        app.lifetimes.browser_session
    };
    body.finish()?;
    let credentials = Credentials { username, password };
    log_in(app, credentials, client, max_age)
        .await
        .map_err(|refused| refused.or(ApiError::InvalidGrant))
}
