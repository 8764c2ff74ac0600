//! Looking at a database without touching it: no file is made, no schema changed, nothing written.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use rusqlite::{Connection, OpenFlags};

use super::{Database, Inner, OpenError, Schema, connect};

/// A database as it was found.
#[derive(Debug)]
pub struct Looked {
    /// For reading; every write is [`Unavailable::Closed`](crate::Unavailable::Closed).
    pub database: Database,
    /// How many migrations it still lacks; they run when a service starts.
    pub behind: usize,
    /// The tables and indexes that its schema should have and has not.
    pub missing: Vec<String>,
}

/// How a reader opens the file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access {
    /// Beside whoever writes.
    Shared,
    /// Nobody has it open: without the side files, which a reader would have to make.
    Alone,
}

impl Access {
    fn to(path: &Path) -> Self {
        let side = |suffix: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name).exists()
        };
        if side("-wal") && side("-shm") {
            Self::Shared
        } else {
            Self::Alone
        }
    }

    pub(crate) fn connect(self, path: &Path) -> rusqlite::Result<Connection> {
        match self {
            Self::Shared => connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY),
            Self::Alone => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
                let name = path.to_string_lossy();
                let name = name
                    .replace('%', "%25")
                    .replace('?', "%3f")
                    .replace('#', "%23");
                connect(Path::new(&format!("file:{name}?immutable=1")), flags)
            }
        }
    }
}

impl Database {
    /// Opens what is there, for reading alone. None: there is no such file.
    ///
    /// # Errors
    /// [`OpenError`]: it cannot be read, or is not one of ours; `setting` is named then.
    pub fn look(
        path: &Path,
        schema: Schema,
        setting: &'static str,
    ) -> Result<Option<Looked>, OpenError> {
        if !path.exists() {
            return Ok(None);
        }
        let place = || path.to_owned();
        let unreadable = |cause| OpenError::Unreadable {
            path: place(),
            cause,
        };
        let access = Access::to(path);
        let connection = access.connect(path).map_err(unreadable)?;
        let number = |name: &str| connection.query_row(name, [], |row| row.get::<_, i32>(0));
        if number("PRAGMA application_id").map_err(unreadable)? != schema.application {
            return Err(OpenError::Foreign {
                path: place(),
                setting,
            });
        }
        let version = number("PRAGMA user_version").map_err(unreadable)?;
        let done = usize::try_from(version).unwrap_or(usize::MAX);
        let Some(behind) = schema.migrations.len().checked_sub(done) else {
            return Err(OpenError::Newer { path: place() });
        };
        let there = names(&connection).map_err(unreadable)?;
        let wanted = wanted(&schema.migrations[..done]).map_err(unreadable)?;
        Ok(Some(Looked {
            missing: wanted.difference(&there).cloned().collect(),
            behind,
            database: Self {
                inner: Arc::new(Inner {
                    path: place(),
                    access,
                    readers: Mutex::new(Some(vec![connection])),
                    writer: Mutex::new(None),
                }),
            },
        }))
    }
}

/// What these migrations make: they run in memory.
fn wanted(migrations: &[&str]) -> rusqlite::Result<BTreeSet<String>> {
    let connection = Connection::open_in_memory()?;
    for migration in migrations {
        connection.execute_batch(migration)?;
    }
    names(&connection)
}

fn names(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let own = "SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'";
    let mut statement = connection.prepare(own)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}
