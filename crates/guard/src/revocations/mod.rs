//! Which login sessions have ended: told by the issuer's feed, known to every guard of the process.
//!
//! One task per [`Revocations::follow`] asks the issuer in the background; a check looks into memory and waits for
//! nobody. `feed` is where and how to ask, `answer` one answer, `follower` the task, `ended` what is known.

mod answer;
mod ended;
mod feed;
mod follower;
mod known;

use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::Duration,
};

use tegata_token::Reason;
use tokio::{runtime::Handle, task::AbortHandle};

pub use self::feed::{Feed, FollowError};
use self::{follower::Follower, known::Known};

/// A guard that refuses sooner would do so whenever an answer comes a little late.
const LEAST_REFUSE_AFTER: Duration = Duration::from_secs(5);

/// The login sessions that have ended, followed in the background; clones share one task and one list. The task
/// ends when the last clone and the last guard that holds one are gone.
///
/// ```no_run
/// # async fn guard(secret: &str) -> Result<tegata_guard::Guard, Box<dyn std::error::Error>> {
/// use tegata_guard::{Guard, Keys, Revocations};
///
/// let guard = Guard::new(Keys::shared_secret(secret)?);
/// let guard = guard.with_revocations(Revocations::follow("https://login.example.com")?);
/// # Ok(guard)
/// # }
/// ```
#[derive(Clone)]
pub struct Revocations {
    following: Arc<Following>,
    refuse_after: Option<Duration>,
}

/// How far the list can be trusted, for readiness and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// How long ago the issuer last said that the list is complete; `None` when it never did. Up to 25 s are usual:
    /// so long the issuer waits for news before it answers.
    pub age: Option<Duration>,
    /// Whether the last attempt to ask went well; false until one did.
    pub reachable: bool,
    /// How many ended sessions are held.
    pub ended: usize,
    /// Whether guards with this value refuse tokens now, because the list is too old for them: see
    /// [`Revocations::or_refuse_after`].
    pub refusing: bool,
}

struct Following {
    known: Arc<Known>,
    task: AbortHandle,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Revocations {
    /// Begins to follow an issuer's feed: its address, or a [`Feed`] with more to say. Needs a tokio runtime, not an
    /// issuer that answers already.
    ///
    /// # Errors
    /// See [`FollowError`]; the text says what to do.
    pub fn follow(feed: impl Into<Feed>) -> Result<Self, FollowError> {
        let feed = feed.into();
        let runtime = Handle::try_current().map_err(|_| FollowError::NoRuntime)?;
        let known = Arc::new(Known::new(Arc::clone(&feed.clock)));
        let follower = Follower::new(&feed, Arc::clone(&known))?;
        let task = runtime.spawn(follower.run()).abort_handle();
        Ok(Self {
            following: Arc::new(Following { known, task }),
            refuse_after: None,
        })
    }

    /// The same list for guards that had rather refuse than serve when it is older than `limit` (5 s at least), or
    /// was never complete: 503 [`Reason::RevocationsUnavailable`]. Other guards go on with what is known.
    #[must_use]
    pub fn or_refuse_after(self, limit: Duration) -> Self {
        let limit = limit.max(LEAST_REFUSE_AFTER);
        // In quiet times an answer comes when the wait is over: twice within the limit, so that one may be late.
        self.following.known.ask_every(limit / 2);
        Self {
            refuse_after: Some(limit),
            ..self
        }
    }

    /// How far the list can be trusted now.
    pub fn status(&self) -> Status {
        let known = &self.following.known;
        Status {
            age: known.age(),
            reachable: known.is_reachable(),
            ended: known.ended.count(),
            refusing: self.is_refusing(),
        }
    }

    /// Lets tokens of this login session through, unless it has ended or that cannot be told.
    pub(crate) fn admit(&self, sid: &str) -> Result<(), Reason> {
        // Asked first: what was known when the list was complete is then seen below.
        let refusing = self.is_refusing();
        if self.following.known.ended.contains(sid) {
            Err(Reason::SessionEnded)
        } else if refusing {
            Err(Reason::RevocationsUnavailable)
        } else {
            Ok(())
        }
    }

    fn is_refusing(&self) -> bool {
        let age = |limit| match self.following.known.age() {
            Some(age) => age > limit,
            None => true,
        };
        self.refuse_after.is_some_and(age)
    }
}

impl Debug for Revocations {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocations")
            .field("status", &self.status())
            .field("refuse_after", &self.refuse_after)
            .finish()
    }
}
