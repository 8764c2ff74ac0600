//! The login session of a browser: an opaque cookie there, a sealed record here.
//!
//! The raw session stays in this folder. Pages see `LoginSession`, which knows three verbs: begin, look,
//! end. The sign-in that begins a session writes its record; after that it is touched and removed, and fresh
//! tokens replace what it holds, if it is still the one they were fetched for. A visitor without a login has
//! none.

mod measured;
mod mongodb;
mod records;
mod seal;
mod sqlite;
mod store;
mod tokens;

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use secrecy::ExposeSecret;
use thiserror::Error;
use time::OffsetDateTime;
use tower_sessions::{
    Expiry, Session,
    session::{self, Id},
    session_store,
};

pub(crate) use measured::{MeasuredRecords, OPERATIONS};
pub use mongodb::MongoRecords;
pub use records::{Expired, Records, RecordsUnavailable, SealedRecord};
pub use sqlite::SqliteRecords;
pub(crate) use store::Kept;
pub use store::SealedStore;
pub(crate) use tokens::Tokens;

use tokens::{ACCESS_TOKEN, ENDS_AT, REFRESH_TOKEN};

/// The session store does not answer.
#[derive(Debug, Error)]
#[error("the session store does not answer: {0}")]
pub(crate) struct SessionsUnavailable(#[from] session::Error);

impl From<session_store::Error> for SessionsUnavailable {
    fn from(cause: session_store::Error) -> Self {
        Self(cause.into())
    }
}

/// A session that is to begin.
#[derive(Clone, Debug)]
pub(crate) struct NewSession {
    pub(crate) tokens: Tokens,
    /// When it ends, whatever happens.
    pub(crate) ends_at: OffsetDateTime,
    /// Whether the cookie outlives the browser.
    pub(crate) remember: bool,
}

/// A session that is there: its id, and what its record held when this request read it.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    pub(crate) id: Id,
    pub(crate) tokens: Tokens,
}

/// The login session of this request, if it has one.
#[derive(Clone, Debug)]
pub(crate) struct LoginSession(Session);

impl LoginSession {
    /// Signs this browser in, with a session id nobody has seen before (OWASP ASVS 7.2.4). The record is kept
    /// when this returns, and the session layer sends the cookie of no other.
    pub(crate) async fn begin(&self, new: &NewSession) -> Result<(), SessionsUnavailable> {
        if self.0.id().is_some() {
            // Not `flush`: after it the crate makes the new record under the old id, whoever chose that.
            self.0.cycle_id().await?;
            self.0.clear().await;
        }
        let session = &self.0;
        session.set_expiry(Some(if new.remember {
            Expiry::AtDateTime(new.ends_at)
        } else {
            Expiry::OnSessionEnd
        }));
        let tokens = &new.tokens;
        session
            .insert(ACCESS_TOKEN, tokens.access.expose_secret())
            .await?;
        if let Some(refresh) = &tokens.refresh {
            session
                .insert(REFRESH_TOKEN, refresh.expose_secret())
                .await?;
        }
        session
            .insert(ENDS_AT, new.ends_at.unix_timestamp())
            .await?;
        session.save().await?;
        Ok(())
    }

    /// The session, when somebody is signed in.
    pub(crate) async fn current(&self) -> Result<Option<Current>, SessionsUnavailable> {
        if self.0.id().is_none() {
            return Ok(None);
        }
        let Some(access) = self.0.get::<String>(ACCESS_TOKEN).await? else {
            return Ok(None);
        };
        let refresh: Option<String> = self.0.get(REFRESH_TOKEN).await?;
        // Looking may have shown that there is no such session.
        Ok(self.0.id().map(|id| Current {
            id,
            tokens: Tokens {
                access: access.into(),
                refresh: refresh.map(Into::into),
            },
        }))
    }

    /// Its id, if this browser has one; there may be no such session.
    pub(crate) fn id(&self) -> Option<Id> {
        self.0.id()
    }

    /// Destroys the session, here and in the browser. Ending none is fine.
    pub(crate) async fn end(&self) -> Result<(), SessionsUnavailable> {
        if self.0.id().is_some() {
            self.0.flush().await?;
        }
        Ok(())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for LoginSession {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, StatusCode> {
        match Session::from_request_parts(parts, state).await {
            Ok(session) => Ok(Self(session)),
            Err((status, why)) => {
                tracing::error!(why, "a page asks for a session outside the session layer");
                Err(status)
            }
        }
    }
}
