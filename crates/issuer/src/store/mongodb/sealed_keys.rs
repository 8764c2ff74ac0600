//! Sealed keys in MongoDB.

use async_trait::async_trait;
use mongodb::{
    Collection,
    bson::{Binary, Bson, Document, doc, spec::BinarySubtype},
    options::ReturnDocument,
};
use tegata_mongodb::{Unavailable as Away, answer, duplicate};

use super::{MongoStore, fields::Fields};
use crate::store::{SealedKey, SealedKeys, Unavailable};

const KEYS: &str = "keys";

#[async_trait]
impl SealedKeys for MongoStore {
    async fn sealed_key(&self, name: &str) -> Result<Option<SealedKey>, Unavailable> {
        let found = answer(self.keys()?.find_one(doc! { "_id": name })).await?;
        Ok(found.as_ref().map(key).transpose()?)
    }

    async fn keep_sealed_key(&self, name: &str, new: &SealedKey) -> Result<SealedKey, Unavailable> {
        let keys = self.keys()?;
        let kept = keys
            .find_one_and_update(doc! { "_id": name }, doc! { "$setOnInsert": document(new) })
            .upsert(true)
            .return_document(ReturnDocument::After);
        // Of two upserts at once one may be refused; then the other's is there.
        let kept = answer(async {
            match kept.await {
                Err(cause) if duplicate(&cause) => keys.find_one(doc! { "_id": name }).await,
                other => other,
            }
        });
        let kept = kept.await?;
        let kept = kept.ok_or_else(|| Unavailable("a key was not kept".into()))?;
        Ok(key(&kept)?)
    }

    async fn replace_sealed_key(
        &self,
        name: &str,
        old: &SealedKey,
        new: &SealedKey,
    ) -> Result<bool, Unavailable> {
        let mut which = document(old);
        which.insert("_id", name);
        let keys = self.keys()?;
        let replaced = keys.update_one(which, doc! { "$set": document(new) });
        Ok(answer(replaced).await?.matched_count == 1)
    }
}

impl MongoStore {
    fn keys(&self) -> Result<Collection<Document>, Unavailable> {
        Ok(self.database.collection(KEYS)?)
    }
}

fn document(key: &SealedKey) -> Document {
    let sealed = Binary {
        subtype: BinarySubtype::Generic,
        bytes: key.sealed.clone(),
    };
    doc! { "sealed_by": &key.sealed_by, "sealed": sealed }
}

fn key(document: &Document) -> Result<SealedKey, Away> {
    let fields = Fields {
        collection: KEYS,
        document,
    };
    let bytes = |value: &Bson| match value {
        Bson::Binary(binary) => Some(binary.bytes.clone()),
        _ => None,
    };
    Ok(SealedKey {
        sealed_by: fields.text("sealed_by")?,
        sealed: fields.read("sealed", bytes)?,
    })
}
