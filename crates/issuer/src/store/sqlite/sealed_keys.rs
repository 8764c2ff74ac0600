//! Sealed keys in SQLite.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row};

use super::{SqliteStore, column::named};
use crate::store::{SealedKey, SealedKeys, Unavailable};

const TABLE: &str = "sealed_key";

#[async_trait]
impl SealedKeys for SqliteStore {
    async fn sealed_key(&self, name: &str) -> Result<Option<SealedKey>, Unavailable> {
        Ok(self.database.read(|c| find(c, name))?)
    }

    async fn keep_sealed_key(&self, name: &str, key: &SealedKey) -> Result<SealedKey, Unavailable> {
        let (name, key) = (name.to_owned(), key.clone());
        let kept = self.database.write(move |t| {
            t.execute(
                "INSERT INTO sealed_key (name, sealed_by, sealed) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                (&name, &key.sealed_by, &key.sealed),
            )?;
            Ok(find(t, &name)?.unwrap_or(key))
        });
        Ok(kept.await?)
    }

    async fn replace_sealed_key(
        &self,
        name: &str,
        old: &SealedKey,
        new: &SealedKey,
    ) -> Result<bool, Unavailable> {
        let (name, old, new) = (name.to_owned(), old.clone(), new.clone());
        let replaced = self.database.write(move |t| {
            t.execute(
                "UPDATE sealed_key SET sealed_by = ?2, sealed = ?3
                 WHERE name = ?1 AND sealed_by = ?4 AND sealed = ?5",
                (
                    &name,
                    &new.sealed_by,
                    &new.sealed,
                    &old.sealed_by,
                    &old.sealed,
                ),
            )
        });
        Ok(replaced.await? == 1)
    }
}

fn find(c: &Connection, name: &str) -> rusqlite::Result<Option<SealedKey>> {
    c.prepare_cached("SELECT name, sealed_by, sealed FROM sealed_key WHERE name = ?1")?
        .query_row([name], |row| named(TABLE, row, columns))
        .optional()
}

fn columns(row: &Row<'_>) -> rusqlite::Result<SealedKey> {
    Ok(SealedKey {
        sealed_by: row.get(1)?,
        sealed: row.get(2)?,
    })
}
