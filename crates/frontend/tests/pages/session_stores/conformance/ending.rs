//! What ended is over for good.

use std::{sync::Arc, time::Instant};

use tegata_frontend::session::{Records, SealedRecord};
use time::Duration;

use super::{Handles, IDLE, LIMIT, at_once, expired, now, record};

pub(in super::super) async fn what_is_not_there_is_not_found_and_not_made(handles: &Handles) {
    let records = handles.open().await;
    records.insert(record(1), expired()).await.unwrap();
    for byte in [0, 2, 255] {
        let absent = record(byte);
        assert_eq!(records.find(absent.key).await.unwrap(), None);
        records.touch(absent.key, now()).await.unwrap();
        records.remove(absent.key).await.unwrap();
        assert_eq!(records.find(absent.key).await.unwrap(), None);
    }
    assert!(records.find([1; 32]).await.unwrap().is_some());
}

pub(in super::super) async fn what_was_removed_is_gone_and_stays_so(handles: &Handles) {
    let [one, other] = handles.open_two().await;
    one.insert(record(1), expired()).await.unwrap();
    for _ in 0..2 {
        one.remove([1; 32]).await.unwrap();
        for records in [&one, &other] {
            assert_eq!(records.find([1; 32]).await.unwrap(), None);
            records.touch([1; 32], now()).await.unwrap();
            assert_eq!(records.find([1; 32]).await.unwrap(), None);
        }
    }
    // The key itself is free.
    assert!(other.insert(record(1), expired()).await.unwrap());
}

pub(in super::super) async fn nothing_revives_a_record_that_is_being_removed(handles: &Handles) {
    let replicas = handles.open_two().await;
    for byte in 0..10 {
        replicas[0].insert(record(byte), expired()).await.unwrap();
        let uses = at_once(
            &replicas,
            20,
            |number, records: Arc<dyn Records>| async move {
                match number {
                    10 => records.remove([byte; 32]).await.unwrap(),
                    _ => records.touch([byte; 32], now()).await.unwrap(),
                }
            },
        );
        uses.await;
        for records in &replicas {
            assert_eq!(records.find([byte; 32]).await.unwrap(), None);
        }
    }
}

/// Some databases forget by themselves, others when the next session begins.
pub(in super::super) async fn what_is_over_is_gone_in_the_end(handles: &Handles) {
    let records = handles.open().await;
    let idle = SealedRecord {
        used_at: now() - IDLE - Duration::MINUTE,
        ..record(1)
    };
    let ended = SealedRecord {
        ends_at: now() - Duration::MINUTE,
        ..record(2)
    };
    let nearly_idle = SealedRecord {
        used_at: now() - IDLE + Duration::MINUTE,
        ..record(3)
    };
    let nearly_ended = SealedRecord {
        ends_at: now() + Duration::MINUTE,
        ..record(4)
    };
    for record in [&idle, &ended, &nearly_idle, &nearly_ended] {
        records.insert(record.clone(), expired()).await.unwrap();
    }
    let start = Instant::now();
    loop {
        let idle = records.find(idle.key).await.unwrap();
        let ended = records.find(ended.key).await.unwrap();
        if idle.is_none() && ended.is_none() {
            break;
        }
        assert!(start.elapsed() < LIMIT / 2, "what is over is still there");
        records.insert(record(5), expired()).await.unwrap();
        records.remove([5; 32]).await.unwrap();
    }
    for kept in [nearly_idle, nearly_ended] {
        assert!(records.find(kept.key).await.unwrap().is_some(), "{kept:?}");
    }
}
