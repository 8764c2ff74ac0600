//! Clients in MongoDB.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    bson::{Document, doc},
};
use tegata_mongodb::{Index, Kind, Unavailable as Away, answer, date, duplicate};

use super::{MongoStore, fields::Fields};
use crate::{
    oauth_client::{ClientId, ClientName, OAuthClient},
    scope::Scopes,
    store::{Clients, Unavailable},
};

const CLIENTS: &str = "clients";
const NAME: &str = "name";

pub(super) const INDEXES: [Index; 1] = [Index {
    collection: CLIENTS,
    field: NAME,
    kind: Kind::Unique,
}];

#[async_trait]
impl Clients for MongoStore {
    async fn add_client(&self, client: &OAuthClient) -> Result<bool, Unavailable> {
        let collection = self.oauth_clients()?;
        let inserted = collection.insert_one(document(client));
        let added = answer(async {
            match inserted.await {
                Ok(_) => Ok(true),
                Err(cause) if duplicate(&cause) => Ok(false),
                Err(cause) => Err(cause),
            }
        });
        Ok(added.await?)
    }

    async fn client(&self, id: ClientId) -> Result<Option<OAuthClient>, Unavailable> {
        let clients = self.oauth_clients()?;
        let found = answer(clients.find_one(doc! { "_id": id.to_string() })).await?;
        Ok(found.as_ref().map(client).transpose()?)
    }

    async fn clients(&self) -> Result<Vec<OAuthClient>, Unavailable> {
        let clients = self.oauth_clients()?;
        let found = answer(async {
            let found = clients.find(ours()).sort(doc! { NAME: 1 });
            found.await?.try_collect::<Vec<Document>>().await
        });
        let found = found.await?;
        let readable = found.iter().filter_map(|document| {
            client(document)
                .inspect_err(|cause| tracing::error!(%cause, "a client was left out"))
                .ok()
        });
        Ok(readable.collect())
    }

    async fn remove_client(&self, name: &ClientName) -> Result<Option<String>, Unavailable> {
        let clients = self.oauth_clients()?;
        let mut which = ours();
        which.insert(NAME, name.as_str());
        let removed = answer(clients.find_one_and_delete(which)).await?;
        let id = |document| fields(document).text("_id");
        Ok(removed.as_ref().map(id).transpose()?)
    }
}

impl MongoStore {
    fn oauth_clients(&self) -> Result<Collection<Document>, Unavailable> {
        Ok(self.database.collection(CLIENTS)?)
    }
}

/// Documents whose id is no text are somebody else's.
fn ours() -> Document {
    doc! { "_id": { "$gt": "" } }
}

/// A client, as the database keeps it; docs/operations.md describes it for people.
fn document(client: &OAuthClient) -> Document {
    let scopes: Vec<&str> = client.scopes.iter().collect();
    doc! {
        "_id": client.id.to_string(),
        NAME: client.name.as_str(),
        "secret_hash": client.secret.to_string(),
        "scopes": scopes,
        "created_at": date(client.created_at),
    }
}

fn client(document: &Document) -> Result<OAuthClient, Away> {
    let fields = fields(document);
    Ok(OAuthClient {
        id: fields.parsed("_id")?,
        name: ClientName::from_stored(fields.text(NAME)?),
        secret: fields.parsed("secret_hash")?,
        scopes: Scopes::from_stored(fields.texts("scopes")?),
        created_at: fields.moment("created_at")?,
    })
}

fn fields(document: &Document) -> Fields<'_> {
    Fields {
        collection: CLIENTS,
        document,
    }
}
