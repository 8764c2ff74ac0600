//! The properties, and the words they are told in. A new backend implements [`Backend`] in a file of its
//! own and calls [`conforms!`] with a new, empty database.

pub(super) mod closing;
pub(super) mod ending;
pub(super) mod keeping;
pub(super) mod replacing;

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration as Limit,
};

use async_trait::async_trait;
use tegata_frontend::session::{Expired, Records, SealedRecord};
use tegata_token::{Clock, SystemClock};
use time::{Duration, OffsetDateTime};
use tokio::{sync::Barrier, task::JoinSet, time::timeout};

/// How long one property may take: a database that hangs is one that fails.
const LIMIT: Limit = Limit::from_secs(60);
/// A session that was not used for so long is over.
pub(super) const IDLE: Duration = Duration::hours(1);

/// A database of its own for one test.
#[async_trait]
pub(super) trait Backend: Send + Sync {
    /// One more handle to it, ready to use, as each replica has one.
    async fn open(&self) -> Arc<dyn Records>;
}

/// The way into the database of one test.
pub(super) struct Handles {
    backend: Box<dyn Backend>,
    opened: Mutex<Vec<Arc<dyn Records>>>,
}

impl Handles {
    pub(super) async fn open(&self) -> Arc<dyn Records> {
        let records = self.backend.open().await;
        self.opened.lock().unwrap().push(Arc::clone(&records));
        records
    }

    /// Two replicas.
    async fn open_two(&self) -> [Arc<dyn Records>; 2] {
        [self.open().await, self.open().await]
    }
}

/// Tries one property on a new database, and closes what was opened.
pub(super) async fn hold(backend: impl Backend + 'static, property: impl AsyncFnOnce(&Handles)) {
    let handles = Handles {
        backend: Box::new(backend),
        opened: Mutex::default(),
    };
    timeout(LIMIT, property(&handles)).await.unwrap();
    let opened = std::mem::take(&mut *handles.opened.lock().unwrap());
    for records in opened {
        records.close().await;
    }
}

/// One test for each property, on the new database that the expression makes.
macro_rules! conforms {
    ($backend:expr) => {
        conforms!($backend;
            keeping::a_record_comes_back,
            keeping::sealed_bytes_of_any_size_come_back,
            keeping::every_byte_of_a_key_counts,
            keeping::a_key_is_taken_once,
            keeping::of_100_inserts_of_one_key_one_is_kept,
            replacing::what_is_sealed_is_replaced_and_nothing_else_is,
            replacing::only_the_revision_that_was_read_is_replaced,
            replacing::of_100_replacements_of_one_revision_one_counts,
            replacing::a_chain_of_replacements_loses_none,
            replacing::what_was_removed_is_not_replaced,
            replacing::nothing_is_replaced_back_to_life,
            replacing::a_replacement_is_there_after_a_restart,
            keeping::a_use_is_noted_and_never_unnoted,
            keeping::what_another_handle_wrote_is_seen_at_once,
            keeping::what_was_acknowledged_is_there_after_a_restart,
            ending::what_is_not_there_is_not_found_and_not_made,
            ending::what_was_removed_is_gone_and_stays_so,
            ending::nothing_revives_a_record_that_is_being_removed,
            ending::what_is_over_is_gone_in_the_end,
            closing::an_open_database_answers,
            closing::after_the_end_every_verb_is_unavailable,
            closing::one_handle_can_end_alone,
            closing::an_end_in_the_midst_of_work_hangs_nobody,
        );
    };
    ($backend:expr; $($room:ident::$property:ident,)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $property() {
                use crate::session_stores::conformance::{hold, $room};
                hold($backend, $room::$property).await;
            }
        )+
    };
}
pub(super) use conforms;

/// The real time, to the second: a database that forgets by itself goes by its own clock.
fn now() -> OffsetDateTime {
    let now = SystemClock.now();
    now - Duration::nanoseconds(now.nanosecond().into())
}

/// What is over at the moment.
pub(super) fn expired() -> Expired {
    Expired {
        idle_since: now() - IDLE,
        now: now(),
    }
}

/// A new record whose key is made of this byte, with a day to go.
pub(super) fn record(byte: u8) -> SealedRecord {
    SealedRecord {
        key: [byte; 32],
        sealed: vec![byte, 0, 255],
        used_at: now(),
        ends_at: now() + Duration::DAY,
        revision: 0,
    }
}

/// So many at the same moment, over several handles; what each got, in order.
async fn at_once<T, W>(
    handles: &[Arc<dyn Records>],
    many: usize,
    work: impl Fn(usize, Arc<dyn Records>) -> W,
) -> Vec<T>
where
    T: Send + 'static,
    W: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(many));
    let mut racers = JoinSet::new();
    for number in 0..many {
        let run = work(number, Arc::clone(&handles[number % handles.len()]));
        let start = Arc::clone(&start);
        racers.spawn(async move {
            start.wait().await;
            (number, run.await)
        });
    }
    let mut outcomes = racers.join_all().await;
    outcomes.sort_by_key(|&(number, _)| number);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}
