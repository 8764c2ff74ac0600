//! A database: connected and given its indexes when it is prepared, usable from then on.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::TryStreamExt;
use mongodb::{
    Client, Collection, IndexModel,
    action::{Action, RunCommand},
    bson::{Bson, Document, doc},
    error::{Error, ErrorKind, RETRYABLE_WRITE_ERROR},
};
use thiserror::Error;
use tokio::{sync::OnceCell, time::timeout};

use crate::{
    address::Address,
    fault::{Unavailable, duplicate, within},
    index::{Index, SHOWN},
};

/// `IndexOptionsConflict`: one on the same field, otherwise.
const INDEX_OPTIONS_CONFLICT: i32 = 85;
/// `NamespaceNotFound`: there is no such collection.
const NAMESPACE_NOT_FOUND: i32 = 26;
/// `HostUnreachable`, `HostNotFound`, `MaxTimeMSExpired`, `WriteConcernFailed`, `NetworkTimeout`,
/// `ShutdownInProgress`, `PrimarySteppedDown`, `UnsatisfiableWriteConcern`, `ExceededTimeLimit`,
/// `InterruptedAtShutdown`, `InterruptedDueToReplStateChange`.
const MOMENTARY: [i32; 11] = [6, 7, 50, 64, 89, 91, 189, 100, 262, 11600, 11602];
/// How long connecting may take: longer than a verb, for nobody waits for it but a start.
const CONNECTING_TIMEOUT: Duration = Duration::from_millis(5250);
/// How long readiness waits: less than whoever asks for it.
const PING_TIMEOUT: Duration = Duration::from_secs(2);
/// How long an index of many documents may take to be made; the next attempt finds what this one has done.
const INDEX_TIMEOUT: Duration = Duration::from_secs(60);
/// How long connections may take to end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);
/// What TLS says, through the driver, when the two sides do not fit.
const TLS_MISFITS: [&str; 4] = [
    "InvalidContentType",
    "invalid peer certificate",
    "CertificateRequired",
    "UnknownCA",
];

/// A database; clones share it.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    address: Address,
    indexes: Vec<Index>,
    opened: OnceCell<mongodb::Database>,
}

/// Why a database cannot be used yet.
#[derive(Debug, Error)]
pub enum PrepareError {
    /// It does not answer: try again.
    #[error(transparent)]
    Away(#[from] Unavailable),
    /// It answers, and trying again will not help. The text says what to do.
    #[error("{0}")]
    Refused(String),
}

impl Database {
    /// A database with these indexes. Nothing is connected yet.
    pub fn new(address: Address, indexes: Vec<Index>) -> Self {
        Self {
            inner: Arc::new(Inner {
                address,
                indexes,
                opened: OnceCell::new(),
            }),
        }
    }

    /// Connects, and makes the indexes that are not there. Until this has succeeded once, every
    /// collection is [`Unavailable::Unprepared`]; after that, the driver finds its servers again by itself.
    ///
    /// # Errors
    /// See [`PrepareError`].
    pub async fn prepare(&self) -> Result<(), PrepareError> {
        let opened = self.inner.opened.get_or_try_init(|| self.open());
        opened.await.map(drop)
    }

    /// Connects as [`prepare`](Self::prepare) does, and changes nothing: says which indexes are not there.
    ///
    /// # Errors
    /// See [`PrepareError`].
    pub async fn look(&self) -> Result<Vec<Index>, PrepareError> {
        let opened = self.inner.opened.get_or_try_init(|| self.connect()).await?;
        let mut missing = Vec::new();
        for &index in &self.inner.indexes {
            let documents = opened.collection::<Document>(index.collection);
            let listed = within(CONNECTING_TIMEOUT, async {
                documents.list_indexes().await?.try_collect().await
            });
            let there: Vec<IndexModel> = match listed.await? {
                Ok(there) => there,
                Err(cause) if code(&cause) == Some(NAMESPACE_NOT_FOUND) => Vec::new(),
                Err(cause) => return Err(self.judged(&cause)),
            };
            if !there.iter().any(|one| index.serves_as(one)) {
                missing.push(index);
            }
        }
        Ok(missing)
    }

    /// Documents of one kind.
    ///
    /// # Errors
    /// The database was never prepared.
    pub fn collection(&self, name: &str) -> Result<Collection<Document>, Unavailable> {
        let opened = self.inner.opened.get();
        Ok(opened.ok_or(Unavailable::Unprepared)?.collection(name))
    }

    /// Whether it answers now: the server that would be written to.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), Unavailable> {
        let opened = self.inner.opened.get().ok_or(Unavailable::Unprepared)?;
        within(PING_TIMEOUT, opened.run_command(doc! { "ping": 1 })).await??;
        Ok(())
    }

    /// Ends all connections, for every clone.
    pub async fn close(&self) {
        if let Some(opened) = self.inner.opened.get() {
            shut_down(opened.client().clone()).await;
        }
    }

    async fn open(&self) -> Result<mongodb::Database, PrepareError> {
        let database = self.connect().await?;
        match self.make_indexes(&database).await {
            Ok(()) => Ok(database),
            Err(cause) => {
                shut_down(database.client().clone()).await;
                Err(cause)
            }
        }
    }

    async fn connect(&self) -> Result<mongodb::Database, PrepareError> {
        let address = &self.inner.address;
        let options = within(CONNECTING_TIMEOUT, address.options()).await?;
        let options = options.map_err(|cause| self.judged(&cause))?;
        let client = Client::with_options(options).map_err(|cause| self.judged(&cause))?;
        let database = client.database(address.database());
        match self.greet(&database).await {
            Ok(()) => Ok(database),
            Err(cause) => {
                shut_down(client).await;
                Err(cause)
            }
        }
    }

    async fn greet(&self, database: &mongodb::Database) -> Result<(), PrepareError> {
        // A server that says nothing shows here, before there is anything to wait long for. A command does
        // not ask by itself where reads go.
        let reads = database.selection_criteria().cloned();
        let ping = database.run_command(doc! { "ping": 1 });
        let ping = ping.optional(reads, RunCommand::selection_criteria);
        let there = within(CONNECTING_TIMEOUT, ping).await?;
        there.map_err(|cause| self.judged(&cause))?;
        Ok(())
    }

    async fn make_indexes(&self, database: &mongodb::Database) -> Result<(), PrepareError> {
        for &index in &self.inner.indexes {
            let documents = database.collection::<Document>(index.collection);
            let made = within(INDEX_TIMEOUT, documents.create_index(index.model())).await?;
            let Err(cause) = made else {
                continue;
            };
            if duplicate(&cause) {
                return Err(shared(index, &documents).await?);
            }
            match index.change_expiry() {
                Some(change) if code(&cause) == Some(INDEX_OPTIONS_CONFLICT) => {
                    let changed = within(INDEX_TIMEOUT, database.run_command(change)).await?;
                    changed.map_err(|cause| self.judged(&cause))?;
                }
                // One that an administrator made on the same field keeps texts as unique as ours.
                None if code(&cause) == Some(INDEX_OPTIONS_CONFLICT) => {}
                _ => return Err(self.judged(&cause)),
            }
        }
        Ok(())
    }

    /// Tells what time will mend from what it will not.
    fn judged(&self, cause: &Error) -> PrepareError {
        let place = &self.inner.address;
        let said = Unavailable::from(cause.clone());
        match &*cause.kind {
            ErrorKind::Authentication { .. } => PrepareError::Refused(format!(
                "{place} refuses the user or the password: check both, and authSource when the user belongs to another database"
            )),
            _ if matches!(said, Unavailable::Unauthorized(_)) => PrepareError::Refused(format!(
                "{place} does not let this user in: grant readWrite on the database {}",
                place.database()
            )),
            ErrorKind::Command(error) if passes(cause, error.code) => PrepareError::Away(said),
            ErrorKind::Command(_)
            | ErrorKind::InvalidTlsConfig { .. }
            | ErrorKind::InvalidArgument { .. }
            | ErrorKind::IncompatibleServer { .. } => {
                PrepareError::Refused(format!("{place} cannot be used: {said}"))
            }
            _ if TLS_MISFITS
                .iter()
                .any(|misfit| said.to_string().contains(misfit)) =>
            {
                PrepareError::Refused(format!(
                    "{place} and this side do not agree on TLS: check tls=true and tlsCAFile in the address: {said}"
                ))
            }
            _ => PrepareError::Away(said),
        }
    }
}

/// Whether it is the fault of a moment: an election, a shutdown, too much to do.
fn passes(cause: &Error, code: i32) -> bool {
    cause.contains_label(RETRYABLE_WRITE_ERROR) || MOMENTARY.contains(&code)
}

fn code(cause: &Error) -> Option<i32> {
    match &*cause.kind {
        ErrorKind::Command(error) => Some(error.code),
        _ => None,
    }
}

/// Without it the driver's background tasks may panic when the runtime ends; with a server that says
/// nothing it would take long.
async fn shut_down(client: Client) {
    let _ = timeout(SHUTDOWN_TIMEOUT, client.shutdown().immediate(true)).await;
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database")
            .field(&self.inner.address)
            .finish()
    }
}

/// Says which texts keep a unique index from being made.
async fn shared(
    index: Index,
    documents: &Collection<Document>,
) -> Result<PrepareError, Unavailable> {
    let groups = within(INDEX_TIMEOUT, async {
        let found = documents.aggregate(index.shared_texts()).await?;
        found.try_collect::<Vec<Document>>().await
    });
    let groups = groups.await??;
    let mut texts: Vec<String> = groups
        .iter()
        .take(usize::try_from(SHOWN).unwrap_or_default())
        .map(|group| group.get("_id").map_or(String::new(), Bson::to_string))
        .collect();
    if groups.len() > texts.len() {
        texts.push("and more".to_owned());
    }
    Ok(PrepareError::Refused(format!(
        "several documents of {} have the same {}: {}: change or remove all but one of each, and start again",
        index.collection,
        index.field,
        texts.join(", ")
    )))
}
