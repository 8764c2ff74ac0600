//! The database of sessions that replicas share, on a real server and on a real replica set.

use std::sync::Arc;

use async_trait::async_trait;
use mongodb::bson::{Bson, Document, doc};
use tegata_frontend::session::{MongoRecords, Records};
use tegata_mongod::Mongod;
use tegata_mongodb::Address;

use super::conformance::{Backend, IDLE, conforms, expired, record};
use crate::logs;

/// The address of a database.
struct Database(String);

#[async_trait]
impl Backend for Database {
    async fn open(&self) -> Arc<dyn Records> {
        let records = MongoRecords::new(Address::parse(&self.0).unwrap(), IDLE);
        records.database().prepare().await.unwrap();
        Arc::new(records)
    }
}

mod standalone {
    use super::{Database, Mongod, conforms};

    conforms!(Database(Mongod::shared_standalone().fresh_uri()));
}

mod replica_set {
    use super::{Database, Mongod, conforms};

    conforms!(Database(Mongod::shared_replica_set().fresh_uri()));
}

#[tokio::test]
async fn sessions_of_the_first_version_are_read_and_replaced() {
    const NAME: &str = "first_version_sessions";
    let server = Mongod::shared_standalone();
    let records = Database(server.uri(NAME)).open().await;
    let kept = record(1);
    for revision in [
        doc! { "$unset": { "revision": "" } },
        doc! { "$set": { "revision": 0_i32 } },
    ] {
        records.insert(kept.clone(), expired()).await.unwrap();
        let update = doc! { "q": {}, "u": revision };
        server.command(NAME, doc! { "update": "sessions", "updates": [update] });

        assert_eq!(records.find(kept.key).await.unwrap(), Some(kept.clone()));
        let fresh = b"fresh".to_vec();
        assert!(!records.replace(kept.key, 1, fresh.clone()).await.unwrap());
        assert!(records.replace(kept.key, 0, fresh.clone()).await.unwrap());
        assert!(!records.replace(kept.key, 0, fresh.clone()).await.unwrap());
        let found = records.find(kept.key).await.unwrap().unwrap();
        assert_eq!((found.sealed, found.revision), (fresh, 1));
        records.remove(kept.key).await.unwrap();
    }
    records.close().await;
}

#[tokio::test]
async fn a_document_that_somebody_spoilt_is_no_session_and_harms_no_other() {
    const NAME: &str = "spoilt_sessions";
    logs::listen();
    let server = Mongod::shared_standalone();
    let records = Database(server.uri(NAME)).open().await;
    let without = |field: &str| doc! { "$unset": { field: "" } };
    let with = |field: &str, value: Bson| doc! { "$set": { field: value } };
    let told = "what-nobody-may-read-in-a-log";
    let edits: Vec<Document> = ["sealed", "used_at", "ends_at"]
        .into_iter()
        .flat_map(|field| {
            [
                without(field),
                with(field, told.into()),
                with(field, Bson::Null),
            ]
        })
        .chain([with("revision", told.into()), with("revision", Bson::Null)])
        .collect();
    for (byte, edit) in (0..).zip(&edits) {
        records.insert(record(byte), expired()).await.unwrap();
        let [kept] = &server.documents(NAME, "sessions")[..] else {
            panic!("one record, one document");
        };
        let id = kept.get_str("_id").unwrap();
        let update = doc! { "q": { "_id": id }, "u": edit.clone() };
        server.command(NAME, doc! { "update": "sessions", "updates": [update] });
        records.insert(record(100), expired()).await.unwrap();

        assert_eq!(records.find([byte; 32]).await.unwrap(), None, "{edit}");

        assert!(logs::say(&format!("sessions/{id}")), "{edit}");
        assert!(records.find([100; 32]).await.unwrap().is_some(), "{edit}");
        // Its owner can sign out, and the key is free again.
        records
            .touch([byte; 32], record(byte).used_at)
            .await
            .unwrap();
        records.remove([byte; 32]).await.unwrap();
        records.remove([100; 32]).await.unwrap();
        assert_eq!(server.documents(NAME, "sessions"), [], "{edit}");
    }
    assert!(!logs::say(told));
    records.close().await;
}
