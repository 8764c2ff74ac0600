//! Audit events: who did what, to whom, when and from where.
//!
//! An event holds ids and codes, and never a secret nor what somebody typed: people type passwords into the
//! field for the name.

use std::str::FromStr;

use tegata_server::Client;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::login_session::Sid;

const COMMAND_LINE: &str = "command_line";

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// A UUIDv7 (RFC 9562 §5.7): events sort by it as they happened.
    pub id: Uuid,
    /// When, to the millisecond.
    pub at: OffsetDateTime,
    /// What.
    pub act: Act,
}

/// What happened, before it is given an id and a moment. [`By::did`] begins one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// See [`Kind`].
    pub kind: Kind,
    /// Whom it is about.
    pub user: Option<Uuid>,
    /// Who did it, and from where.
    pub by: By,
    /// The login session that it is about.
    pub session: Option<Sid>,
    /// The OAuth client that it is about.
    pub client_id: Option<String>,
    /// Why, as a code.
    pub cause: Option<String>,
    /// Of how many, where it is about several at once.
    pub count: Option<u64>,
}

/// Who does something, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// From where, and with what.
    pub from: Client,
}

/// Who does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody with an account: the one whom it is about, or an administrator.
    User(Uuid),
    /// Whoever runs `tegata …`, or has set the settings.
    CommandLine,
    /// Nobody that we know.
    Nobody,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Somebody logged in.
    Login,
    /// Somebody did not; without a user, when there is none of that name.
    LoginFailed,
    /// After failures, passwords are not looked at for a while; the cause says of whom. Waits that only grow are not
    /// told again.
    LoginThrottled,
    /// A refresh token gave its successor.
    Refresh,
    /// A refresh token was used again: somebody may have a copy. Its session was ended.
    RefreshReused,
    /// A login session was ended by its own logout.
    Logout,
    /// Login sessions were ended otherwise; the cause says why.
    SessionsEnded,
    /// A user has a new password.
    PasswordChanged,
    /// An account was made.
    UserAdded,
    /// Accounts came from elsewhere, with their passwords.
    UsersImported,
    /// A name, an address or the roles of a user were changed.
    UserChanged,
    /// A user is let in no more.
    UserDisabled,
    /// A user is let in again.
    UserEnabled,
    /// The wrong passwords at an account were forgotten: nobody waits for those any more.
    UserUnblocked,
    /// An account was removed.
    UserDeleted,
    /// An OAuth client was made.
    ClientAdded,
    /// An OAuth client was removed.
    ClientRemoved,
    /// A key is known that signs tokens later, or at once when it is the first.
    KeyAnnounced,
    /// A key signs tokens from now on.
    KeyRotated,
    /// Tokens of a key are good no more.
    KeyRetired,
}

impl Kind {
    /// Every one.
    pub const ALL: [Self; 20] = [
        Self::Login,
        Self::LoginFailed,
        Self::LoginThrottled,
        Self::Refresh,
        Self::RefreshReused,
        Self::Logout,
        Self::SessionsEnded,
        Self::PasswordChanged,
        Self::UserAdded,
        Self::UsersImported,
        Self::UserChanged,
        Self::UserDisabled,
        Self::UserEnabled,
        Self::UserUnblocked,
        Self::UserDeleted,
        Self::ClientAdded,
        Self::ClientRemoved,
        Self::KeyAnnounced,
        Self::KeyRotated,
        Self::KeyRetired,
    ];

    /// The stable code, for stores, answers and logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginFailed => "login_failed",
            Self::LoginThrottled => "login_throttled",
            Self::Refresh => "refresh",
            Self::RefreshReused => "refresh_reused",
            Self::Logout => "logout",
            Self::SessionsEnded => "sessions_ended",
            Self::PasswordChanged => "password_changed",
            Self::UserAdded => "user_added",
            Self::UsersImported => "users_imported",
            Self::UserChanged => "user_changed",
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
            Self::UserUnblocked => "user_unblocked",
            Self::UserDeleted => "user_deleted",
            Self::ClientAdded => "client_added",
            Self::ClientRemoved => "client_removed",
            Self::KeyAnnounced => "key_announced",
            Self::KeyRotated => "key_rotated",
            Self::KeyRetired => "key_retired",
        }
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(code: &str) -> Result<Self, UnknownKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.code() == code);
        found.ok_or(UnknownKind)
    }
}

/// A newer version has kinds that this one does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this version knows no such kind of event")]
pub struct UnknownKind;

impl Actor {
    /// As stores and answers have it: a user's id, a word, or nothing.
    pub fn code(&self) -> Option<String> {
        match self {
            Self::User(id) => Some(id.to_string()),
            Self::CommandLine => Some(COMMAND_LINE.to_owned()),
            Self::Nobody => None,
        }
    }

    /// The one of this code.
    ///
    /// # Errors
    /// It is none.
    pub fn of(code: Option<&str>) -> Result<Self, uuid::Error> {
        Ok(match code {
            Some(COMMAND_LINE) => Self::CommandLine,
            Some(id) => Self::User(id.parse()?),
            None => Self::Nobody,
        })
    }
}

impl By {
    /// This user.
    pub fn user(id: Uuid, from: Client) -> Self {
        let actor = Actor::User(id);
        Self { actor, from }
    }

    /// Somebody, from there.
    pub fn nobody(from: Client) -> Self {
        let actor = Actor::Nobody;
        Self { actor, from }
    }

    /// Whoever runs the command.
    pub fn command_line() -> Self {
        Self {
            actor: Actor::CommandLine,
            from: Client::default(),
        }
    }

    /// They did this; the rest of it follows.
    #[must_use]
    pub fn did(&self, kind: Kind) -> Act {
        Act {
            kind,
            user: None,
            by: self.clone(),
            session: None,
            client_id: None,
            cause: None,
            count: None,
        }
    }
}

impl Act {
    /// To this user.
    #[must_use]
    pub fn to(self, user: Uuid) -> Self {
        Self {
            user: Some(user),
            ..self
        }
    }

    /// With this login session.
    #[must_use]
    pub fn session(self, sid: Sid) -> Self {
        Self {
            session: Some(sid),
            ..self
        }
    }

    /// With this OAuth client.
    #[must_use]
    pub fn client(self, id: impl Into<String>) -> Self {
        Self {
            client_id: Some(id.into()),
            ..self
        }
    }

    /// For a reason that has this code: one of ours, never a text from outside.
    #[must_use]
    pub fn because(self, code: &'static str) -> Self {
        Self {
            cause: Some(code.to_owned()),
            ..self
        }
    }

    /// In these members: their names, never what stands in them.
    #[must_use]
    pub fn changing(self, members: &[&'static str]) -> Self {
        Self {
            cause: Some(members.join(" ")),
            ..self
        }
    }

    /// With the key of this name, which stands where causes do.
    #[must_use]
    pub fn of_key(self, kid: &str) -> Self {
        Self {
            cause: Some(kid.to_owned()),
            ..self
        }
    }

    /// With so many at once.
    #[must_use]
    pub fn of_many(self, count: u64) -> Self {
        Self {
            count: Some(count),
            ..self
        }
    }

    /// Whether somebody may have to prove it later: rare, and worth waiting for until it is kept.
    pub(crate) fn is_grave(&self) -> bool {
        match self.kind {
            Kind::Login
            | Kind::LoginFailed
            | Kind::LoginThrottled
            | Kind::Refresh
            | Kind::Logout => false,
            // What somebody does to somebody else.
            Kind::SessionsEnded => match self.by.actor {
                Actor::User(actor) => self.user != Some(actor),
                Actor::CommandLine => true,
                Actor::Nobody => false,
            },
            Kind::RefreshReused
            | Kind::PasswordChanged
            | Kind::UserAdded
            | Kind::UsersImported
            | Kind::UserChanged
            | Kind::UserDisabled
            | Kind::UserEnabled
            | Kind::UserUnblocked
            | Kind::UserDeleted
            | Kind::ClientAdded
            | Kind::ClientRemoved
            | Kind::KeyAnnounced
            | Kind::KeyRotated
            | Kind::KeyRetired => true,
        }
    }
}
