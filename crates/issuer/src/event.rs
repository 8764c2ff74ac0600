//! Audit events: who did what, to whom, when and from where.
//!
//! An event holds ids and codes, and never a secret nor what somebody typed: people type passwords into the
//! field for the name.

mod kind;

use tegata_server::Client;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::login_session::Sid;
pub use kind::{Kind, UnknownKind};

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
