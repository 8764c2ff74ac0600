//! The embedded store.

use std::sync::Arc;

use async_trait::async_trait;
use tegata_issuer::store::{SqliteStore, Store};
use tempfile::TempDir;

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
