//! `POST /revoke`: ends the login session of a token (RFC 7009). Holding the token suffices.

use axum::{Json, extract::State, response::IntoResponse};
use serde_json::json;
use tegata_server::Client;
use utoipa::ToSchema;

use super::NO_STORE;
use crate::{
    app::App,
    error::{ApiError, Invalid},
    event::By,
    fields::Fields,
    login_session::{EndCause, Sid},
};

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; Fields reads it")]
pub(crate) struct Revocation {
    /// A refresh token, or an access token.
    token: String,
    /// `refresh_token` or `access_token`; not needed.
    token_type_hint: Option<String>,
}

/// Log out
///
/// Ends the login session that the token belongs to: no access token of it is good any more, its refresh token
/// neither.
#[utoipa::path(post, path = "/revoke", tag = "tokens",
    request_body(content(
        (Revocation = "application/x-www-form-urlencoded"),
        (Revocation = "application/json"),
    )),
    responses(
        (status = 200, description = "It is ended, or was, or there is no such token"),
        (status = 400, description = "`unsupported_token_type`: the token belongs to no login session"),
        (status = 422, description = "`token` is missing", body = Invalid),
        (status = 503, description = "The store is away; see `Retry-After`"),
    ))]
pub(crate) async fn revoke(
    State(app): State<App>,
    client: Client,
    mut body: Fields,
) -> Result<impl IntoResponse, ApiError> {
    let token = body.required("token");
    // Of no use: the two kinds are told apart at sight.
    body.optional("token_type_hint");
    body.finish()?;
    if let Some(sid) = session_of(&app, &token).await? {
        let sessions = app.sessions(By::nobody(client));
        sessions.end(sid, None, EndCause::SignedOut).await?;
    }
    Ok((NO_STORE, Json(json!({}))))
}

/// Says the same of a token that is none and of one whose session is over (RFC 7009 §2.2).
async fn session_of(app: &App, token: &str) -> Result<Option<Sid>, ApiError> {
    if let Some(named) = app.refresh_key().await?.read(token) {
        return Ok(Some(named.sid));
    }
    let Ok(claims) = app.guard.check(token).await else {
        return Ok(None);
    };
    let sid = claims.sid.as_deref().ok_or(ApiError::NotRevocable)?;
    Ok(sid.parse().ok())
}
