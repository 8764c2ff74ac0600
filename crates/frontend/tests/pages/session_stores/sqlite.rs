//! The embedded database of sessions.

use std::sync::Arc;

use async_trait::async_trait;
use tegata_frontend::session::{Records, SqliteRecords};
use tempfile::TempDir;

use super::conformance::{Backend, conforms, record};

struct File(TempDir);

#[async_trait]
impl Backend for File {
    async fn open(&self) -> Arc<dyn Records> {
        let path = self.0.path().join("sessions.db");
        Arc::new(SqliteRecords::open(&path, "SESSION_STORE_URL").unwrap())
    }
}

/// As the first version made it, with one session.
const FIRST_VERSION: &str = "
PRAGMA application_id = 0x54677432;
PRAGMA user_version = 1;
CREATE TABLE session (
    key     BLOB    PRIMARY KEY,
    sealed  BLOB    NOT NULL,
    used_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_use ON session (used_at);
CREATE INDEX session_by_end ON session (ends_at);
";

#[tokio::test]
async fn sessions_of_the_first_version_are_read_and_replaced() {
    let file = File(tempfile::tempdir().unwrap());
    let old = rusqlite::Connection::open(file.0.path().join("sessions.db")).unwrap();
    old.execute_batch(FIRST_VERSION).unwrap();
    let kept = record(1);
    let (used_at, ends_at) = (kept.used_at, kept.ends_at);
    old.execute(
        "INSERT INTO session VALUES (?1, ?2, ?3, ?4)",
        (
            kept.key,
            kept.sealed.clone(),
            used_at.unix_timestamp(),
            ends_at.unix_timestamp(),
        ),
    )
    .unwrap();
    drop(old);

    let records = file.open().await;
    assert_eq!(records.find(kept.key).await.unwrap(), Some(kept.clone()));
    let fresh = b"fresh".to_vec();
    assert!(records.replace(kept.key, 0, fresh.clone()).await.unwrap());
    assert!(!records.replace(kept.key, 0, fresh.clone()).await.unwrap());
    let found = records.find(kept.key).await.unwrap().unwrap();
    assert_eq!((found.sealed, found.revision), (fresh, 1));
}

conforms!(File(tempfile::tempdir().unwrap()));
