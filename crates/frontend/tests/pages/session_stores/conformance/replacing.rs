//! What is sealed is replaced by whoever has read it last, and by nobody after its end.

use std::sync::Arc;

use tegata_frontend::session::{Records, SealedRecord};
use time::Duration;

use super::{Handles, at_once, expired, now, record};

pub(in super::super) async fn what_is_sealed_is_replaced_and_nothing_else_is(handles: &Handles) {
    let [one, other] = handles.open_two().await;
    let (mut kept, neighbour) = (record(1), record(2));
    one.insert(kept.clone(), expired()).await.unwrap();
    one.insert(neighbour.clone(), expired()).await.unwrap();
    kept.used_at += Duration::MINUTE;
    other.touch(kept.key, kept.used_at).await.unwrap();
    for (revision, sealed) in (0..).zip([b"fresh".to_vec(), Vec::new(), vec![7; 100_000]]) {
        let replaced = one.replace(kept.key, revision, sealed.clone()).await;
        assert!(replaced.unwrap(), "{revision}");
        (kept.sealed, kept.revision) = (sealed, revision + 1);
        for records in [&one, &other] {
            let found = records.find(kept.key).await.unwrap();
            assert_eq!(found.as_ref(), Some(&kept));
        }
    }
    assert_eq!(one.find(neighbour.key).await.unwrap(), Some(neighbour));
}

pub(in super::super) async fn only_the_revision_that_was_read_is_replaced(handles: &Handles) {
    let records = handles.open().await;
    let mut kept = SealedRecord {
        revision: 3,
        ..record(1)
    };
    records.insert(kept.clone(), expired()).await.unwrap();
    for wrong in [-1, 0, 2, 4, i64::MAX - 1] {
        let replaced = records.replace(kept.key, wrong, b"stale".to_vec()).await;
        assert!(!replaced.unwrap(), "{wrong}");
        let found = records.find(kept.key).await.unwrap();
        assert_eq!(found.as_ref(), Some(&kept), "{wrong}");
    }
    let fresh = b"fresh".to_vec();
    assert!(records.replace(kept.key, 3, fresh.clone()).await.unwrap());
    // What was sent again, because its answer was lost.
    assert!(!records.replace(kept.key, 3, fresh.clone()).await.unwrap());
    (kept.sealed, kept.revision) = (fresh, 4);
    assert_eq!(records.find(kept.key).await.unwrap(), Some(kept));
}

pub(in super::super) async fn of_100_replacements_of_one_revision_one_counts(handles: &Handles) {
    let replicas = handles.open_two().await;
    replicas[0].insert(record(7), expired()).await.unwrap();
    for revision in 0..3 {
        let outcomes = at_once(
            &replicas,
            100,
            move |number, records: Arc<dyn Records>| async move {
                let sealed = number.to_string().into_bytes();
                let replaced = records.replace([7; 32], revision, sealed.clone()).await;
                replaced.unwrap().then_some(sealed)
            },
        );
        let winners: Vec<_> = outcomes.await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1);
        let found = replicas[1].find([7; 32]).await.unwrap().unwrap();
        assert_eq!((&found.sealed, found.revision), (&winners[0], revision + 1));
    }
}

pub(in super::super) async fn a_chain_of_replacements_loses_none(handles: &Handles) {
    let replicas = handles.open_two().await;
    replicas[0].insert(record(7), expired()).await.unwrap();
    let turns = at_once(&replicas, 10, |_, records: Arc<dyn Records>| async move {
        for _ in 0..5 {
            loop {
                let found = records.find([7; 32]).await.unwrap().unwrap();
                let mut sealed = found.sealed;
                sealed.push(1);
                let replaced = records.replace([7; 32], found.revision, sealed).await;
                if replaced.unwrap() {
                    break;
                }
            }
        }
    });
    turns.await;
    let found = replicas[1].find([7; 32]).await.unwrap().unwrap();
    assert_eq!(found.revision, 50);
    assert_eq!(found.sealed.len(), record(7).sealed.len() + 50);
}

pub(in super::super) async fn what_was_removed_is_not_replaced(handles: &Handles) {
    let [one, other] = handles.open_two().await;
    one.insert(record(1), expired()).await.unwrap();
    other.remove([1; 32]).await.unwrap();
    for revision in [0, 1] {
        let replaced = one.replace([1; 32], revision, b"late".to_vec()).await;
        assert!(!replaced.unwrap());
    }
    for records in [&one, &other] {
        assert_eq!(records.find([1; 32]).await.unwrap(), None);
    }
}

pub(in super::super) async fn nothing_is_replaced_back_to_life(handles: &Handles) {
    let replicas = handles.open_two().await;
    for byte in 0..10 {
        let kept = SealedRecord {
            used_at: now(),
            ..record(byte)
        };
        replicas[0].insert(kept, expired()).await.unwrap();
        let uses = at_once(
            &replicas,
            20,
            |number, records: Arc<dyn Records>| async move {
                match number {
                    10 => records.remove([byte; 32]).await.unwrap(),
                    _ => {
                        let late = records.replace([byte; 32], 0, b"late".to_vec());
                        late.await.unwrap();
                    }
                }
            },
        );
        uses.await;
        for records in &replicas {
            assert_eq!(records.find([byte; 32]).await.unwrap(), None);
        }
    }
}

pub(in super::super) async fn a_replacement_is_there_after_a_restart(handles: &Handles) {
    let records = handles.open().await;
    records.insert(record(1), expired()).await.unwrap();
    let fresh = b"fresh".to_vec();
    assert!(records.replace([1; 32], 0, fresh.clone()).await.unwrap());
    records.close().await;
    let found = handles.open().await.find([1; 32]).await.unwrap().unwrap();
    assert_eq!((found.sealed, found.revision), (fresh, 1));
}
