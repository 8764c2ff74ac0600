//! What a login session gets: an access token (RFC 9068 §2.2) and the refresh token that continues it; and what
//! a client gets, which is an access token alone.

use secrecy::SecretString;
use serde_json::{Map, Value};
use tegata_token::{Audience, Claims};
use time::OffsetDateTime;

use crate::{
    app::App, error::ApiError, login_session::LoginSession, oauth_client::OAuthClient,
    scope::Scopes, user::User,
};

/// The claim that names the client of a token (RFC 9068 §2.2, RFC 8693 §4.3).
pub(crate) const CLIENT_ID: &str = "client_id";

/// An access token, and for how many seconds.
pub(crate) struct AccessToken {
    pub(crate) token: String,
    pub(crate) expires_in: i64,
}

/// A new access token of this session, with claims of its own beside the usual ones.
pub(crate) async fn access_token(
    app: &App,
    user: &User,
    session: &LoginSession,
    extra: Map<String, Value>,
) -> Result<AccessToken, ApiError> {
    let at = app.clock.now();
    let (now, exp) = (
        at.unix_timestamp(),
        session
            .token_expires_at(&app.lifetimes, at)
            .unix_timestamp(),
    );
    let claims = Claims {
        iss: Some(app.issuer.clone()),
        sub: user.id.to_string(),
        aud: app.audience.clone().map(Audience::One),
        exp,
        iat: Some(now),
        nbf: Some(now),
        jti: Some(app.random.token(16)),
        sid: Some(session.id.to_string()),
        scope: Some(String::new()),
        preferred_username: Some(user.username.as_str().to_owned()),
        roles: user.roles.clone(),
        extra,
    };
    Ok(AccessToken {
        token: sign(app, &claims).await?,
        expires_in: exp - now,
    })
}

/// A new access token of a client, which speaks for itself and for no user.
pub(crate) async fn client_token(
    app: &App,
    client: &OAuthClient,
    scopes: &Scopes,
) -> Result<AccessToken, ApiError> {
    let lifetime = app.lifetimes.access_token;
    let claims = Claims {
        iss: Some(app.issuer.clone()),
        aud: app.audience.clone().map(Audience::One),
        jti: Some(app.random.token(16)),
        scope: Some(scopes.to_string()),
        extra: Map::from_iter([(CLIENT_ID.to_owned(), Value::from(client.id.to_string()))]),
        ..Claims::new(client.subject(), app.clock.now(), lifetime)
    };
    Ok(AccessToken {
        token: sign(app, &claims).await?,
        expires_in: lifetime.whole_seconds(),
    })
}

/// The token that says this.
pub(crate) async fn sign(app: &App, claims: &Claims) -> Result<String, ApiError> {
    app.signer().await?.sign(claims).map_err(|cause| {
        tracing::error!(%cause, "a token could not be signed");
        ApiError::Internal
    })
}

/// A refresh token, and for how many seconds at most.
pub(crate) struct Refresh {
    pub(crate) token: SecretString,
    pub(crate) expires_in: i64,
}

/// The refresh token that continues this session.
pub(crate) async fn refresh_token(
    app: &App,
    session: &LoginSession,
    now: OffsetDateTime,
) -> Result<Refresh, ApiError> {
    Ok(Refresh {
        token: app.refresh_key().await?.token_of(session),
        expires_in: (session.ends_at - now.truncate_to_millisecond()).whole_seconds(),
    })
}
