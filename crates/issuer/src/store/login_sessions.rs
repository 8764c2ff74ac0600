//! Login sessions, in verbs.

use std::fmt::Debug;

use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Unavailable;
use crate::{
    login_session::{EndCause, Ended, LoginSession, Sid, Turn},
    user::User,
};

/// Login sessions. None of the verbs revives one that was ended.
#[async_trait]
pub trait LoginSessions: Debug + Send + Sync {
    /// Keeps a new session; forgets some that have been over for more than a day, unless the database does that
    /// by itself.
    async fn begin_session(&self, session: &LoginSession) -> Result<(), Unavailable>;

    /// The session of this id, over or not, and its user, if that is still there.
    async fn session_with_user(
        &self,
        sid: Sid,
    ) -> Result<Option<(LoginSession, Option<User>)>, Unavailable>;

    /// Takes a refresh token and does what [`LoginSession::presented`] says, atomically.
    async fn turn_session(&self, turn: &Turn) -> Result<Turned, Unavailable>;

    /// Ends a session; with `user`, only one of theirs. None when there was nothing to end. Whatever else cannot be
    /// read of it keeps it from nothing.
    async fn end_session(
        &self,
        sid: Sid,
        user: Option<Uuid>,
        ended: Ended,
    ) -> Result<Option<Ending>, Unavailable>;

    /// Ends all sessions of a user but this one. Says how many.
    async fn end_sessions_of(
        &self,
        user: Uuid,
        except: Option<Sid>,
        ended: Ended,
    ) -> Result<u64, Unavailable>;

    /// Ends all sessions of all users. Says how many.
    async fn end_every_session(&self, ended: Ended) -> Result<u64, Unavailable>;

    /// The live sessions of a user, latest use first, at most `limit`.
    async fn sessions_of(
        &self,
        user: Uuid,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<LoginSession>, Unavailable>;

    /// Live sessions in the order of their ids, those after `after`, at most `limit`.
    async fn sessions_after(
        &self,
        after: Option<Sid>,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<LoginSession>, Unavailable>;

    /// Sessions that were ended later than `mark`, in the order of their marks, at most `limit`.
    async fn sessions_ended_after(
        &self,
        mark: EndMark,
        limit: usize,
    ) -> Result<Vec<EndedSession>, Unavailable>;
}

/// A session was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Whose; none where that cannot be read.
    pub user: Option<Uuid>,
}

/// What became of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turned {
    /// The session goes on; its generation is the successor's.
    GoesOn(LoginSession, Box<User>),
    /// It was over already.
    Over(LoginSession, EndCause),
    /// This token has ended it.
    Ended(LoginSession, EndCause),
    /// Its record is of another user than its token.
    Altered,
    /// There is no such session, or no more.
    Unknown,
}

/// The place of an end among all ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndMark {
    /// When.
    pub at: OffsetDateTime,
    /// Which, of those that ended together.
    pub sid: Sid,
}

impl EndMark {
    /// Before all.
    pub const FIRST: Self = Self {
        at: OffsetDateTime::UNIX_EPOCH,
        sid: Sid([0; 16]),
    };
}

/// A session that was ended, as far as others have to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedSession {
    /// Its place.
    pub mark: EndMark,
    /// When the last of its access tokens will have expired; none where that cannot be read, or cannot be.
    pub tokens_until: Option<OffsetDateTime>,
}

impl EndedSession {
    /// Of a record in which somebody may have written: no token expires before its session began.
    pub(super) fn of(
        mark: EndMark,
        created_at: Option<OffsetDateTime>,
        tokens_until: Option<OffsetDateTime>,
    ) -> Self {
        let can_be = |until: &OffsetDateTime| created_at.is_none_or(|began| began <= *until);
        Self {
            mark,
            tokens_until: tokens_until.filter(can_be),
        }
    }
}
