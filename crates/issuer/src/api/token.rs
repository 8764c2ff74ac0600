//! `POST /token`: the OAuth 2 token endpoint (RFC 6749 §3.2), with the grants of passwords, refresh tokens and
//! client credentials.

use axum::{Json, extract::State, response::IntoResponse};
use http::HeaderMap;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Map;
use tegata_server::Client;
use utoipa::ToSchema;

use super::NO_STORE;
use crate::{
    app::App,
    client_authentication::{any_client, takes_passwords},
    error::{ApiError, Invalid},
    fields::Fields,
    login::{Credentials, log_in},
    login_session::LoginSession,
    oauth_client::OAuthClient,
    password::Password,
    refresh::refresh,
    tokens::{access_token, client_token, refresh_token},
    user::User,
};

/// What is asked for, as RFC 6749 and FastAPI's `OAuth2PasswordRequestForm` name it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; Fields reads it")]
pub(crate) struct TokenRequest {
    /// `password`, also when absent, `refresh_token` or `client_credentials`.
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
    /// With `client_credentials`: words with blanks between, all that the client may when absent.
    #[schema(example = "orders:read")]
    scope: Option<String>,
    /// Of a client that does not send them in the header `Authorization`.
    client_id: Option<String>,
    #[schema(format = Password)]
    client_secret: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TokenResponse {
    access_token: String,
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Seconds.
    #[schema(example = 900)]
    expires_in: i64,
    /// Good once; asked for again within half a minute it gives the same successor. A client has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Seconds until the login session ends, whatever happens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 2592000)]
    refresh_expires_in: Option<i64>,
    /// What the token permits, words with blanks between.
    scope: String,
}

/// Log in, stay logged in, or get a token for a client
///
/// A client authenticates with HTTP Basic, or with `client_id` and `client_secret` in the body. Only
/// `client_credentials` needs one, and `password` where the setting `PASSWORD_GRANT` says so.
#[utoipa::path(post, path = "/token", tag = "tokens",
    security((), ("secret" = [])),
    request_body(content(
        (TokenRequest = "application/x-www-form-urlencoded"),
        (TokenRequest = "application/json"),
    )),
    responses(
        (status = 200, description = "An access token and a refresh token", body = TokenResponse),
        (status = 400, description = "`invalid_grant`: incorrect username or password, or a refresh token that is not good (`cause` says why the login session of a genuine one is over); `invalid_scope`: the client may not have that; `invalid_request`: a client that authenticates twice; `unsupported_grant_type`"),
        (status = 401, description = "`invalid_client`: there is no client, or its secret is wrong"),
        (status = 422, description = "A member is missing or wrong", body = Invalid),
        (status = 429, description = "`too_many_attempts`: too many wrong passwords from there or for that name, too many failures to be that client, or too many refreshes (which changes nothing of the login session); see `Retry-After`"),
        (status = 503, description = "Too many sign-ins are under way, or the store is away; see `Retry-After`"),
    ))]
pub(crate) async fn token(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    mut body: Fields,
) -> Result<impl IntoResponse, ApiError> {
    let oauth_client = any_client(&app, &client, &headers, &mut body).await?;
    let (user, session) = match body.optional("grant_type").as_deref() {
        None | Some("password") => {
            takes_passwords(&app, oauth_client.as_ref())?;
            by_password(&app, client, body).await?
        }
        Some("client_credentials") => {
            let oauth_client = oauth_client.ok_or(ApiError::InvalidClient)?;
            let answer = by_client(&app, &oauth_client, body).await?;
            return Ok((NO_STORE, Json(answer)));
        }
        Some("refresh_token") => {
            let token = body.required("refresh_token");
            body.finish()?;
            refresh(&app, &token, client).await?
        }
        Some(_) => return Err(ApiError::UnsupportedGrantType),
    };
    let access = access_token(&app, &user, &session, Map::new()).await?;
    let refresh = refresh_token(&app, &session, app.clock.now()).await?;
    let answer = TokenResponse {
        access_token: access.token,
        token_type: "bearer",
        expires_in: access.expires_in,
        refresh_token: Some(refresh.token.expose_secret().to_owned()),
        refresh_expires_in: Some(refresh.expires_in),
        scope: String::new(),
    };
    Ok((NO_STORE, Json(answer)))
}

/// RFC 6749 §4.4.
async fn by_client(
    app: &App,
    client: &OAuthClient,
    mut body: Fields,
) -> Result<TokenResponse, ApiError> {
    let asked = body.optional("scope");
    body.finish()?;
    let scopes = client
        .grant(asked.as_deref())
        .map_err(ApiError::InvalidScope)?;
    let access = client_token(app, client, &scopes).await?;
    tracing::info!(
        event = "client_token",
        client.id = %client.id,
        client.name = client.name.as_str(),
        "client {} got a token",
        client.name.as_str()
    );
    Ok(TokenResponse {
        access_token: access.token,
        token_type: "bearer",
        expires_in: access.expires_in,
        refresh_token: None,
        refresh_expires_in: None,
        scope: scopes.to_string(),
    })
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
