//! A database of sessions whose verbs are timed.

use std::sync::Arc;

use async_trait::async_trait;
use tegata_server::metrics::{Operations, Timer};
use time::OffsetDateTime;

use super::records::{Expired, Records, RecordsUnavailable, SealedRecord};

/// The kinds of operations.
pub(crate) const OPERATIONS: Operations = &[
    "ping",
    "session_begin",
    "session_read",
    "session_refresh",
    "session_touch",
    "session_end",
];

/// See the module.
#[derive(Debug)]
pub(crate) struct MeasuredRecords {
    records: Arc<dyn Records>,
    timer: Timer,
}

impl MeasuredRecords {
    /// The same database, timed by this.
    pub(crate) fn new(records: Arc<dyn Records>, timer: Timer) -> Self {
        Self { records, timer }
    }
}

#[async_trait]
impl Records for MeasuredRecords {
    async fn insert(
        &self,
        record: SealedRecord,
        expired: Expired,
    ) -> Result<bool, RecordsUnavailable> {
        let work = self.records.insert(record, expired);
        self.timer.time("session_begin", work).await
    }

    fn name(&self, key: [u8; 32]) -> String {
        self.records.name(key)
    }

    async fn find(&self, key: [u8; 32]) -> Result<Option<SealedRecord>, RecordsUnavailable> {
        self.timer
            .time("session_read", self.records.find(key))
            .await
    }

    async fn replace(
        &self,
        key: [u8; 32],
        revision: i64,
        sealed: Vec<u8>,
    ) -> Result<bool, RecordsUnavailable> {
        let work = self.records.replace(key, revision, sealed);
        self.timer.time("session_refresh", work).await
    }

    async fn touch(
        &self,
        key: [u8; 32],
        used_at: OffsetDateTime,
    ) -> Result<(), RecordsUnavailable> {
        let work = self.records.touch(key, used_at);
        self.timer.time("session_touch", work).await
    }

    async fn remove(&self, key: [u8; 32]) -> Result<(), RecordsUnavailable> {
        self.timer
            .time("session_end", self.records.remove(key))
            .await
    }

    async fn ping(&self) -> Result<(), RecordsUnavailable> {
        self.timer.time("ping", self.records.ping()).await
    }

    async fn close(&self) {
        self.records.close().await;
    }
}
