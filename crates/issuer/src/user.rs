//! A user.

use time::OffsetDateTime;
use uuid::Uuid;

pub use crate::names::{
    BadName, DisplayName, Email, MAX_USERNAME, Username, UsernameKey, role, roles,
};
use crate::password::PasswordHash;

/// The role that may administer.
pub const ADMIN: &str = "admin";

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Never reused; sorts by creation.
    pub id: Uuid,
    /// Shown as it was typed, found by its key.
    pub username: Username,
    /// Unique among users, when given.
    pub email: Option<Email>,
    /// What to call them.
    pub name: Option<DisplayName>,
    /// Never leaves the issuer.
    pub password_hash: PasswordHash,
    /// What they may do, in the words of the services.
    pub roles: Vec<String>,
    /// Kept, but not let in.
    pub disabled: bool,
    /// When the account was made.
    pub created_at: OffsetDateTime,
    /// When anything of it last changed.
    pub updated_at: OffsetDateTime,
}

impl User {
    /// Whether they may administer now.
    pub fn administers(&self) -> bool {
        !self.disabled && self.roles.iter().any(|role| role == ADMIN)
    }
}

/// A UUIDv7 (RFC 9562 §5.7): the time first, so that ids sort by creation.
pub fn user_id(now: OffsetDateTime, random: &dyn tegata_token::Random) -> Uuid {
    let mut noise = [0; 10];
    random.fill(&mut noise);
    let millis = u64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &noise).into_uuid()
}
