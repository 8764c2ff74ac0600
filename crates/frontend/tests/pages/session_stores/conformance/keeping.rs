//! What was kept is what comes back.

use std::sync::Arc;

use tegata_frontend::session::{Records, SealedRecord};
use time::Duration;

use super::{Handles, at_once, expired, now, record};

pub(in super::super) async fn a_record_comes_back(handles: &Handles) {
    let records = handles.open().await;
    let (one, other) = (record(1), record(2));
    let one = SealedRecord {
        used_at: now() - Duration::minutes(59),
        ends_at: now() + Duration::days(400),
        ..one
    };
    for record in [&one, &other] {
        assert!(records.insert(record.clone(), expired()).await.unwrap());
    }
    assert_eq!(records.find(one.key).await.unwrap(), Some(one));
    assert_eq!(records.find(other.key).await.unwrap(), Some(other));
}

pub(in super::super) async fn sealed_bytes_of_any_size_come_back(handles: &Handles) {
    let records = handles.open().await;
    for (byte, size) in (0..).zip([0, 1, 255, 4096, 65_536, 1_000_000]) {
        let large = SealedRecord {
            sealed: (0..=255).cycle().take(size).collect(),
            ..record(byte)
        };
        assert!(records.insert(large.clone(), expired()).await.unwrap());
        assert_eq!(records.find(large.key).await.unwrap(), Some(large));
    }
}

pub(in super::super) async fn every_byte_of_a_key_counts(handles: &Handles) {
    let records = handles.open().await;
    let mut keys = vec![[0; 32], [255; 32], [b'a'; 32], [b'A'; 32]];
    for place in [0, 15, 31] {
        let mut near = [0; 32];
        near[place] = 1;
        keys.push(near);
    }
    for (byte, &key) in (0..).zip(&keys) {
        let record = SealedRecord {
            key,
            ..record(byte)
        };
        assert!(records.insert(record, expired()).await.unwrap(), "{key:?}");
    }
    for (byte, &key) in (0..).zip(&keys) {
        let found = records.find(key).await.unwrap().unwrap();
        assert_eq!((found.key, found.sealed), (key, record(byte).sealed));
    }
    records.remove([0; 32]).await.unwrap();
    for &key in &keys {
        let there = records.find(key).await.unwrap().is_some();
        assert_eq!(there, key != [0; 32], "{key:?}");
    }
}

pub(in super::super) async fn a_key_is_taken_once(handles: &Handles) {
    let records = handles.open().await;
    let first = record(1);
    let second = SealedRecord {
        sealed: b"of somebody else".to_vec(),
        ..record(1)
    };
    assert!(records.insert(first.clone(), expired()).await.unwrap());
    for again in [&first, &second] {
        assert!(!records.insert(again.clone(), expired()).await.unwrap());
    }
    assert_eq!(records.find(first.key).await.unwrap(), Some(first));
}

pub(in super::super) async fn of_100_inserts_of_one_key_one_is_kept(handles: &Handles) {
    let replicas = handles.open_two().await;
    let outcomes = at_once(&replicas, 100, |number, records| async move {
        let racer = SealedRecord {
            sealed: number.to_string().into_bytes(),
            ..record(7)
        };
        let kept = records.insert(racer.clone(), expired()).await.unwrap();
        kept.then_some(racer)
    });
    let winners: Vec<_> = outcomes.await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let found = replicas[1].find([7; 32]).await.unwrap().unwrap();
    assert_eq!(found.sealed, winners[0].sealed);
}

pub(in super::super) async fn a_use_is_noted_and_never_unnoted(handles: &Handles) {
    let replicas = handles.open_two().await;
    let [records, _] = &replicas;
    let kept = record(1);
    let at = |minutes| kept.used_at + Duration::minutes(minutes);
    assert!(records.insert(kept.clone(), expired()).await.unwrap());
    for (touched, expected) in [(5, 5), (3, 5), (5, 5), (9, 9), (-60, 9)] {
        records.touch(kept.key, at(touched)).await.unwrap();
        let noted = SealedRecord {
            used_at: at(expected),
            ..kept.clone()
        };
        assert_eq!(records.find(kept.key).await.unwrap(), Some(noted));
    }
    // However they come.
    let touches = at_once(&replicas, 50, |number, records: Arc<dyn Records>| {
        let minutes = i64::try_from(number * 7 % 50).unwrap();
        let (key, used_at) = (kept.key, at(10 + minutes));
        async move { records.touch(key, used_at).await.unwrap() }
    });
    touches.await;
    let found = records.find(kept.key).await.unwrap().unwrap();
    assert_eq!(found.used_at, at(59));
}

pub(in super::super) async fn what_another_handle_wrote_is_seen_at_once(handles: &Handles) {
    let [one, other] = handles.open_two().await;
    for byte in 0..20 {
        let mut kept = record(byte);
        one.insert(kept.clone(), expired()).await.unwrap();
        assert_eq!(other.find(kept.key).await.unwrap().as_ref(), Some(&kept));
        kept.used_at += Duration::MINUTE;
        other.touch(kept.key, kept.used_at).await.unwrap();
        assert_eq!(one.find(kept.key).await.unwrap().as_ref(), Some(&kept));
        one.remove(kept.key).await.unwrap();
        assert_eq!(other.find(kept.key).await.unwrap(), None);
    }
}

pub(in super::super) async fn what_was_acknowledged_is_there_after_a_restart(handles: &Handles) {
    let records = handles.open().await;
    let (mut kept, ended) = (record(1), record(2));
    records.insert(kept.clone(), expired()).await.unwrap();
    records.insert(ended.clone(), expired()).await.unwrap();
    kept.used_at += Duration::MINUTE;
    records.touch(kept.key, kept.used_at).await.unwrap();
    records.remove(ended.key).await.unwrap();
    records.close().await;
    let again = handles.open().await;
    assert_eq!(again.find(kept.key).await.unwrap(), Some(kept));
    assert_eq!(again.find(ended.key).await.unwrap(), None);
}
