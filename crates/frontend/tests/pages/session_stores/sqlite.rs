//! The embedded database of sessions.

use std::sync::Arc;

use async_trait::async_trait;
use tegata_frontend::session::{Records, SqliteRecords};
use tempfile::TempDir;

use super::conformance::{Backend, conforms};

struct File(TempDir);

#[async_trait]
impl Backend for File {
    async fn open(&self) -> Arc<dyn Records> {
        let path = self.0.path().join("sessions.db");
        Arc::new(SqliteRecords::open(&path, "SESSION_STORE_URL").unwrap())
    }
}

conforms!(File(tempfile::tempdir().unwrap()));
