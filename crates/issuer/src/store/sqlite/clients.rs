//! Clients in SQLite.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row};

use super::{
    SqliteStore,
    column::{millis, moment, named, readable, unreadable},
};
use crate::{
    oauth_client::{ClientId, ClientName, OAuthClient},
    scope::Scopes,
    store::{Clients, Unavailable},
};

const TABLE: &str = "client";
const COLUMNS: &str = "id, name, secret_hash, scopes, created_at";

#[async_trait]
impl Clients for SqliteStore {
    async fn add_client(&self, client: &OAuthClient) -> Result<bool, Unavailable> {
        let client = client.clone();
        let added = self.database.write(move |t| {
            t.execute(
                "INSERT INTO client (id, name, secret_hash, scopes, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                (
                    client.id.to_string(),
                    client.name.as_str(),
                    client.secret.to_string(),
                    client.scopes.to_string(),
                    millis(client.created_at),
                ),
            )
        });
        Ok(added.await? == 1)
    }

    async fn client(&self, id: ClientId) -> Result<Option<OAuthClient>, Unavailable> {
        Ok(self.database.read(|c| {
            c.prepare_cached(&format!("SELECT {COLUMNS} FROM client WHERE id = ?1"))?
                .query_row([id.to_string()], client)
                .optional()
        })?)
    }

    async fn clients(&self) -> Result<Vec<OAuthClient>, Unavailable> {
        Ok(self.database.read(|c| {
            c.prepare_cached(&format!("SELECT {COLUMNS} FROM client ORDER BY name"))?
                .query_map([], readable(client))?
                .filter_map(Result::transpose)
                .collect()
        })?)
    }

    async fn remove_client(&self, name: &ClientName) -> Result<Option<String>, Unavailable> {
        let name = name.clone();
        let removed = self.database.write(move |t| {
            t.prepare_cached("DELETE FROM client WHERE name = ?1 RETURNING id")?
                .query_row([name.as_str()], |row| row.get(0))
                .optional()
        });
        Ok(removed.await?)
    }
}

fn client(row: &Row<'_>) -> rusqlite::Result<OAuthClient> {
    named(TABLE, row, columns)
}

fn columns(row: &Row<'_>) -> rusqlite::Result<OAuthClient> {
    let id: String = row.get(0)?;
    let secret: String = row.get(2)?;
    let scopes: String = row.get(3)?;
    Ok(OAuthClient {
        id: id.parse().map_err(|_| unreadable(TABLE, row, 0))?,
        name: ClientName::from_stored(row.get(1)?),
        secret: secret.parse().map_err(|_| unreadable(TABLE, row, 2))?,
        scopes: Scopes::from_stored(scopes.split_whitespace().map(str::to_owned).collect()),
        created_at: moment(row, 4)?,
    })
}
