//! The login session of a browser: an opaque cookie there, a sealed record here.
//!
//! The raw session stays in this folder. Pages see `LoginSession`, which knows three verbs: begin, look,
//! end. The sign-in that begins a session writes its record, once; after that it is touched and removed, never
//! changed. A visitor without a login has none.

mod mongodb;
mod records;
mod seal;
mod sqlite;
mod store;

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use time::OffsetDateTime;
use tower_sessions::{Expiry, Session, session};

pub use mongodb::MongoRecords;
pub use records::{Expired, Records, RecordsUnavailable, SealedRecord};
pub use sqlite::SqliteRecords;
pub use store::SealedStore;

use crate::config::SessionLimits;

/// The one member of a record.
const ACCESS_TOKEN: &str = "access_token";

/// The session store does not answer.
#[derive(Debug, Error)]
#[error("the session store does not answer: {0}")]
pub(crate) struct SessionsUnavailable(#[from] session::Error);

/// The login session of this request, if it has one.
#[derive(Clone, Debug)]
pub(crate) struct LoginSession(Session);

impl LoginSession {
    /// Signs this browser in, with a session id nobody has seen before (OWASP ASVS 7.2.4). The record is kept
    /// when this returns, and the session layer sends the cookie of no other.
    pub(crate) async fn begin(
        &self,
        token: &SecretString,
        limits: SessionLimits,
        now: OffsetDateTime,
    ) -> Result<(), SessionsUnavailable> {
        if self.0.id().is_some() {
            // Not `flush`: after it the crate makes the new record under the old id, whoever chose that.
            self.0.cycle_id().await?;
            self.0.clear().await;
        }
        self.0
            .set_expiry(Some(Expiry::AtDateTime(now + limits.absolute)));
        self.0.insert(ACCESS_TOKEN, token.expose_secret()).await?;
        self.0.save().await?;
        Ok(())
    }

    /// The access token, when somebody is signed in.
    pub(crate) async fn access_token(&self) -> Result<Option<SecretString>, SessionsUnavailable> {
        let token: Option<String> = self.0.get(ACCESS_TOKEN).await?;
        Ok(token.map(SecretString::from))
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
