//! Accounts, as `POST /users` and the command line make and change them: one way in, so that one set of
//! rules holds.

use std::sync::Arc;

use tegata_token::{Clock, Random};
use thiserror::Error;
use uuid::Uuid;

use crate::{
    audit::Audit,
    event::{Actor, By, Kind},
    login_session::{EndCause, Sid},
    password::{NewPassword, PasswordHash},
    sessions::Sessions,
    store::{Added, Store, Unavailable},
    user::{DisplayName, Email, User, Username, UsernameKey, user_id},
    whole::whole,
};

/// The role that may administer.
pub const ADMIN: &str = "admin";

/// An account to be made; its password is hashed elsewhere.
#[derive(Clone, Debug)]
pub struct Draft {
    /// See [`Username`].
    pub username: Username,
    /// See [`Email`].
    pub email: Option<Email>,
    /// See [`DisplayName`].
    pub name: Option<DisplayName>,
    /// In the words of the services.
    pub roles: Vec<String>,
}

/// Why an account was not made or changed.
#[derive(Debug, Error)]
pub enum AccountError {
    /// Somebody has that username.
    #[error("the username is already taken")]
    UsernameTaken,
    /// Somebody has that email address.
    #[error("the email address is already taken")]
    EmailTaken,
    /// Somebody has that id.
    #[error("the id is already taken")]
    IdTaken,
    /// Nobody has that username.
    #[error("there is no such user")]
    Unknown,
    /// The system gave no randomness for a salt.
    #[error("the password could not be hashed")]
    NotHashed,
    /// See [`Unavailable`].
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Makes and changes accounts.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// Where they are kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub random: Arc<dyn Random>,
    /// Where it is told.
    pub audit: Audit,
    /// Who makes and changes them.
    pub by: By,
}

impl Accounts {
    /// Makes an account.
    ///
    /// # Errors
    /// A name is taken, or the store does not answer.
    pub async fn add(&self, draft: Draft, hash: PasswordHash) -> Result<User, AccountError> {
        // As a store keeps it: the first answer says what all later ones say.
        let now = self.clock.now().truncate_to_millisecond();
        let user = User {
            id: user_id(now, self.random.as_ref()),
            username: draft.username,
            email: draft.email,
            name: draft.name,
            password_hash: hash,
            roles: draft.roles,
            disabled: false,
            created_at: now,
            updated_at: now,
        };
        match self.store.add_user(&user).await? {
            Added::UsernameTaken => Err(AccountError::UsernameTaken),
            Added::EmailTaken => Err(AccountError::EmailTaken),
            Added::IdTaken => Err(AccountError::IdTaken),
            Added::Kept => {
                let by = match self.by.actor {
                    // Whoever registers is the one who is there now.
                    Actor::Nobody => By::user(user.id, self.by.from.clone()),
                    _ => self.by.clone(),
                };
                let added = by.did(Kind::UserAdded).to(user.id);
                self.audit.record(added).await;
                Ok(user)
            }
        }
    }

    /// Whether there are none yet.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn is_empty(&self) -> Result<bool, Unavailable> {
        Ok(!self.store.any_user().await?)
    }

    /// The user of this name.
    ///
    /// # Errors
    /// Nobody has it, or the store does not answer.
    pub async fn find(&self, username: &str) -> Result<User, AccountError> {
        let user = self
            .store
            .user_by_username(&UsernameKey::of(username))
            .await?;
        user.ok_or(AccountError::Unknown)
    }

    /// Gives a user another password and ends all their login sessions but this one. Says how many.
    ///
    /// # Errors
    /// The user is gone, or the store does not answer.
    pub async fn set_password(
        &self,
        user: &User,
        hash: &PasswordHash,
        keeping: Option<Sid>,
    ) -> Result<u64, AccountError> {
        let ended = self.put_password(user.id, hash, None, keeping).await?;
        ended.ok_or(AccountError::Unknown)
    }

    /// The same, but only while their hash is this one; none when it is not, or the user is gone.
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
        self.put_password(user, hash, Some(known.clone()), keeping)
            .await
    }

    async fn put_password(
        &self,
        user: Uuid,
        hash: &PasswordHash,
        known: Option<PasswordHash>,
        keeping: Option<Sid>,
    ) -> Result<Option<u64>, Unavailable> {
        let (this, hash) = (self.clone(), hash.clone());
        whole(async move {
            let now = this.clock.now();
            let set = this
                .store
                .set_password_hash(user, &hash, known.as_ref(), now);
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

    /// Lets a user in no more, which ends all their login sessions, or again.
    ///
    /// # Errors
    /// The user is gone, or the store does not answer.
    pub async fn set_disabled(&self, user: &User, disabled: bool) -> Result<(), AccountError> {
        let (this, user) = (self.clone(), user.id);
        whole(async move {
            let now = this.clock.now();
            if !this.store.set_disabled(user, disabled, now).await? {
                return Err(AccountError::Unknown);
            }
            if !disabled {
                let enabled = this.by.did(Kind::UserEnabled).to(user);
                this.audit.record(enabled).await;
                return Ok(());
            }
            let sessions = this.sessions();
            let ((), ended) = tokio::join!(
                this.audit.record(this.by.did(Kind::UserDisabled).to(user)),
                sessions.end_all_of(user, None, EndCause::UserDisabled),
            );
            ended?;
            Ok(())
        })
        .await
    }

    /// Their login sessions, as ended by the same.
    pub fn sessions(&self) -> Sessions {
        Sessions {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            audit: self.audit.clone(),
            by: self.by.clone(),
        }
    }

    /// Hashes a password on a thread of its own, for callers without a pool of them.
    ///
    /// # Errors
    /// The system gave no randomness.
    pub async fn hash(password: NewPassword, cost: u32) -> Result<PasswordHash, AccountError> {
        let hashed = tokio::task::spawn_blocking(move || password.hash(cost)).await;
        hashed.ok().flatten().ok_or(AccountError::NotHashed)
    }
}
