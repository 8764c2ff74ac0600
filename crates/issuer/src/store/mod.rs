//! Where the issuer keeps what it must not forget, in verbs of our domain. Every verb is one atomic
//! operation. A lookup gives an `Option`, a duplicate is a named outcome, and all that no caller can
//! mend is [`Unavailable`].

mod attempts;
mod change;
mod clients;
mod events;
mod login_sessions;
pub(crate) mod measured;
mod mongodb;
mod sealed_keys;
mod sqlite;

use std::fmt::Debug;

use async_trait::async_trait;
use thiserror::Error;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    password::PasswordHash,
    user::{User, UsernameKey},
};

pub use attempts::Attempts;
pub use change::{Change, Changed, Removed};
pub use clients::Clients;
pub use events::{Events, Which};
pub use login_sessions::{EndMark, EndedSession, Ending, LoginSessions, Turned};
pub use measured::MeasuredStore;
pub use mongodb::MongoStore;
pub use sealed_keys::{SealedKey, SealedKeys};
pub use sqlite::SqliteStore;

/// The store does not answer. The cause is for the log, never for a client.
#[derive(Debug, Error)]
#[error("the store does not answer: {0}")]
pub struct Unavailable(pub Box<dyn std::error::Error + Send + Sync>);

impl Unavailable {
    /// Whether all that is wrong is a record which somebody has spoilt: the store itself answers.
    pub fn is_of_one_record(&self) -> bool {
        if let Some(cause) = self.0.downcast_ref::<tegata_mongodb::Unavailable>() {
            return matches!(cause, tegata_mongodb::Unavailable::Unreadable { .. });
        }
        let cause = self.0.downcast_ref::<tegata_sqlite::Unavailable>();
        cause.is_some_and(sqlite::is_of_one_record)
    }
}

/// Everything the issuer asks of a database.
#[async_trait]
pub trait Store: Users + LoginSessions + SealedKeys + Clients + Events + Attempts {
    /// Whether it answers now.
    async fn ping(&self) -> Result<(), Unavailable>;

    /// Ends all connections. Every verb after it is [`Unavailable`].
    async fn close(&self);
}

/// Accounts.
#[async_trait]
pub trait Users: Debug + Send + Sync {
    /// Keeps a new user, unless their id or one of their names is taken.
    async fn add_user(&self, user: &User) -> Result<Added, Unavailable> {
        let added = self.add_users(std::slice::from_ref(user)).await?.pop();
        added.ok_or_else(|| Unavailable("the store did not say what became of a user".into()))
    }

    /// Keeps each of these new users, unless their id or one of their names is taken; says of each, in
    /// order, what became of it. When it fails, some may have been kept.
    async fn add_users(&self, users: &[User]) -> Result<Vec<Added>, Unavailable>;

    /// The user of this name.
    async fn user_by_username(&self, key: &UsernameKey) -> Result<Option<User>, Unavailable>;

    /// The users of these names, in any order; a name that is nobody's has none.
    async fn users_by_usernames(&self, keys: &[UsernameKey]) -> Result<Vec<User>, Unavailable>;

    /// The user of this id.
    async fn user_by_id(&self, id: Uuid) -> Result<Option<User>, Unavailable>;

    /// Whether there is any user, readable or not.
    async fn any_user(&self) -> Result<bool, Unavailable>;

    /// Users in the order of their ids, those after `after`, at most `limit`.
    async fn users_after(&self, after: Option<Uuid>, limit: usize) -> Result<Page, Unavailable>;

    /// Sets a password hash; with `replacing`, only while the stored one is that. False when there
    /// was nothing to set.
    async fn set_password_hash(
        &self,
        id: Uuid,
        hash: &PasswordHash,
        replacing: Option<&PasswordHash>,
        now: OffsetDateTime,
    ) -> Result<bool, Unavailable>;

    /// Changes a user, all of it or nothing. Never takes away the last enabled account with the role
    /// [`ADMIN`](crate::user::ADMIN), nor do several at once.
    async fn change_user(
        &self,
        id: Uuid,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<Changed, Unavailable>;

    /// Forgets a user, but not the last enabled account with the role [`ADMIN`](crate::user::ADMIN).
    async fn remove_user(&self, id: Uuid) -> Result<Removed, Unavailable>;
}

/// Some of all users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// In the order of their ids.
    pub users: Vec<User>,
    /// Those between them that cannot be read: somebody else has written there.
    pub left_out: Vec<LeftOut>,
}

/// What a user that cannot be read keeps others from having, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// As a store keeps it.
    pub id: Option<String>,
    /// See [`UsernameKey`].
    pub username_key: Option<String>,
    /// See [`Email::key`](crate::user::Email::key).
    pub email_key: Option<String>,
}

/// What became of a new user. Of several reasons it is the one that comes first here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// Kept.
    Kept,
    /// Somebody has that username, in one spelling or another.
    UsernameTaken,
    /// Somebody has that id.
    IdTaken,
    /// Somebody has that email address.
    EmailTaken,
}
