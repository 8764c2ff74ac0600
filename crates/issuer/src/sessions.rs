//! The end of login sessions: one way, so that the feed, the audit trail and the store agree.

use std::sync::Arc;

use tegata_token::Clock;
use uuid::Uuid;

use crate::{
    audit::Audit,
    event::{By, Kind},
    login_session::{EndCause, Ended, Sid},
    store::{Store, Unavailable},
    whole::whole,
};

/// Ends login sessions. Issuers that share the store, and whoever follows their feeds, hear of it within two
/// seconds.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// Where they are kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where it is told.
    pub audit: Audit,
    /// Who ends them.
    pub by: By,
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
        let (this, ended) = (self.clone(), self.ended(cause));
        whole(async move {
            let Some(ending) = this.store.end_session(sid, user, ended).await? else {
                return Ok(false);
            };
            let by = match (cause, ending.user) {
                // Holding its token suffices, and is the user's own doing.
                (EndCause::SignedOut, Some(user)) => By::user(user, this.by.from.clone()),
                _ => this.by.clone(),
            };
            let ended = match cause {
                EndCause::SignedOut => by.did(Kind::Logout),
                _ => by.did(Kind::SessionsEnded).because(cause.code()),
            };
            let ended = ended.session(sid);
            let ended = match ending.user {
                Some(user) => ended.to(user),
                None => ended,
            };
            this.audit.record(ended).await;
            Ok(true)
        })
        .await
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
        let (this, ended) = (self.clone(), self.ended(cause));
        whole(async move {
            let count = this.store.end_sessions_of(user, except, ended).await?;
            if count > 0 {
                let ended = this.by.did(Kind::SessionsEnded).to(user).of_many(count);
                this.audit.record(ended.because(cause.code())).await;
            }
            Ok(count)
        })
        .await
    }

    /// Ends all of everybody. Says how many.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn end_all(&self, cause: EndCause) -> Result<u64, Unavailable> {
        let count = self.store.end_every_session(self.ended(cause)).await?;
        let ended = self.by.did(Kind::SessionsEnded).of_many(count);
        self.audit.record(ended.because(cause.code())).await;
        Ok(count)
    }

    fn ended(&self, cause: EndCause) -> Ended {
        Ended {
            at: self.clock.now().truncate_to_millisecond(),
            cause,
        }
    }
}
