//! A database: connected and given its indexes when it is prepared, usable from then on.

use std::{fmt, sync::Arc};

use futures_util::TryStreamExt;
use mongodb::{
    Client, Collection,
    bson::{Document, doc},
    error::{Error, ErrorKind},
};
use thiserror::Error;
use tokio::sync::OnceCell;

use crate::{
    address::Address,
    fault::{Unavailable, answer, duplicate},
    index::Index,
};

/// `Unauthorized`
const UNAUTHORIZED: i32 = 13;
/// `IndexOptionsConflict`, `IndexKeySpecsConflict`
const INDEX_CONFLICTS: [i32; 2] = [85, 86];
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
        answer(opened.run_command(doc! { "ping": 1 })).await?;
        Ok(())
    }

    /// Ends all connections, for every clone.
    pub async fn close(&self) {
        if let Some(opened) = self.inner.opened.get() {
            // Without it the driver's background tasks may panic when the runtime ends.
            opened.client().clone().shutdown().immediate(true).await;
        }
    }

    async fn open(&self) -> Result<mongodb::Database, PrepareError> {
        let address = &self.inner.address;
        let options = answer(address.options()).await?;
        let client = Client::with_options(options).map_err(|cause| self.judged(&cause))?;
        let database = client.database(address.database());
        match self.make_indexes(&database).await {
            Ok(()) => Ok(database),
            Err(cause) => {
                client.shutdown().immediate(true).await;
                Err(cause)
            }
        }
    }

    async fn make_indexes(&self, database: &mongodb::Database) -> Result<(), PrepareError> {
        for &index in &self.inner.indexes {
            let documents = database.collection::<Document>(index.collection);
            let Err(cause) = documents.create_index(index.model()).await else {
                continue;
            };
            let conflict = matches!(&*cause.kind,
                ErrorKind::Command(error) if INDEX_CONFLICTS.contains(&error.code));
            if duplicate(&cause) {
                return Err(shared(index, &documents).await?);
            }
            match index.change_expiry() {
                Some(change) if conflict => {
                    answer(database.run_command(change)).await?;
                }
                _ => return Err(self.judged(&cause)),
            }
        }
        Ok(())
    }

    /// Tells what time will mend from what it will not.
    fn judged(&self, cause: &Error) -> PrepareError {
        let place = &self.inner.address;
        let said = Unavailable::from(cause.clone()).to_string();
        match &*cause.kind {
            ErrorKind::Authentication { .. } => PrepareError::Refused(format!(
                "{place} refuses the user or the password: check both, and authSource when the user belongs to another database"
            )),
            ErrorKind::Command(error) if error.code == UNAUTHORIZED => {
                PrepareError::Refused(format!(
                    "{place} does not let this user in: grant readWrite on the database {}",
                    place.database()
                ))
            }
            ErrorKind::Command(error) if INDEX_CONFLICTS.contains(&error.code) => {
                PrepareError::Refused(format!(
                    "{place} has an index of ours in another shape: drop it, and start again: {}",
                    error.message
                ))
            }
            ErrorKind::InvalidTlsConfig { .. } | ErrorKind::InvalidArgument { .. } => {
                PrepareError::Refused(format!("{place} cannot be used: {said}"))
            }
            _ if TLS_MISFITS.iter().any(|misfit| said.contains(misfit)) => {
                PrepareError::Refused(format!(
                    "{place} and this side do not agree on TLS: check tls=true and tlsCAFile in the address: {said}"
                ))
            }
            _ => PrepareError::Away(Unavailable::from(cause.clone())),
        }
    }
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
    let groups = answer(async {
        let found = documents.aggregate(index.shared_texts()).await?;
        found.try_collect::<Vec<Document>>().await
    });
    let texts: Vec<String> = groups
        .await?
        .iter()
        .filter_map(|group| group.get_str("_id").ok())
        .map(|text| format!("{text:?}"))
        .collect();
    Ok(PrepareError::Refused(format!(
        "several documents of {} share a {}: {}: change or remove all but one of each, and start again",
        index.collection,
        index.field,
        texts.join(", ")
    )))
}
