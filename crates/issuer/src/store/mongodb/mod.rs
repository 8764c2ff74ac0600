//! The store that replicas share: MongoDB, standalone or a replica set.

mod attempts;
mod changing;
mod clients;
mod document;
mod events;
mod fields;
mod last_admin;
mod login_session_document;
mod login_sessions;
mod sealed_keys;
mod users;

use async_trait::async_trait;
use tegata_mongodb::{Address, Database, Index};
use time::Duration;

use super::{Store, Unavailable};

/// The store in a MongoDB database.
#[derive(Clone, Debug)]
pub struct MongoStore {
    database: Database,
}

impl MongoStore {
    /// A store at this address. It is usable once its database is prepared.
    pub fn new(address: Address) -> Self {
        Self::with(address, &[])
    }

    /// The same, where the database forgets audit events that are older than this.
    pub fn forgetting_events_after(address: Address, time: Duration) -> Self {
        Self::with(address, &[events::forgotten_after(time)])
    }

    fn with(address: Address, more: &[Index]) -> Self {
        let indexes = [
            users::INDEXES.as_slice(),
            &login_sessions::INDEXES,
            &clients::INDEXES,
            &events::INDEXES,
            &attempts::INDEXES,
            more,
        ];
        Self {
            database: Database::new(address, indexes.concat()),
        }
    }

    /// To prepare it.
    pub fn database(&self) -> &Database {
        &self.database
    }
}

#[async_trait]
impl Store for MongoStore {
    async fn ping(&self) -> Result<(), Unavailable> {
        Ok(self.database.ping().await?)
    }

    async fn close(&self) {
        self.database.close().await;
    }
}

impl From<tegata_mongodb::Unavailable> for Unavailable {
    fn from(cause: tegata_mongodb::Unavailable) -> Self {
        Self(cause.into())
    }
}
