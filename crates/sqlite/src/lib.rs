//! The embedded database that both services stand on when no server is given.
//!
//! Owns opening (folder, permissions, durability), schema versions, and the two ways in: [`read`]
//! on a small pool of connections and [`write`] on the one that writes. Leaves tables and
//! statements to the stores above it.
//!
//! [`read`]: Database::read
//! [`write`]: Database::write

mod look;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use thiserror::Error;

pub use look::Looked;

/// How long a statement waits for another process (`tegata user …` beside a running service).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Idle read connections that are kept; each holds up to 2 MiB of page cache.
const IDLE_READERS: usize = 4;

/// Why a database could not be opened. The text says what to do.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The folder or file cannot be made or written.
    #[error("cannot write {}: {cause}: make it writable for this user, or choose another place with {setting}", path.display())]
    NotWritable {
        /// The folder or file.
        path: PathBuf,
        /// The setting that names it.
        setting: &'static str,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It is not a database of ours, or it is damaged.
    #[error("{} cannot be used as a database: {cause}: move it away, or restore it from a backup", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        cause: rusqlite::Error,
    },
    /// Another program, or another of our stores, keeps its data there.
    #[error("{} belongs to something else: choose another file with {setting}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The setting that names it.
        setting: &'static str,
    },
    /// A newer version of the program made it.
    #[error("{} was written by a newer version of tegata: update this one", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
}

/// A statement failed for a reason that no caller can mend.
#[derive(Debug, Error)]
pub enum Unavailable {
    /// Locked, full, damaged.
    #[error("the embedded database does not answer: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// [`Database::close`] was called.
    #[error("the embedded database is closed")]
    Closed,
    /// The change panicked, or the runtime is going down; the transaction was rolled back.
    #[error("the embedded database did not finish a change")]
    Unfinished,
}

/// What a store keeps, and how its file is told from others.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// SQLite's `application_id`: one for each store.
    pub application: i32,
    /// Statements, oldest first; the database's `user_version` counts those that ran.
    pub migrations: &'static [&'static str],
}

/// An open database; clones share it.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    /// How readers open it.
    access: look::Access,
    // Both none once closed; in this order: the last to close, if it may write, tidies the write-ahead log
    // away.
    readers: Mutex<Option<Vec<Connection>>>,
    writer: Mutex<Option<Connection>>,
}

impl Database {
    /// Opens or makes the file at `path` (0600, its folder 0700) and brings its schema up to date.
    ///
    /// `setting` is named in errors. What is acknowledged survives a crash (WAL with
    /// `synchronous=FULL`).
    pub fn open(path: &Path, schema: Schema, setting: &'static str) -> Result<Self, OpenError> {
        make_private_file(path).map_err(|cause| OpenError::NotWritable {
            path: path.to_owned(),
            setting,
            cause,
        })?;
        let unreadable = |cause| OpenError::Unreadable {
            path: path.to_owned(),
            cause,
        };
        let mut writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(unreadable)?;
        let found = migrate(&mut writer, schema).map_err(unreadable)?;
        let place = path.to_owned();
        match found {
            Found::Ours => writer
                .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
                .map_err(unreadable)?,
            Found::Newer => return Err(OpenError::Newer { path: place }),
            Found::Foreign => {
                return Err(OpenError::Foreign {
                    path: place,
                    setting,
                });
            }
        }
        Ok(Self {
            inner: Arc::new(Inner {
                path: place,
                access: look::Access::Shared,
                writer: Mutex::new(Some(writer)),
                readers: Mutex::new(Some(Vec::new())),
            }),
        })
    }

    /// Runs a read on the calling thread: some ten microseconds, and in WAL mode no writer delays it.
    pub fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Unavailable> {
        let idle = self.readers().as_mut().ok_or(Unavailable::Closed)?.pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.inner.access.connect(&self.inner.path)?,
        };
        let outcome = query(&connection);
        // A connection whose statement failed is dropped, so that a fault does not stay in the pool.
        if let Some(readers) = self.readers().as_mut()
            && outcome.is_ok()
            && readers.len() < IDLE_READERS
        {
            readers.push(connection);
        }
        Ok(outcome?)
    }

    /// Runs one transaction on a blocking thread; it is on disk when this returns.
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let inner = Arc::clone(&self.inner);
        let done = tokio::task::spawn_blocking(move || {
            let mut writer = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let writer = writer.as_mut().ok_or(Unavailable::Closed)?;
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = change(&transaction)?;
            transaction.commit()?;
            Ok(value)
        });
        match done.await {
            Ok(outcome) => outcome,
            Err(_) => Err(Unavailable::Unfinished),
        }
    }

    /// Ends all connections, for every clone: from now on it is [`Unavailable::Closed`]. A change that is
    /// under way is finished first.
    pub fn close(&self) {
        self.readers().take();
        let mut writer = self
            .inner
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        writer.take();
    }

    fn readers(&self) -> MutexGuard<'_, Option<Vec<Connection>>> {
        self.inner
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.inner.path).finish()
    }
}

fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

enum Found {
    Ours,
    Newer,
    Foreign,
}

fn migrate(writer: &mut Connection, schema: Schema) -> rusqlite::Result<Found> {
    let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let number = |name: &str| transaction.query_row(name, [], |row| row.get::<_, i32>(0));
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    if number("PRAGMA application_id")? != schema.application && tables > 0 {
        return Ok(Found::Foreign);
    }
    let version = number("PRAGMA user_version")?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    let Some(pending) = schema.migrations.get(done..) else {
        return Ok(Found::Newer);
    };
    transaction.pragma_update(None, "application_id", schema.application)?;
    for (migration, number) in pending.iter().zip(version + 1..) {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    transaction.commit()?;
    Ok(Found::Ours)
}

/// SQLite gives its side files the permissions of the main one, so that one is made first.
fn make_private_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    Ok(())
}
