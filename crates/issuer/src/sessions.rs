//! The end of login sessions: one way, so that the feed, the log and the store agree.

use std::sync::Arc;

use tegata_token::Clock;
use uuid::Uuid;

use crate::{
    login_session::{EndCause, Ended, Sid},
    store::{Store, Unavailable},
};

/// Ends login sessions. Issuers that share the store, and whoever follows their feeds, hear of it within two
/// seconds.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// Where they are kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Sessions {
    /// Ends one; with `user`, only one of theirs. False when there was none to end.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn end(
        &self,
        sid: Sid,
        user: Option<Uuid>,
        cause: EndCause,
    ) -> Result<bool, Unavailable> {
        let ended = self.ended(cause);
        let session = self.store.end_session(sid, user, ended).await?;
        if let Some(session) = &session {
            tracing::info!(event = "session_ended", cause = cause.code(), user.id = %session.user, session = %sid,
                "a login session was ended: {}", cause.code());
        }
        Ok(session.is_some())
    }

    /// Ends all of a user but this one. Says how many.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn end_all_of(
        &self,
        user: Uuid,
        except: Option<Sid>,
        cause: EndCause,
    ) -> Result<u64, Unavailable> {
        let ended = self.ended(cause);
        let count = self.store.end_sessions_of(user, except, ended).await?;
        if count > 0 {
            tracing::info!(event = "sessions_ended", cause = cause.code(), user.id = %user, count,
                "{count} login sessions of user {user} were ended: {}", cause.code());
        }
        Ok(count)
    }

    /// Ends all of everybody. Says how many.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn end_all(&self, cause: EndCause) -> Result<u64, Unavailable> {
        let count = self.store.end_every_session(self.ended(cause)).await?;
        tracing::info!(
            event = "sessions_ended",
            cause = cause.code(),
            count,
            "all {count} login sessions were ended: {}",
            cause.code()
        );
        Ok(count)
    }

    fn ended(&self, cause: EndCause) -> Ended {
        Ended {
            at: self.clock.now().truncate_to_millisecond(),
            cause,
        }
    }
}
