//! What can be changed of a user, and what becomes of that.

use time::OffsetDateTime;

use crate::{
    password::PasswordHash,
    user::{ADMIN, DisplayName, Email, User, Username},
};

/// What is to be another of a user; what is None stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// See [`User::username`].
    pub username: Option<Username>,
    /// Another one, or none any more.
    pub email: Option<Option<Email>>,
    /// Another one, or none any more.
    pub name: Option<Option<DisplayName>>,
    /// These and no others.
    pub roles: Option<Vec<String>>,
    /// Lets them in no more, or again.
    pub disabled: Option<bool>,
    /// Another password's.
    pub password_hash: Option<PasswordHash>,
}

impl Change {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The names of the members that it is about, but for the password and the disabled state.
    pub(crate) fn profile_members(&self) -> Vec<&'static str> {
        let members = [
            ("username", self.username.is_some()),
            ("email", self.email.is_some()),
            ("name", self.name.is_some()),
            ("roles", self.roles.is_some()),
        ];
        let given = members.into_iter().filter(|(_, given)| *given);
        given.map(|(member, _)| member).collect()
    }

    /// Whether whoever administers could not any more after it.
    pub(super) fn ends_an_admin(&self) -> bool {
        let demotes = |roles: &Vec<String>| roles.iter().all(|role| role != ADMIN);
        self.disabled == Some(true) || self.roles.as_ref().is_some_and(demotes)
    }

    /// The user after it.
    pub(super) fn applied_to(self, user: User, now: OffsetDateTime) -> User {
        User {
            id: user.id,
            username: self.username.unwrap_or(user.username),
            email: self.email.unwrap_or(user.email),
            name: self.name.unwrap_or(user.name),
            password_hash: self.password_hash.unwrap_or(user.password_hash),
            roles: self.roles.unwrap_or(user.roles),
            disabled: self.disabled.unwrap_or(user.disabled),
            created_at: user.created_at,
            updated_at: now,
        }
    }
}

/// What became of a change. Of several reasons against it, it is the one that comes first here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It was made; the user as they are now.
    Changed(Box<User>),
    /// There is no such user, or no more.
    Gone,
    /// It would leave no enabled account with the role [`ADMIN`].
    LastAdmin,
    /// Somebody else has that username, in one spelling or another.
    UsernameTaken,
    /// Somebody else has that email address.
    EmailTaken,
}

/// What became of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// The user is gone.
    Removed,
    /// There was no such user, or no more.
    Gone,
    /// It would leave no enabled account with the role [`ADMIN`].
    LastAdmin,
}
