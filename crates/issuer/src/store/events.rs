//! Audit events, in verbs.

use std::fmt::Debug;

use async_trait::async_trait;
use uuid::Uuid;

use super::Unavailable;
use crate::event::{Event, Kind};

/// Audit events. What was kept is never changed, and forgotten when its time is over, where one is set.
#[async_trait]
pub trait Events: Debug + Send + Sync {
    /// Keeps these; one that is kept already stays as it is, so that whoever does not know what became of some
    /// adds them again. When it fails, some may have been kept.
    async fn add_events(&self, events: &[Event]) -> Result<(), Unavailable>;

    /// Events, latest first: those before the one of this id, these alone, at most `limit`, and fewer only
    /// when there are no more. One that cannot be read is left out and does not count.
    async fn events_before(
        &self,
        before: Option<Uuid>,
        which: Which,
        limit: usize,
    ) -> Result<Vec<Event>, Unavailable>;
}

/// Which events are asked for; all of them by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// Those about this user alone.
    pub user: Option<Uuid>,
    /// Those that are no refresh alone: of the others there are many.
    pub without_refreshes: bool,
    /// Those of this kind alone.
    pub kind: Option<Kind>,
}
