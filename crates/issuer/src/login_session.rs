//! A login session: what a sign-in begins, a refresh token continues and a logout ends. Decides, without any
//! store, what becomes of one when a refresh token is presented.

mod owner;

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use tegata_server::Client;
use tegata_token::Random;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::user::User;

pub use owner::{OWNER_BYTES, Owner};

/// The id of a login session: 16 random bytes, written in base64url, as in the claim `sid`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sid(pub(crate) [u8; 16]);

impl Sid {
    /// A new one.
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self(bytes)
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sid({self})")
    }
}

/// The text is no id of a login session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no id of a login session: 22 letters, digits, - or _")]
pub struct BadSid;

impl FromStr for Sid {
    type Err = BadSid;

    fn from_str(text: &str) -> Result<Self, BadSid> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| BadSid)?;
        bytes.try_into().map(Self).map_err(|_| BadSid)
    }
}

/// One login session, ended or not. Moments are whole milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginSession {
    /// In tokens, the claim `sid`.
    pub id: Sid,
    /// Whose.
    pub user: Uuid,
    /// When they signed in.
    pub created_at: OffsetDateTime,
    /// When they signed in or refreshed last.
    pub used_at: OffsetDateTime,
    /// When it ends, whatever happens.
    pub ends_at: OffsetDateTime,
    /// When it ends, unless it is used before.
    pub live_until: OffsetDateTime,
    /// When the last of its access tokens will have expired.
    pub tokens_until: OffsetDateTime,
    /// Of the refresh token that comes next: how often it was rotated.
    pub generation: u32,
    /// When it was rotated last.
    pub rotated_at: OffsetDateTime,
    /// Where they signed in, and with what.
    pub client: Client,
    /// When and why it was ended, if it was.
    pub ended: Option<Ended>,
}

/// A session's end, other than by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: OffsetDateTime,
    /// Why.
    pub cause: EndCause,
}

/// Why a login session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndCause {
    /// Unused for too long, or at its absolute end.
    Expired,
    /// Its own logout.
    SignedOut,
    /// Its user ended it from another session.
    SignedOutElsewhere,
    /// The password was changed, and this session was not the one that did it.
    PasswordChanged,
    /// The account was disabled.
    UserDisabled,
    /// The account was deleted.
    UserDeleted,
    /// A refresh token was used again after its successor: somebody has a copy (RFC 9700 §4.14.2).
    RefreshReused,
    /// An administrator ended it.
    EndedByAdmin,
}

impl EndCause {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Expired,
        Self::SignedOut,
        Self::SignedOutElsewhere,
        Self::PasswordChanged,
        Self::UserDisabled,
        Self::UserDeleted,
        Self::RefreshReused,
        Self::EndedByAdmin,
    ];

    /// The stable code, for stores, answers and logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::SignedOut => "signed_out",
            Self::SignedOutElsewhere => "signed_out_elsewhere",
            Self::PasswordChanged => "password_changed",
            Self::UserDisabled => "user_disabled",
            Self::UserDeleted => "user_deleted",
            Self::RefreshReused => "refresh_reused",
            Self::EndedByAdmin => "ended_by_admin",
        }
    }

    /// The one of this code.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }
}

/// How long things live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// An access token.
    pub access_token: Duration,
    /// A login session, whatever happens.
    pub session: Duration,
    /// One of a browser that is not to be remembered.
    pub browser_session: Duration,
    /// A login session that is not used.
    pub idle: Duration,
    /// A refresh token after it was used: its successor may have been lost on the way.
    pub grace: Duration,
}

/// A sign-in about to be one.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Whose.
    pub user: Uuid,
    /// From where, and with what.
    pub client: Client,
    /// How long it may last at most.
    pub max_age: Duration,
}

/// A refresh token is presented.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Of this session.
    pub sid: Sid,
    /// Of this generation.
    pub generation: u32,
    /// Of this user, as the token says.
    pub owner: Owner,
    /// Now.
    pub at: OffsetDateTime,
    /// As the settings have them.
    pub lifetimes: Lifetimes,
}

/// What becomes of a session when a refresh token is presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presented {
    /// It goes on, as this.
    GoesOn(LoginSession),
    /// It was over already.
    Over(EndCause),
    /// It has to be ended.
    Ends(EndCause),
    /// Its record is of another user than its token: somebody has altered it.
    Altered,
}

impl LoginSession {
    /// A new session.
    pub fn begin(
        beginning: Beginning,
        lifetimes: &Lifetimes,
        now: OffsetDateTime,
        random: &dyn Random,
    ) -> Self {
        let now = now.truncate_to_millisecond();
        let mut session = Self {
            id: Sid::new(random),
            user: beginning.user,
            created_at: now,
            used_at: now,
            ends_at: now.saturating_add(beginning.max_age),
            live_until: now,
            tokens_until: now,
            generation: 0,
            rotated_at: now,
            client: beginning.client,
            ended: None,
        };
        session.used(now, lifetimes);
        session
    }

    /// Whether tokens of it are good at `now`, as far as it decides.
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.over(now).is_none()
    }

    /// Why it is over at `now`, if it is.
    pub fn over(&self, now: OffsetDateTime) -> Option<EndCause> {
        match self.ended {
            Some(ended) => Some(ended.cause),
            None if now >= self.live_until => Some(EndCause::Expired),
            None => None,
        }
    }

    /// When an access token that is made at `now` expires: at the session's end at the latest.
    pub fn token_expires_at(&self, lifetimes: &Lifetimes, now: OffsetDateTime) -> OffsetDateTime {
        now.saturating_add(lifetimes.access_token).min(self.ends_at)
    }

    /// Judges a refresh token of this session. The same one again within the grace gives the same successor,
    /// however often; later, or an older one, means that somebody else has it too.
    ///
    /// One from the future is genuine all the same: the store has been set back to a backup.
    pub fn presented(&self, user: Option<&User>, turn: &Turn) -> Presented {
        let now = turn.at.truncate_to_millisecond();
        if turn.owner != Owner::of(self.user) {
            return Presented::Altered;
        }
        if let Some(cause) = self.over(now) {
            return Presented::Over(cause);
        }
        match user {
            None => return Presented::Ends(EndCause::UserDeleted),
            Some(user) if user.disabled => return Presented::Ends(EndCause::UserDisabled),
            Some(_) => {}
        }
        let mut next = self.clone();
        if turn.generation >= self.generation {
            next.generation = turn.generation.saturating_add(1);
            next.rotated_at = now;
        } else if turn.generation.saturating_add(1) < self.generation
            // A clock that was set back makes the grace longer, and never ends anything.
            || now >= self.rotated_at.saturating_add(turn.lifetimes.grace)
        {
            return Presented::Ends(EndCause::RefreshReused);
        }
        next.used(now, &turn.lifetimes);
        Presented::GoesOn(next)
    }

    fn used(&mut self, now: OffsetDateTime, lifetimes: &Lifetimes) {
        self.used_at = self.used_at.max(now);
        self.tokens_until = self.tokens_until.max(self.token_expires_at(lifetimes, now));
        let idle_end = self.used_at.saturating_add(lifetimes.idle);
        self.live_until = idle_end.min(self.ends_at).max(self.tokens_until);
    }
}
