//! Who may log in, and the token they get. Both `/token` and `/auth` end here, so that a user, a
//! wrong password and a disabled account cost the same and answer the same everywhere.

use serde_json::{Map, Value};
use tegata_token::{Audience, Claims};

use crate::{
    app::App,
    error::ApiError,
    hasher::{Busy, Verdict},
    password::Password,
    store::Unavailable,
    user::{User, UsernameKey},
};

/// Longer names are nobody's; they are not looked up, but cost as much as any other.
const MAX_TYPED_NAME: usize = 1024;

/// Why nobody was logged in.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Unknown user, wrong password or disabled account: from outside they are one.
    Credentials,
    Busy,
    Unavailable(Unavailable),
}

impl Refused {
    /// As an error of an endpoint that answers bad credentials in its own way.
    pub(crate) fn or(self, credentials: ApiError) -> ApiError {
        match self {
            Self::Credentials => credentials,
            Self::Busy => ApiError::Busy,
            Self::Unavailable(cause) => ApiError::Unavailable(cause),
        }
    }
}

impl From<Busy> for Refused {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl From<Unavailable> for Refused {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause)
    }
}

/// The user of this name, if the password is theirs and they may log in.
pub(crate) async fn log_in(app: &App, username: &str, password: Password) -> Result<User, Refused> {
    let user = if username.len() <= MAX_TYPED_NAME {
        app.store
            .user_by_username(&UsernameKey::of(username))
            .await?
    } else {
        None
    };
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    // A hash that nobody logs in with is not renewed: the extra work would tell that the password is right.
    let upgrade = user.as_ref().is_some_and(|user| !user.disabled);
    if let (Some(user), Some(hash)) = (&user, &hash)
        && hash.cost().is_none()
    {
        tracing::error!(user.id = %user.id, "the password_hash of user {} is no bcrypt hash: set a new password", user.id);
    }
    let verdict = app.hasher.verify(password, hash, upgrade).await?;
    match (user, verdict) {
        (Some(user), Verdict::Right { upgraded }) if !user.disabled => {
            if let Some(hash) = upgraded {
                let now = app.clock.now();
                let kept =
                    app.store
                        .set_password_hash(user.id, &hash, Some(&user.password_hash), now);
                // The old hash still works: a login is not refused over this.
                if let Err(cause) = kept.await {
                    tracing::warn!(%cause, "a password could not be rehashed");
                }
            }
            tracing::info!(event = "login", user.id = %user.id, "user {} logged in", user.id);
            Ok(user)
        }
        (user, verdict) => {
            let why = match (&user, verdict) {
                (None, _) => "unknown user",
                (Some(_), Verdict::Right { .. }) => "disabled",
                (Some(_), Verdict::Wrong) => "wrong password",
            };
            let id = user.map(|user| user.id.to_string()).unwrap_or_default();
            tracing::info!(
                event = "login_failed",
                user.id = id,
                why,
                "login refused: {why}"
            );
            Err(Refused::Credentials)
        }
    }
}

/// A new access token for a user who has just logged in (RFC 9068 §2.2).
pub(crate) fn access_token(
    app: &App,
    user: &User,
    extra: Map<String, Value>,
) -> Result<String, ApiError> {
    let now = app.clock.now().unix_timestamp();
    let claims = Claims {
        iss: Some(app.issuer.clone()),
        sub: user.id.to_string(),
        aud: app.audience.clone().map(Audience::One),
        exp: now + app.access_token_ttl.whole_seconds(),
        iat: Some(now),
        nbf: Some(now),
        jti: Some(app.random.token(16)),
        sid: Some(app.random.token(16)),
        scope: Some(String::new()),
        preferred_username: Some(user.username.as_str().to_owned()),
        roles: user.roles.clone(),
        extra,
    };
    app.signer.sign(&claims).map_err(|cause| {
        tracing::error!(%cause, "a token could not be signed");
        ApiError::Internal
    })
}
