//! The embedded store: one SQLite file, one node.

mod attempts;
mod clients;
mod column;
mod events;
mod login_session_row;
mod login_sessions;
mod sealed_keys;
mod users;

use std::path::Path;

use async_trait::async_trait;
use tegata_sqlite::{Database, Looked, OpenError, Schema};
use time::Duration;

use super::{Store, Unavailable};

const SCHEMA: Schema = Schema {
    // "Tgt1"
    application: 0x5467_7431,
    migrations: &[
        include_str!("schema_1.sql"),
        include_str!("schema_2.sql"),
        include_str!("schema_3.sql"),
        include_str!("schema_4.sql"),
        include_str!("schema_5.sql"),
    ],
};

/// The store in a file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    database: Database,
    events_kept_for: Option<Duration>,
}

impl SqliteStore {
    /// Opens or makes the file; `setting` is named when that fails.
    pub fn open(path: &Path, setting: &'static str) -> Result<Self, OpenError> {
        let database = Database::open(path, SCHEMA, setting)?;
        Ok(Self {
            database,
            events_kept_for: None,
        })
    }

    /// Looks at the file without touching it, for reading alone; with it, what is to be said of the file. None:
    /// there is no such file.
    pub fn look(path: &Path, setting: &'static str) -> Result<Option<(Self, Looked)>, OpenError> {
        let Some(looked) = Database::look(path, SCHEMA, setting)? else {
            return Ok(None);
        };
        let store = Self {
            database: looked.database.clone(),
            events_kept_for: None,
        };
        Ok(Some((store, looked)))
    }

    /// From now on forgets audit events that are older than this, some whenever others come.
    #[must_use]
    pub fn forgetting_events_after(self, time: Duration) -> Self {
        Self {
            events_kept_for: Some(time),
            ..self
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn ping(&self) -> Result<(), Unavailable> {
        Ok(self
            .database
            .read(|c| c.query_row("SELECT EXISTS (SELECT 1 FROM user)", [], |_| Ok(())))?)
    }

    async fn close(&self) {
        self.database.close();
    }
}

/// Whether it is what `column` says of a record.
pub(super) fn is_of_one_record(cause: &tegata_sqlite::Unavailable) -> bool {
    use rusqlite::Error::FromSqlConversionFailure;
    matches!(
        cause,
        tegata_sqlite::Unavailable::Sqlite(FromSqlConversionFailure(..))
    )
}

impl From<tegata_sqlite::Unavailable> for Unavailable {
    fn from(cause: tegata_sqlite::Unavailable) -> Self {
        Self(cause.into())
    }
}
