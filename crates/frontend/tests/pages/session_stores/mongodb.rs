//! The database of sessions that replicas share, on a real server and on a real replica set.

use std::sync::Arc;

use async_trait::async_trait;
use tegata_frontend::session::{MongoRecords, Records};
use tegata_mongodb::Address;

use super::conformance::{Backend, IDLE, conforms};

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
    use super::{Database, conforms};
    use tegata_mongod::Mongod;

    conforms!(Database(Mongod::shared_standalone().fresh_uri()));
}

mod replica_set {
    use super::{Database, conforms};
    use tegata_mongod::Mongod;

    conforms!(Database(Mongod::shared_replica_set().fresh_uri()));
}
