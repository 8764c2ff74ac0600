//! A database that is closed says so, at once.

use std::{fmt::Debug, sync::Arc, time::Duration};

use tegata_frontend::session::{Records, RecordsUnavailable};
use tokio::time::timeout;

use super::{Handles, at_once, expired, now, record};

/// Nobody waits longer to hear that a database is closed.
const AT_ONCE: Duration = Duration::from_secs(2);

pub(in super::super) async fn an_open_database_answers(handles: &Handles) {
    let records = handles.open().await;
    records.ping().await.unwrap();
    records.insert(record(1), expired()).await.unwrap();
    records.ping().await.unwrap();
}

pub(in super::super) async fn after_the_end_every_verb_is_unavailable(handles: &Handles) {
    let records = handles.open().await;
    records.insert(record(1), expired()).await.unwrap();
    for _ in 0..2 {
        records.close().await;
        let refused = timeout(AT_ONCE, async {
            [
                refusal(records.ping().await),
                refusal(records.insert(record(2), expired()).await),
                refusal(records.find([1; 32]).await),
                refusal(records.replace([1; 32], 0, Vec::new()).await),
                refusal(records.touch([1; 32], now()).await),
                refusal(records.remove([1; 32]).await),
            ]
        });
        for said in refused.await.unwrap() {
            assert!(said.contains("closed"), "{said}");
        }
    }
    let again = handles.open().await;
    assert!(again.find([1; 32]).await.unwrap().is_some());
    assert_eq!(again.find([2; 32]).await.unwrap(), None);
}

fn refusal<T: Debug>(outcome: Result<T, RecordsUnavailable>) -> String {
    outcome.unwrap_err().to_string()
}

pub(in super::super) async fn one_handle_can_end_alone(handles: &Handles) {
    let [one, other] = handles.open_two().await;
    one.insert(record(1), expired()).await.unwrap();
    one.close().await;
    assert!(other.find([1; 32]).await.unwrap().is_some());
    assert!(other.insert(record(2), expired()).await.unwrap());
    other.ping().await.unwrap();
}

pub(in super::super) async fn an_end_in_the_midst_of_work_hangs_nobody(handles: &Handles) {
    let records = [handles.open().await];
    let outcomes = at_once(
        &records,
        101,
        |number, records: Arc<dyn Records>| async move {
            let byte = u8::try_from(number).unwrap();
            match number % 2 {
                _ if number == 50 => {
                    records.close().await;
                    None
                }
                0 => records
                    .insert(record(byte), expired())
                    .await
                    .ok()
                    .map(|_| byte),
                _ => {
                    // Either an answer or a refusal, and no panic.
                    let _ = records.find([byte; 32]).await;
                    None
                }
            }
        },
    );
    let acknowledged = timeout(AT_ONCE * 5, outcomes).await.unwrap();
    let again = handles.open().await;
    for byte in acknowledged.into_iter().flatten() {
        let found = again.find([byte; 32]).await.unwrap();
        assert!(found.is_some(), "{byte} is lost");
    }
}
