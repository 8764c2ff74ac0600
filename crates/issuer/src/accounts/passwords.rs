//! Another password for an account, and the login sessions that end with the old one.

use uuid::Uuid;

use super::{AccountError, Accounts};
use crate::{
    event::Kind,
    login_session::{EndCause, Sid},
    password::{NewPassword, PasswordHash},
    store::{Change, Unavailable},
    user::User,
    whole::whole,
};

impl Accounts {
    /// Gives a user another password and ends all their login sessions. Says how many.
    ///
    /// # Errors
    /// As [`Accounts::change`].
    pub async fn set_password(&self, user: &User, hash: PasswordHash) -> Result<u64, AccountError> {
        let change = Change {
            password_hash: Some(hash),
            ..Change::default()
        };
        Ok(self.change(user.id, change).await?.ended)
    }

    /// Gives a user another password, but only while their hash is this one, and ends all their login sessions but
    /// this one. Says how many; none when their hash is another, or they are gone.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn replace_password(
        &self,
        user: Uuid,
        known: &PasswordHash,
        hash: &PasswordHash,
        keeping: Option<Sid>,
    ) -> Result<Option<u64>, Unavailable> {
        let (this, known, hash) = (self.clone(), known.clone(), hash.clone());
        whole(async move {
            let now = this.clock.now();
            let set = this.store.set_password_hash(user, &hash, Some(&known), now);
            if !set.await? {
                return Ok(None);
            }
            let changed = this.by.did(Kind::PasswordChanged).to(user);
            let sessions = this.sessions();
            // No session waits for its end until the event is kept.
            let ((), ended) = tokio::join!(
                this.audit.record(changed),
                sessions.end_all_of(user, keeping, EndCause::PasswordChanged),
            );
            ended.map(Some)
        })
        .await
    }

    /// Hashes a password on a thread of its own, for callers without a pool of them.
    ///
    /// # Errors
    /// The hashing panicked.
    pub async fn hash(password: NewPassword, cost: u32) -> Result<PasswordHash, AccountError> {
        let hashed = tokio::task::spawn_blocking(move || password.hash(cost)).await;
        hashed.map_err(|_| AccountError::NotHashed)
    }
}
