//! Real session records that can be away, that count, and that can be held up half-way.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

use async_trait::async_trait;
use tegata_frontend::session::{Expired, Records, RecordsUnavailable, SealedRecord, SqliteRecords};
use time::OffsetDateTime;
use tokio::sync::Notify;

#[derive(Debug)]
pub(crate) struct WatchedRecords {
    /// Another handle to the same file, after a restart.
    file: Mutex<SqliteRecords>,
    away: AtomicBool,
    touches: AtomicUsize,
    finds: AtomicUsize,
    hold_touches: AtomicBool,
    touch_reached: Notify,
    touch_released: Notify,
}

impl WatchedRecords {
    pub(crate) fn new(file: SqliteRecords) -> Self {
        Self {
            file: Mutex::new(file),
            away: AtomicBool::new(false),
            touches: AtomicUsize::new(0),
            finds: AtomicUsize::new(0),
            hold_touches: AtomicBool::new(false),
            touch_reached: Notify::new(),
            touch_released: Notify::new(),
        }
    }

    pub(crate) fn go_away(&self) {
        self.away.store(true, SeqCst);
    }

    pub(crate) fn come_back(&self) {
        self.away.store(false, SeqCst);
    }

    pub(crate) fn touches(&self) -> usize {
        self.touches.load(SeqCst)
    }

    /// How often a record was looked up.
    pub(crate) fn finds(&self) -> usize {
        self.finds.load(SeqCst)
    }

    /// The next touch waits half-way until it is released.
    pub(crate) fn hold_touches(&self) {
        self.hold_touches.store(true, SeqCst);
    }

    pub(crate) async fn touch_is_held(&self) {
        self.touch_reached.notified().await;
    }

    pub(crate) fn release_touch(&self) {
        self.hold_touches.store(false, SeqCst);
        self.touch_released.notify_one();
    }

    fn file(&self) -> Result<SqliteRecords, RecordsUnavailable> {
        if self.away.load(SeqCst) {
            return Err(RecordsUnavailable("away, as told".into()));
        }
        Ok(self.file.lock().unwrap().clone())
    }
}

#[async_trait]
impl Records for WatchedRecords {
    async fn insert(
        &self,
        record: SealedRecord,
        expired: Expired,
    ) -> Result<bool, RecordsUnavailable> {
        self.file()?.insert(record, expired).await
    }

    async fn replace(&self, record: SealedRecord) -> Result<bool, RecordsUnavailable> {
        self.file()?.replace(record).await
    }

    async fn find(&self, key: [u8; 32]) -> Result<Option<SealedRecord>, RecordsUnavailable> {
        self.finds.fetch_add(1, SeqCst);
        self.file()?.find(key).await
    }

    async fn touch(
        &self,
        key: [u8; 32],
        used_at: OffsetDateTime,
    ) -> Result<(), RecordsUnavailable> {
        self.touches.fetch_add(1, SeqCst);
        if self.hold_touches.load(SeqCst) {
            self.touch_reached.notify_one();
            self.touch_released.notified().await;
        }
        self.file()?.touch(key, used_at).await
    }

    async fn remove(&self, key: [u8; 32]) -> Result<(), RecordsUnavailable> {
        self.file()?.remove(key).await
    }

    async fn ping(&self) -> Result<(), RecordsUnavailable> {
        self.file()?.ping().await
    }

    async fn close(&self) {
        if let Ok(file) = self.file() {
            file.close().await;
        }
    }
}
