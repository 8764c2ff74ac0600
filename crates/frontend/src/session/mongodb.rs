//! Session records in a MongoDB database that several frontends share.

use std::time::Duration as StdDuration;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mongodb::{
    Collection,
    bson::{self, Binary, Bson, DateTime, Document, doc, spec::BinarySubtype},
};
use serde::{Deserialize, Serialize};
use tegata_mongodb::{
    Address, Database, Index, Kind, Unavailable, answer, date, duplicate, moment,
};
use time::{Duration, OffsetDateTime};

use super::records::{Expired, Records, RecordsUnavailable, SealedRecord};

const SESSIONS: &str = "sessions";

/// The records in a MongoDB database.
#[derive(Clone, Debug)]
pub struct MongoRecords {
    database: Database,
}

/// A session, as the database keeps it; docs/operations.md describes it for people.
#[derive(Debug, Deserialize, Serialize)]
struct SessionDocument {
    /// A hash of the session id, base64url.
    #[serde(rename = "_id")]
    key: String,
    /// Encrypted with a key that only the browser's cookie gives.
    sealed: Binary,
    used_at: DateTime,
    ends_at: DateTime,
    /// Documents of versions before refreshing have none.
    #[serde(default)]
    revision: i64,
}

impl MongoRecords {
    /// Records at this address, which the database forgets when they have been idle for so long. They are
    /// usable once the database is prepared.
    pub fn new(address: Address, idle: Duration) -> Self {
        let expires = |field, after| Index {
            collection: SESSIONS,
            field,
            kind: Kind::Expires(after),
        };
        let idle = StdDuration::try_from(idle).unwrap_or_default();
        let indexes = vec![
            expires("used_at", idle),
            expires("ends_at", StdDuration::ZERO),
        ];
        Self {
            database: Database::new(address, indexes),
        }
    }

    /// To prepare it.
    pub fn database(&self) -> &Database {
        &self.database
    }

    fn sessions(&self) -> Result<Collection<Document>, Unavailable> {
        self.database.collection(SESSIONS)
    }
}

#[async_trait]
impl Records for MongoRecords {
    /// Leaves what is over to the indexes.
    async fn insert(&self, record: SealedRecord, _: Expired) -> Result<bool, RecordsUnavailable> {
        let document = bson::serialize_to_document(&SessionDocument::from(record))
            .map_err(|cause| RecordsUnavailable(Box::new(cause)))?;
        let sessions = self.sessions()?;
        let inserted = answer(async {
            match sessions.insert_one(document).await {
                Ok(_) => Ok(true),
                Err(cause) if duplicate(&cause) => Ok(false),
                Err(cause) => Err(cause),
            }
        });
        Ok(inserted.await?)
    }

    fn name(&self, key: [u8; 32]) -> String {
        format!("{SESSIONS}/{}", name(key))
    }

    async fn find(&self, key: [u8; 32]) -> Result<Option<SealedRecord>, RecordsUnavailable> {
        let sessions = self.sessions()?;
        let Some(document) = answer(sessions.find_one(doc! { "_id": name(key) })).await? else {
            return Ok(None);
        };
        let kept: SessionDocument = match bson::deserialize_from_document(document) {
            Ok(kept) => kept,
            Err(_) => {
                // Not the error's own text: that repeats what the field holds.
                tracing::warn!("the record {} cannot be read: ignored", self.name(key));
                return Ok(None);
            }
        };
        Ok(Some(SealedRecord {
            key,
            sealed: kept.sealed.bytes,
            used_at: moment(kept.used_at),
            ends_at: moment(kept.ends_at),
            revision: kept.revision,
        }))
    }

    async fn replace(
        &self,
        key: [u8; 32],
        revision: i64,
        sealed: Vec<u8>,
    ) -> Result<bool, RecordsUnavailable> {
        let missing = (revision == 0).then_some(Bson::Null);
        let known: Vec<Bson> = missing.into_iter().chain([revision.into()]).collect();
        let filter = doc! { "_id": name(key), "revision": { "$in": known } };
        let change = doc! { "$set": { "sealed": binary(sealed), "revision": revision + 1 } };
        let sessions = self.sessions()?;
        let replaced = answer(sessions.update_one(filter, change)).await?;
        Ok(replaced.matched_count == 1)
    }

    async fn touch(
        &self,
        key: [u8; 32],
        used_at: OffsetDateTime,
    ) -> Result<(), RecordsUnavailable> {
        let change = doc! { "$max": { "used_at": date(used_at) } };
        let sessions = self.sessions()?;
        answer(sessions.update_one(doc! { "_id": name(key) }, change)).await?;
        Ok(())
    }

    async fn remove(&self, key: [u8; 32]) -> Result<(), RecordsUnavailable> {
        let sessions = self.sessions()?;
        answer(sessions.delete_one(doc! { "_id": name(key) })).await?;
        Ok(())
    }

    async fn ping(&self) -> Result<(), RecordsUnavailable> {
        Ok(self.database.ping().await?)
    }

    async fn close(&self) {
        self.database.close().await;
    }
}

impl From<SealedRecord> for SessionDocument {
    fn from(record: SealedRecord) -> Self {
        Self {
            key: name(record.key),
            sealed: binary(record.sealed),
            used_at: date(record.used_at),
            ends_at: date(record.ends_at),
            revision: record.revision,
        }
    }
}

impl From<Unavailable> for RecordsUnavailable {
    fn from(cause: Unavailable) -> Self {
        Self(cause.into())
    }
}

fn binary(bytes: Vec<u8>) -> Binary {
    Binary {
        subtype: BinarySubtype::Generic,
        bytes,
    }
}

fn name(key: [u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(key)
}
