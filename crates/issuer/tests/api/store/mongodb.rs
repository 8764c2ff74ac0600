//! The store that replicas share, on a real server and on a real replica set.

use std::{pin::pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use tegata_issuer::{
    event::Kind,
    store::{MongoStore, Store, Which},
};
use tegata_mongod::Mongod;
use tegata_mongodb::Address;
use tokio::time::timeout;

use super::conformance::{Backend, conforms};

/// The address of a database.
struct Database(String);

#[async_trait]
impl Backend for Database {
    async fn open(&self) -> Arc<dyn Store> {
        let store = MongoStore::new(Address::parse(&self.0).unwrap());
        store.database().prepare().await.unwrap();
        Arc::new(store)
    }
}

mod standalone {
    use super::{Database, conforms};
    use tegata_mongod::Mongod;

    conforms!(Database(Mongod::shared_standalone().fresh_uri()));
}

mod replica_set {
    use super::{Database, conforms};
    use tegata_mongod::Mongod;

    conforms!(Database(Mongod::shared_replica_set().fresh_uri()));
}

#[tokio::test]
async fn a_kind_of_event_is_looked_for_longer_than_anybody_waits_at_a_page() {
    let server = Mongod::standalone();
    let store = Database(server.fresh_uri()).open().await;
    server.stall();
    let rare = Which {
        kind: Some(Kind::UserDeleted),
        ..Which::default()
    };
    let mut found = pin!(store.events_before(None, rare, 50));

    // What a person waits for has ended by then, as a failure.
    let early = timeout(Duration::from_secs(2), &mut found).await;

    assert!(early.is_err(), "{early:?}");
    server.resume();
    assert_eq!(found.await.unwrap(), []);
}
