//! tower-sessions' store over a database of sealed records. Judges by the injected clock whether a record
//! is over, and moves its idle time by a cheap touch, once a minute at most. Beside the trait: reading a record
//! and putting fresh tokens into it, which happens between requests, not in one.

use std::sync::Arc;

use async_trait::async_trait;
use tegata_token::{Clock, Random};
use time::Duration;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use super::{
    records::{Expired, Records, RecordsUnavailable, SealedRecord},
    seal,
    tokens::{self, Data, Tokens},
};
use crate::config::SessionLimits;

/// A reader's idle time is this coarse, so that reading writes once a minute at most.
const TOUCH_AFTER: Duration = Duration::minutes(1);
/// 128-bit ids do not collide by chance; more than this means something is broken.
const MAX_COLLISIONS: usize = 3;

/// See the module.
#[derive(Clone, Debug)]
pub struct SealedStore {
    records: Arc<dyn Records>,
    limits: SessionLimits,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl SealedStore {
    /// A store over these records.
    pub fn new(
        records: Arc<dyn Records>,
        limits: SessionLimits,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            records,
            limits,
            clock,
            random,
        }
    }

    /// The record of this id as it is now; none when it is over, removed or spoilt.
    pub(crate) async fn read(&self, id: Id) -> Result<Option<Kept>> {
        let found = self.records.find(seal::storage_key(id)).await?;
        let found = found.filter(|record| !self.expired().includes(record));
        Ok(found.and_then(|record| {
            let data = self.opened(id, &record)?;
            Some(Kept {
                tokens: Tokens::read(&data)?,
                revision: record.revision,
                data,
            })
        }))
    }

    /// Puts fresh tokens in the place of those that were kept. False when the record has been removed or
    /// replaced since it was read.
    pub(crate) async fn replace(&self, id: Id, kept: &Kept, fresh: &Tokens) -> Result<bool> {
        let mut data = kept.data.clone();
        fresh.write(&mut data);
        let (key, sealed) = (seal::storage_key(id), self.seal(id, &data)?);
        Ok(self.records.replace(key, kept.revision, sealed).await?)
    }

    fn sealed(&self, record: &Record) -> Result<SealedRecord> {
        Ok(SealedRecord {
            key: seal::storage_key(record.id),
            sealed: self.seal(record.id, &record.data)?,
            used_at: self.clock.now(),
            ends_at: tokens::ends_at(&record.data).unwrap_or(record.expiry_date),
            revision: 0,
        })
    }

    fn seal(&self, id: Id, data: &Data) -> Result<Vec<u8>> {
        let data = serde_json::to_vec(data).map_err(|e| Error::Encode(e.to_string()))?;
        seal::seal(id, data, self.random.as_ref())
            .ok_or_else(|| Error::Encode("a session record could not be sealed".to_owned()))
    }

    fn opened(&self, id: Id, record: &SealedRecord) -> Option<Data> {
        let data = seal::open(id, &record.sealed);
        let data = data.and_then(|data| serde_json::from_slice(&data).ok());
        if data.is_none() {
            let name = self.records.name(record.key);
            tracing::warn!("the record {name} was altered or is not ours: ignored");
        }
        data
    }

    fn expired(&self) -> Expired {
        let now = self.clock.now();
        Expired {
            idle_since: now - self.limits.idle,
            now,
        }
    }
}

#[async_trait]
impl SessionStore for SealedStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        for _ in 0..MAX_COLLISIONS {
            let sealed = self.sealed(record)?;
            if self.records.insert(sealed, self.expired()).await? {
                return Ok(());
            }
            record.id = Id::default();
        }
        Err(Error::Backend("session ids collide".to_owned()))
    }

    /// Writes nothing. The session layer saves whatever a request has touched, which here is the record that
    /// `create` has just kept; were that to fail, a sign-in that has succeeded would end in a bare 500. And a
    /// request that was running during a sign-out cannot bring its session back.
    async fn save(&self, _: &Record) -> Result<()> {
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let key = seal::storage_key(*id);
        let Some(found) = self.records.find(key).await? else {
            return Ok(None);
        };
        let expired = self.expired();
        if expired.includes(&found) {
            self.records.remove(key).await?;
            return Ok(None);
        }
        let Some(data) = self.opened(*id, &found) else {
            return Ok(None);
        };
        if expired.now - found.used_at >= TOUCH_AFTER {
            // A store that only reads just now is no reason to send anybody away.
            if let Err(cause) = self.records.touch(key, expired.now).await {
                tracing::warn!(%cause, "a session's idle time could not be moved");
            }
        }
        Ok(Some(Record {
            id: *id,
            data,
            expiry_date: found.ends_at,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        Ok(self.records.remove(seal::storage_key(*id)).await?)
    }
}

/// A record that was read, to be replaced as long as it is this one.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) tokens: Tokens,
    pub(crate) revision: i64,
    data: Data,
}

impl From<RecordsUnavailable> for Error {
    fn from(cause: RecordsUnavailable) -> Self {
        Self::Backend(cause.to_string())
    }
}
