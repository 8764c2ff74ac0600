//! Session records in a SQLite file of their own.

use std::path::Path;

use async_trait::async_trait;
use rusqlite::OptionalExtension;
use tegata_sqlite::{Database, Looked, OpenError, Schema, Unavailable};
use time::OffsetDateTime;

use super::records::{Expired, Records, RecordsUnavailable, SealedRecord};

const SCHEMA: Schema = Schema {
    // "Tgt2"
    application: 0x5467_7432,
    migrations: &[
        "
CREATE TABLE session (
    key     BLOB    PRIMARY KEY,  -- a hash of the session id
    sealed  BLOB    NOT NULL,     -- encrypted with a key that only the browser's cookie gives
    used_at INTEGER NOT NULL,     -- seconds since 1970, UTC
    ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_use ON session (used_at);
CREATE INDEX session_by_end ON session (ends_at);
",
        "
ALTER TABLE session ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
",
    ],
};
/// Records that a sign-in clears away on its way; more than it adds, so that they cannot pile up.
const SWEEP: usize = 20;

/// The records in a file.
#[derive(Clone, Debug)]
pub struct SqliteRecords {
    database: Database,
}

impl SqliteRecords {
    /// Opens or makes the file; `setting` is named when that fails.
    pub fn open(path: &Path, setting: &'static str) -> Result<Self, OpenError> {
        let database = Database::open(path, SCHEMA, setting)?;
        Ok(Self { database })
    }

    /// Looks at the file without touching it. None: there is no such file.
    pub fn look(path: &Path, setting: &'static str) -> Result<Option<Looked>, OpenError> {
        Database::look(path, SCHEMA, setting)
    }
}

#[async_trait]
impl Records for SqliteRecords {
    async fn insert(
        &self,
        record: SealedRecord,
        expired: Expired,
    ) -> Result<bool, RecordsUnavailable> {
        let inserted = self
            .database
            .write(move |t| {
                t.prepare_cached(
                    "DELETE FROM session WHERE key IN
                     (SELECT key FROM session WHERE used_at <= ?1 OR ends_at <= ?2 LIMIT ?3)",
                )?
                .execute((
                    seconds(expired.idle_since),
                    seconds(expired.now),
                    SWEEP as i64,
                ))?;
                t.prepare_cached(
                    "INSERT INTO session (key, sealed, used_at, ends_at, revision)
                     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                )?
                .execute((
                    record.key,
                    record.sealed,
                    seconds(record.used_at),
                    seconds(record.ends_at),
                    record.revision,
                ))
            })
            .await?;
        Ok(inserted == 1)
    }

    /// As `hex(key)` gives it.
    fn name(&self, key: [u8; 32]) -> String {
        let hex: String = key.iter().map(|byte| format!("{byte:02X}")).collect();
        format!("session/{hex}")
    }

    async fn find(&self, key: [u8; 32]) -> Result<Option<SealedRecord>, RecordsUnavailable> {
        let found = self.database.read(|c| {
            c.prepare_cached(
                "SELECT sealed, used_at, ends_at, revision FROM session WHERE key = ?1",
            )?
            .query_row([key], |row| {
                Ok(SealedRecord {
                    key,
                    sealed: row.get(0)?,
                    used_at: moment(row.get(1)?),
                    ends_at: moment(row.get(2)?),
                    revision: row.get(3)?,
                })
            })
            .optional()
        })?;
        Ok(found)
    }

    async fn replace(
        &self,
        key: [u8; 32],
        revision: i64,
        sealed: Vec<u8>,
    ) -> Result<bool, RecordsUnavailable> {
        let replaced = self
            .database
            .write(move |t| {
                t.prepare_cached(
                    "UPDATE session SET sealed = ?3, revision = revision + 1
                     WHERE key = ?1 AND revision = ?2",
                )?
                .execute((key, revision, sealed))
            })
            .await?;
        Ok(replaced == 1)
    }

    async fn touch(
        &self,
        key: [u8; 32],
        used_at: OffsetDateTime,
    ) -> Result<(), RecordsUnavailable> {
        self.database
            .write(move |t| {
                t.execute(
                    "UPDATE session SET used_at = max(used_at, ?2) WHERE key = ?1",
                    (key, seconds(used_at)),
                )
            })
            .await?;
        Ok(())
    }

    async fn remove(&self, key: [u8; 32]) -> Result<(), RecordsUnavailable> {
        self.database
            .write(move |t| t.execute("DELETE FROM session WHERE key = ?1", [key]))
            .await?;
        Ok(())
    }

    async fn ping(&self) -> Result<(), RecordsUnavailable> {
        self.database
            .read(|c| c.query_row("SELECT EXISTS (SELECT 1 FROM session)", [], |_| Ok(())))?;
        Ok(())
    }

    async fn close(&self) {
        self.database.close();
    }
}

impl From<Unavailable> for RecordsUnavailable {
    fn from(cause: Unavailable) -> Self {
        Self(cause.into())
    }
}

fn seconds(at: OffsetDateTime) -> i64 {
    at.unix_timestamp()
}

fn moment(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
