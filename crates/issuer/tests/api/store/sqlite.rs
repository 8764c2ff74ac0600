//! The embedded store.

use std::sync::Arc;

use async_trait::async_trait;
use tegata_issuer::{
    event::{By, Event, Kind},
    store::{Events as _, SqliteStore, Store, Which},
    user::user_id,
};
use tegata_token::SystemRandom;
use tempfile::TempDir;
use time::{Duration, macros::datetime};

use super::conformance::{Backend, conforms};

struct File(TempDir);

#[async_trait]
impl Backend for File {
    async fn open(&self) -> Arc<dyn Store> {
        let path = self.0.path().join("issuer.db");
        Arc::new(SqliteStore::open(&path, "DATABASE_URL").unwrap())
    }
}

conforms!(File(tempfile::tempdir().unwrap()));

#[tokio::test]
async fn a_service_forgets_events_whose_time_is_over_and_a_command_forgets_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issuer.db");
    let command = SqliteStore::open(&path, "DATABASE_URL").unwrap();
    let service = command.clone().forgetting_events_after(Duration::days(90));
    let start = datetime!(2026-07-01 12:00 UTC);
    let event = |days: i64, seconds: i64| {
        let at = start + Duration::days(days) + Duration::seconds(seconds);
        Event {
            id: user_id(at, &SystemRandom),
            at,
            act: By::command_line().did(Kind::UserAdded),
        }
    };
    let old: Vec<Event> = (0..300).map(|seconds| event(0, seconds)).collect();
    command.add_events(&old).await.unwrap();
    command.add_events(&[event(200, 0)]).await.unwrap();
    let count = async || {
        command
            .events_before(None, Which::default(), 1000)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(count().await, 301);

    // In small steps: nobody waits long for the writer.
    service.add_events(&[event(90, 150)]).await.unwrap();
    let left = count().await;
    assert!((250..300).contains(&left), "{left}");
    for second in 0..30 {
        service
            .add_events(&[event(90, 150 - second)])
            .await
            .unwrap();
    }
    let kept = command
        .events_before(None, Which::default(), 1000)
        .await
        .unwrap();
    let kept: Vec<_> = kept.iter().map(|event| event.at).collect();
    let forgotten = start + Duration::seconds(121);
    assert!(kept.iter().all(|at| *at >= forgotten));
    assert!(kept.contains(&(start + Duration::seconds(150))));
    assert!(kept.contains(&(start + Duration::days(200))));
}
