//! What a session database is asked for. It sees keys and sealed bytes only, so that a dump of it opens
//! nothing.

use std::fmt::Debug;

use async_trait::async_trait;
use thiserror::Error;
use time::OffsetDateTime;

/// The database does not answer. The cause is for the log.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct RecordsUnavailable(pub Box<dyn std::error::Error + Send + Sync>);

/// One session, as a database sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRecord {
    /// A hash of the session id.
    pub key: [u8; 32],
    /// The record, encrypted with a key derived from the session id.
    pub sealed: Vec<u8>,
    /// When it was last used, to the minute or so.
    pub used_at: OffsetDateTime,
    /// When it ends, whatever happens.
    pub ends_at: OffsetDateTime,
    /// How often what is sealed has been replaced.
    pub revision: i64,
}

/// A database of sessions. Every verb is one atomic operation.
#[async_trait]
pub trait Records: Debug + Send + Sync + 'static {
    /// Keeps a new record. False when the key is there already. A database that does not clear away by
    /// itself what is over forgets some of what `expired` says is.
    async fn insert(
        &self,
        record: SealedRecord,
        expired: Expired,
    ) -> Result<bool, RecordsUnavailable>;

    /// How an operator finds the record of this key: its table or collection, and its key as it stands there.
    fn name(&self, key: [u8; 32]) -> String;

    /// The record of this key, over or not. One that somebody has spoilt is none.
    async fn find(&self, key: [u8; 32]) -> Result<Option<SealedRecord>, RecordsUnavailable>;

    /// Puts `sealed` in the place of what is sealed there, and counts the revision on, if the record is there
    /// and has this revision. False when it was removed or has been replaced since: then nothing changes.
    async fn replace(
        &self,
        key: [u8; 32],
        revision: i64,
        sealed: Vec<u8>,
    ) -> Result<bool, RecordsUnavailable>;

    /// Notes that it was used.
    async fn touch(&self, key: [u8; 32], used_at: OffsetDateTime)
    -> Result<(), RecordsUnavailable>;

    /// Forgets it. Forgetting what is not there is fine.
    async fn remove(&self, key: [u8; 32]) -> Result<(), RecordsUnavailable>;

    /// Whether it answers now.
    async fn ping(&self) -> Result<(), RecordsUnavailable>;

    /// Ends all connections. Every verb after it is [`RecordsUnavailable`].
    async fn close(&self);
}

/// Which records are over: those used no later than `idle_since`, or ending no later than `now`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired {
    /// Last use at or before this is too long ago.
    pub idle_since: OffsetDateTime,
    /// The present.
    pub now: OffsetDateTime,
}

impl Expired {
    /// Whether this one is.
    pub fn includes(&self, record: &SealedRecord) -> bool {
        record.used_at <= self.idle_since || record.ends_at <= self.now
    }
}
