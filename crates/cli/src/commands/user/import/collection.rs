//! A MongoDB collection as a source: connected with a client of its own, read through a cursor.

use std::{io::IsTerminal, time::Duration};

use mongodb::{
    Client, Cursor,
    bson::{Binary, Bson, Document, doc},
    error::{Error, ErrorKind},
    options::{AuthMechanism, ClientOptions, ConnectionString},
};
use tegata_mongodb::{Address, BadAddress, Unavailable, answer};

use super::{
    document,
    source::{Entry, Position},
};
use crate::{Failure, commands::store::Server};

/// How long a server may take to be found, or to be connected to.
const PATIENCE: Duration = Duration::from_secs(5);
/// Documents fetched at a time.
const PAGE: u32 = 500;
/// The collection of the issuer's own users.
const OWN: &str = "users";
/// `Unauthorized`
const UNAUTHORIZED: i32 = 13;

pub(super) struct Collection {
    /// As it is named in messages: `db.users`.
    name: String,
    client: Client,
    cursor: Cursor<Document>,
    read: u64,
    /// About as many as there are.
    count: u64,
}

/// What an address leads to.
#[derive(Debug)]
struct Target {
    connection: ConnectionString,
    /// Hosts and names, and nobody's credentials.
    place: String,
    database: String,
    collection: String,
}

impl Collection {
    /// `store` is where users are brought to, if it is a MongoDB.
    pub(super) async fn open(address: &str, store: Option<&Server>) -> Result<Self, Failure> {
        let Target {
            connection,
            place,
            database,
            collection,
        } = Target::parse(address)?;
        let own = match store {
            Some(server) if collection == OWN => own_uuid(server, &database).await?,
            _ => None,
        };
        let refused = |error: &Error| Failure::from(reason(error, &place));
        let mut options = ClientOptions::parse(connection)
            .await
            .map_err(|error| refused(&error))?;
        options.app_name.get_or_insert_with(|| "tegata".to_owned());
        options.connect_timeout.get_or_insert(PATIENCE);
        options.server_selection_timeout.get_or_insert(PATIENCE);
        complete_credential(&mut options)?;

        let client = Client::with_options(options).map_err(|error| refused(&error))?;
        let documents = client
            .database(&database)
            .collection::<Document>(&collection);
        let opened = answer(async {
            let opened = async {
                let same = own.is_some() && uuid(&documents).await? == own;
                let count = documents.estimated_document_count().await?;
                let cursor = documents.find(doc! {}).batch_size(PAGE).await?;
                Ok((same, count, cursor))
            };
            // The outer answer only keeps the time: which fault it is decides on the words.
            Ok(opened.await.map_err(|error| refused(&error)))
        });
        let failure = match opened.await {
            // Read and written at once, it would not end well; and the two kinds of documents do not mix.
            Ok(Ok((true, _, _))) => format!(
                "{place} is where tegata keeps its own users: give it another database with DATABASE_URL, \
                 and import into that; for a copy of them there is `tegata user export`"
            )
            .into(),
            Ok(Ok((_, 0, _))) => format!("there is nothing in {place}: are both names right?").into(),
            Ok(Ok((_, count, cursor))) => {
                return Ok(Self {
                    name: format!("{database}.{collection}"),
                    client,
                    cursor,
                    read: 0,
                    count,
                });
            }
            Ok(Err(failure)) => failure,
            Err(silence) => format!("{place}: {silence}").into(),
        };
        client.shutdown().immediate(true).await;
        Err(failure)
    }

    pub(super) async fn next(&mut self) -> Result<Option<Entry>, Failure> {
        let more = answer(self.cursor.advance()).await;
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
        self.client.shutdown().immediate(true).await;
    }
}

impl Target {
    /// `mongodb://host/database.collection`.
    fn parse(text: &str) -> Result<Self, Failure> {
        let lacking = || {
            Failure::from(
                "the MongoDB address lacks the collection: write mongodb://HOST/DATABASE.COLLECTION",
            )
        };
        let address = Address::parse(text).map_err(|why| match why {
            BadAddress::NoDatabase => lacking(),
            why => format!("the MongoDB address: {why}").into(),
        })?;
        let (database, collection) = address.database().split_once('.').ok_or_else(lacking)?;
        if database.is_empty() || collection.is_empty() {
            return Err(lacking());
        }
        // It was read once; the driver's own words could hold a piece of a password.
        let mut connection = ConnectionString::parse(text).map_err(|_| lacking())?;
        connection.default_database = Some(database.to_owned());
        Ok(Self {
            connection,
            place: address.to_string(),
            database: database.to_owned(),
            collection: collection.to_owned(),
        })
    }
}

/// What the store's collection of users is known by, if its database has this name.
async fn own_uuid(server: &Server, database: &str) -> Result<Option<Binary>, Failure> {
    let own = server.database().collection(OWN)?;
    if own.namespace().db != database {
        return Ok(None);
    }
    let found = answer(uuid(&own)).await;
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
fn complete_credential(options: &mut ClientOptions) -> Result<(), Failure> {
    let Some(credential) = &mut options.credential else {
        return Ok(());
    };
    let by_password = matches!(
        credential.mechanism,
        None | Some(AuthMechanism::ScramSha1 | AuthMechanism::ScramSha256 | AuthMechanism::Plain)
    );
    let given = credential.password.as_ref().is_some_and(|p| !p.is_empty());
    let Some(username) = credential
        .username
        .as_ref()
        .filter(|_| by_password && !given)
    else {
        return Ok(());
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
    credential.password = Some(password);
    Ok(())
}

/// One line that says what to do.
fn reason(error: &Error, place: &str) -> String {
    match &*error.kind {
        ErrorKind::Authentication { .. } => format!(
            "{place} refuses the user or the password: check both, and authSource when the user belongs \
             to another database"
        ),
        ErrorKind::Command(refused) if refused.code == UNAUTHORIZED => format!(
            "{place} may not be read: write a user into the address, and grant that user read"
        ),
        _ => format!("{place}: {}", Unavailable::from(error.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_collection_stands_after_the_database() {
        for (text, database, collection) in [
            ("mongodb://h/db.users", "db", "users"),
            (
                "mongodb://h1:1,h2:2/db.app.users?tls=true",
                "db",
                "app.users",
            ),
            ("mongodb://u:p%2Fw@h.example/d.c", "d", "c"),
        ] {
            let target = Target::parse(text).unwrap();
            assert_eq!(target.database, database, "{text}");
            assert_eq!(target.collection, collection, "{text}");
            assert_eq!(
                target.connection.default_database.as_deref(),
                Some(database)
            );
        }
    }

    #[test]
    fn a_bad_address_is_told_without_its_password() {
        for (text, part) in [
            ("mongodb://u:hunter2@h", "lacks the collection"),
            ("mongodb://u:hunter2@h/", "lacks the collection"),
            ("mongodb://u:hunter2@h/db", "lacks the collection"),
            ("mongodb://u:hunter2@h/db.", "lacks the collection"),
            ("mongodb://u:hunter2@h/.users", "lacks the collection"),
            ("mongodb://u:hunter2?hunter2@h/db.users", "%3F"),
            ("mongodb://u:hunter2@h:x/db.users", "port"),
        ] {
            let refusal = Target::parse(text).unwrap_err().message;
            assert!(refusal.contains(part), "{refusal}");
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
    }
}
