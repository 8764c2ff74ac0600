//! Real session records that can be away, that fail at any call, that count, and that can be held up half-way.

use std::{
    mem,
    ops::RangeInclusive,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
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
    panics: AtomicBool,
    watch: Mutex<Watch>,
    touches: AtomicUsize,
    finds: AtomicUsize,
    hold_touches: AtomicBool,
    touch_reached: Notify,
    touch_released: Notify,
}

/// The calls since the last look, in order, and which of them are to fail, the first being 1.
#[derive(Debug, Default)]
struct Watch {
    calls: Vec<Call>,
    failing: Option<RangeInclusive<usize>>,
}

/// One call, and whether it was answered.
pub(crate) type Call = (&'static str, bool);

impl WatchedRecords {
    pub(crate) fn new(file: SqliteRecords) -> Self {
        Self {
            file: Mutex::new(file),
            away: AtomicBool::new(false),
            panics: AtomicBool::new(false),
            watch: Mutex::default(),
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

    /// From here on every call is a bug that nobody knew of.
    pub(crate) fn panic(&self) {
        self.panics.store(true, SeqCst);
    }

    /// Begins to watch: of the calls from here on, these fail.
    pub(crate) fn fail(&self, calls: RangeInclusive<usize>) {
        *self.watch.lock().unwrap() = Watch {
            calls: Vec::new(),
            failing: Some(calls),
        };
    }

    /// Ends what [`Self::fail`] began, and gives the calls since; the calls since the last look without it.
    pub(crate) fn calls(&self) -> Vec<Call> {
        mem::take(&mut *self.watch.lock().unwrap()).calls
    }

    /// How often this was called since the last look.
    pub(crate) fn count(&self, verb: &str) -> usize {
        let watch = self.watch.lock().unwrap();
        watch.calls.iter().filter(|call| call.0 == verb).count()
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

    fn file(&self, verb: &'static str) -> Result<SqliteRecords, RecordsUnavailable> {
        assert!(!self.panics.load(SeqCst), "a bug, as told");
        let mut watch = self.watch.lock().unwrap();
        let number = watch.calls.len() + 1;
        let failing = watch.failing.as_ref();
        let fails = self.away.load(SeqCst) || failing.is_some_and(|calls| calls.contains(&number));
        watch.calls.push((verb, !fails));
        if fails {
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
        self.file("insert")?.insert(record, expired).await
    }

    fn name(&self, key: [u8; 32]) -> String {
        self.file.lock().unwrap().name(key)
    }

    async fn find(&self, key: [u8; 32]) -> Result<Option<SealedRecord>, RecordsUnavailable> {
        self.finds.fetch_add(1, SeqCst);
        self.file("find")?.find(key).await
    }

    async fn replace(
        &self,
        key: [u8; 32],
        revision: i64,
        sealed: Vec<u8>,
    ) -> Result<bool, RecordsUnavailable> {
        self.file("replace")?.replace(key, revision, sealed).await
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
        self.file("touch")?.touch(key, used_at).await
    }

    async fn remove(&self, key: [u8; 32]) -> Result<(), RecordsUnavailable> {
        self.file("remove")?.remove(key).await
    }

    async fn ping(&self) -> Result<(), RecordsUnavailable> {
        self.file("ping")?.ping().await
    }

    async fn close(&self) {
        if let Ok(file) = self.file("close") {
            file.close().await;
        }
    }
}
