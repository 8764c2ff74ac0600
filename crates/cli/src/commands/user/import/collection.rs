//! A MongoDB collection as a source: on a connection of its own, read through a cursor.

use std::io::IsTerminal;

use mongodb::{
    Cursor,
    bson::{Binary, Bson, Document, doc},
    error::Error,
};
use tegata_mongodb::{Address, Database, PrepareError, Unavailable, answer_on};

use super::{
    document,
    source::{Entry, Position},
};
use crate::{Failure, commands::store::Server};

/// Documents fetched at a time.
const PAGE: u32 = 500;
/// The collection of the issuer's own users.
const OWN: &str = "users";

pub(super) struct Collection {
    /// As it is named in messages: `db.users`.
    name: String,
    database: Database,
    cursor: Cursor<Document>,
    read: u64,
    /// About as many as there are.
    count: u64,
}

impl Collection {
    /// `store` is where users are brought to, if it is a MongoDB.
    pub(super) async fn open(address: &str, store: Option<&Server>) -> Result<Self, Failure> {
        let (address, collection) =
            Address::of_collection(address).map_err(|why| format!("the MongoDB address: {why}"))?;
        let address = with_password(address)?;
        let place = format!("{address}.{collection}");
        let database = Database::new(address, Vec::new());
        database.prepare().await.map_err(|why| match why {
            PrepareError::Refused(why) => why,
            PrepareError::Away(why) => format!("{place}: {why}"),
        })?;
        let begun = begin(&database.collection(&collection)?, &place, store).await;
        match begun {
            Ok((name, count, cursor)) => Ok(Self {
                name,
                database,
                cursor,
                read: 0,
                count,
            }),
            Err(failure) => {
                database.close().await;
                Err(failure)
            }
        }
    }

    pub(super) async fn next(&mut self) -> Result<Option<Entry>, Failure> {
        let more = answer_on(usize::MAX, self.cursor.advance()).await;
        if !more.map_err(|cause| format!("{} cannot be read on: {cause}", self.name))? {
            return Ok(None);
        }
        self.read += 1;
        let current = self.cursor.current();
        let id = match current.get("_id") {
            Ok(Some(id)) => Bson::try_from(id).ok(),
            _ => None,
        };
        let id = id.as_ref().map(document::shown).unwrap_or_default();
        let record = Document::try_from(current)
            .map(document::record)
            .map_err(|_| "the document is damaged".to_owned());
        Ok(Some(Entry {
            place: format!("{} _id {id}", self.name),
            line: None,
            record,
        }))
    }

    pub(super) fn position(&self) -> Position {
        Position::Documents(self.read, self.count)
    }

    pub(super) async fn close(self) {
        drop(self.cursor);
        self.database.close().await;
    }
}

/// Its name, about how many documents it has, and the first of them.
async fn begin(
    documents: &mongodb::Collection<Document>,
    place: &str,
    store: Option<&Server>,
) -> Result<(String, u64, Cursor<Document>), Failure> {
    let refused = |why: Unavailable| match why {
        Unavailable::Unauthorized(_) => Failure::from(format!(
            "{place} may not be read: write a user into the address, and grant that user read"
        )),
        why => format!("{place}: {why}").into(),
    };
    let own = match store {
        Some(server) => own_uuid(server, documents).await?,
        None => None,
    };
    // Read and written at once, it would not end well; and the two kinds of documents do not mix.
    if own.is_some()
        && own
            == answer_on(usize::MAX, uuid(documents))
                .await
                .map_err(refused)?
    {
        return Err(format!(
            "{place} is where tegata keeps its own users: give it another database with DATABASE_URL, \
             and import into that; for a copy of them there is `tegata user export`"
        )
        .into());
    }
    let count = answer_on(usize::MAX, documents.estimated_document_count());
    let count = count.await.map_err(refused)?;
    if count == 0 {
        return Err(format!("there is nothing in {place}: are both names right?").into());
    }
    let cursor = answer_on(usize::MAX, documents.find(doc! {}).batch_size(PAGE));
    let cursor = cursor.await.map_err(refused)?;
    Ok((documents.namespace().to_string(), count, cursor))
}

/// What the store's users are known by, if they have the same names as these documents.
async fn own_uuid(
    server: &Server,
    documents: &mongodb::Collection<Document>,
) -> Result<Option<Binary>, Failure> {
    let own = server.database().collection(OWN)?;
    if own.namespace() != documents.namespace() {
        return Ok(None);
    }
    let found = answer_on(usize::MAX, uuid(&own)).await;
    found.map_err(|cause| format!("DATABASE_URL: {cause}").into())
}

/// A collection has one UUID, whichever address or member of a replica set it is asked for at. A view has
/// none.
async fn uuid(collection: &mongodb::Collection<Document>) -> Result<Option<Binary>, Error> {
    let place = collection.namespace();
    let database = collection.client().database(&place.db);
    let named = doc! { "name": place.coll };
    let mut found = database.list_collections().filter(named).await?;
    if found.advance().await? {
        Ok(found.deserialize_current()?.info.uuid)
    } else {
        Ok(None)
    }
}

/// A password in an argument shows in `ps`, so it may be left out there.
fn with_password(address: Address) -> Result<Address, Failure> {
    let Some(username) = address.lacks_password_of() else {
        return Ok(address);
    };
    let password = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("MongoDB password of {username}: "))?
    } else {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    if password.is_empty() {
        return Err(format!(
            "the MongoDB password of {username} is missing: write it to standard input"
        )
        .into());
    }
    Ok(address.with_password(password))
}
