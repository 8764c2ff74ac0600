//! Accounts, as `POST /users` and the command line make and change them: one way in, so that one set of
//! rules holds.

mod passwords;
mod waits;

use std::sync::Arc;

use tegata_token::{Clock, Random};
use thiserror::Error;
use uuid::Uuid;

use crate::{
    audit::Audit,
    event::{Actor, By, Kind},
    login_session::EndCause,
    password::PasswordHash,
    sessions::Sessions,
    store::{Added, Change, Changed, Removed, Store, Unavailable},
    user::{DisplayName, Email, User, Username, UsernameKey, user_id},
    whole::whole,
};

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
    /// It is the only one that can administer.
    #[error(
        "this is the last enabled account with the role admin: give another one that role first"
    )]
    LastAdmin,
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

/// An account that was changed.
#[derive(Clone, Debug)]
pub struct Altered {
    /// As it is now.
    pub user: User,
    /// How many of its login sessions that has ended.
    pub ended: u64,
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

    /// Changes a user. With another password, or when they are disabled, all their login sessions end.
    ///
    /// # Errors
    /// The user is gone, a name is taken, nobody else administers, or the store does not answer.
    pub async fn change(&self, id: Uuid, change: Change) -> Result<Altered, AccountError> {
        let this = self.clone();
        whole(async move {
            let cause = if change.disabled == Some(true) {
                Some(EndCause::UserDisabled)
            } else {
                let password = change.password_hash.as_ref();
                password.map(|_| EndCause::PasswordChanged)
            };
            let now = this.clock.now();
            let user = match this.store.change_user(id, &change, now).await? {
                Changed::Changed(user) => *user,
                Changed::Gone => return Err(AccountError::Unknown),
                Changed::LastAdmin => return Err(AccountError::LastAdmin),
                Changed::UsernameTaken => return Err(AccountError::UsernameTaken),
                Changed::EmailTaken => return Err(AccountError::EmailTaken),
            };
            if change.password_hash.is_some() {
                // Whoever is given a new password need not wait for the old one's failures; it is set all the same.
                let unblocked = this.forget_failures(id).await;
                if let Err(cause) = unblocked {
                    tracing::warn!(%cause, user.id = %id, "failures of before still make this user wait");
                }
            }
            let ((), ended) = tokio::join!(this.record(&change, id), async {
                match cause {
                    Some(cause) => this.sessions().end_all_of(id, None, cause).await,
                    None => Ok(0),
                }
            });
            let ended = ended?;
            Ok(Altered { user, ended })
        })
        .await
    }

    /// Lets a user in no more, which ends all their login sessions, or again. Says how many ended.
    ///
    /// # Errors
    /// As [`Accounts::change`].
    pub async fn set_disabled(&self, user: &User, disabled: bool) -> Result<u64, AccountError> {
        let change = Change {
            disabled: Some(disabled),
            ..Change::default()
        };
        Ok(self.change(user.id, change).await?.ended)
    }

    /// Deletes an account and ends all its login sessions. Says how many.
    ///
    /// # Errors
    /// The user is gone, nobody else administers, or the store does not answer.
    pub async fn remove(&self, id: Uuid) -> Result<u64, AccountError> {
        let this = self.clone();
        whole(async move {
            let removed = this.store.remove_user(id).await?;
            if removed == Removed::LastAdmin {
                return Err(AccountError::LastAdmin);
            }
            // Also of one who was gone: whoever removed them may not have come this far.
            let sessions = this.sessions();
            let ((), ended) = tokio::join!(
                async {
                    if removed == Removed::Removed {
                        let deleted = this.by.did(Kind::UserDeleted).to(id);
                        this.audit.record(deleted).await;
                    }
                },
                sessions.end_all_of(id, None, EndCause::UserDeleted),
            );
            let ended = ended?;
            if removed == Removed::Gone {
                return Err(AccountError::Unknown);
            }
            Ok(ended)
        })
        .await
    }

    async fn record(&self, change: &Change, id: Uuid) {
        let members = change.profile_members();
        if !members.is_empty() {
            let changed = self.by.did(Kind::UserChanged).changing(&members);
            self.audit.record(changed.to(id)).await;
        }
        let password = change.password_hash.as_ref();
        let password = password.map(|_| Kind::PasswordChanged);
        let disabled = change.disabled.map(|disabled| match disabled {
            true => Kind::UserDisabled,
            false => Kind::UserEnabled,
        });
        for kind in password.into_iter().chain(disabled) {
            self.audit.record(self.by.did(kind).to(id)).await;
        }
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
}
