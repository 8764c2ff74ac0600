//! The store that replicas share, on a real server and on a real replica set.

use std::sync::Arc;

use async_trait::async_trait;
use tegata_issuer::store::{MongoStore, Store};
use tegata_mongodb::Address;

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
