//! Audit events in MongoDB.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    bson::{Bson, Document, doc},
    error::{Error, ErrorKind, InsertManyError},
};
use tegata_mongodb::{
    Index, Kind as Of, Unavailable as Away, answer, answer_on, date, duplicated_field,
};
use tegata_server::Client;
use time::Duration;
use uuid::Uuid;

use super::{MongoStore, fields::Fields};
use crate::{
    event::{Act, Actor, By, Event, Kind},
    store::{Events, Unavailable, Which},
};

const EVENTS: &str = "events";
const AT: &str = "at";
const USER: &str = "user";
/// Documents that the server sends at a time, at most.
const PAGE: u32 = 1000;

pub(super) const INDEXES: [Index; 1] = [Index {
    collection: EVENTS,
    field: USER,
    kind: Of::InOrder,
}];

/// Only whoever knows the setting makes it: an index with another time would forget what is to be kept.
pub(super) fn forgotten_after(time: Duration) -> Index {
    Index {
        collection: EVENTS,
        field: AT,
        kind: Of::Expires(time.unsigned_abs()),
    }
}

#[async_trait]
impl Events for MongoStore {
    async fn add_events(&self, events: &[Event]) -> Result<(), Unavailable> {
        if events.is_empty() {
            return Ok(());
        }
        let collection = self.events()?;
        // Unordered: one that is there already does not keep the rest out.
        let inserted = collection
            .insert_many(events.iter().map(document))
            .ordered(false);
        let added = answer(async {
            match inserted.await {
                Err(cause) if !were_there(&cause) => Err(cause),
                _ => Ok(()),
            }
        });
        Ok(added.await?)
    }

    async fn events_before(
        &self,
        before: Option<Uuid>,
        which: Which,
        limit: usize,
    ) -> Result<Vec<Event>, Unavailable> {
        let before = before.unwrap_or(Uuid::max()).to_string();
        let mut those = doc! { "_id": { "$lt": before } };
        if let Some(user) = which.user {
            those.insert(USER, user.to_string());
        }
        let mut kind = Document::new();
        if which.without_refreshes {
            kind.insert("$ne", Kind::Refresh.code());
        }
        if let Some(only) = which.kind {
            kind.insert("$eq", only.code());
        }
        if !kind.is_empty() {
            those.insert("kind", kind);
        }
        let collection = self.events()?;
        let found = collection
            .find(those)
            .sort(doc! { "_id": -1 })
            .batch_size(u32::try_from(limit).unwrap_or(u32::MAX).clamp(1, PAGE));
        // There is no index on the kind: of a rare one the server may have to read all that there is.
        let read = which.kind.map_or(limit, |_| usize::MAX);
        let events = answer_on(read, async {
            let mut documents = found.await?;
            let mut events = Vec::new();
            while events.len() < limit
                && let Some(document) = documents.try_next().await?
            {
                events.extend(readable(&document));
            }
            Ok(events)
        });
        Ok(events.await?)
    }
}

impl MongoStore {
    fn events(&self) -> Result<Collection<Document>, Unavailable> {
        Ok(self.database.collection(EVENTS)?)
    }
}

/// Whether all that kept events out is that they were there: an earlier attempt whose answer was lost.
fn were_there(cause: &Error) -> bool {
    let ErrorKind::InsertMany(InsertManyError {
        write_errors: Some(errors),
        write_concern_error: None,
        ..
    }) = &*cause.kind
    else {
        return false;
    };
    let mut errors = errors.iter();
    errors.all(|error| duplicated_field(&error.message) == Some("_id"))
}

/// An event, as the database keeps it; docs/operations.md describes it for people.
fn document(event: &Event) -> Document {
    let Event { id, at, act } = event;
    let mut document = doc! { "_id": id.to_string(), AT: date(*at), "kind": act.kind.code() };
    let texts = [
        (USER, act.user.map(|user| user.to_string())),
        ("actor", act.by.actor.code()),
        ("session", act.session.map(|sid| sid.to_string())),
        ("client", act.client_id.clone()),
        (
            "address",
            act.by.from.address.map(|address| address.to_string()),
        ),
        ("user_agent", act.by.from.user_agent.clone()),
        ("cause", act.cause.clone()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            document.insert(name, text);
        }
    }
    if let Some(count) = act.count {
        document.insert("count", i64::try_from(count).unwrap_or(i64::MAX));
    }
    document
}

/// One that somebody spoilt, or a newer version wrote, does not hide the others.
fn readable(document: &Document) -> Option<Event> {
    event(document)
        .inspect_err(|cause| tracing::error!(%cause, "an audit event was left out"))
        .ok()
}

fn event(document: &Document) -> Result<Event, Away> {
    let fields = Fields {
        collection: EVENTS,
        document,
    };
    let actor = fields.optional("actor", Fields::text)?;
    let actor = Actor::of(actor.as_deref()).map_err(|_| fields.unreadable("actor"))?;
    let number = |value: &Bson| match *value {
        Bson::Int64(number) => u64::try_from(number).ok(),
        Bson::Int32(number) => u64::try_from(number).ok(),
        _ => None,
    };
    Ok(Event {
        id: fields.parsed("_id")?,
        at: fields.moment(AT)?,
        act: Act {
            kind: fields.parsed("kind")?,
            user: fields.optional(USER, Fields::parsed)?,
            by: By {
                actor,
                from: Client {
                    address: fields.optional("address", Fields::parsed)?,
                    user_agent: fields.optional("user_agent", Fields::text)?,
                },
            },
            session: fields.optional("session", Fields::parsed)?,
            client_id: fields.optional("client", Fields::text)?,
            cause: fields.optional("cause", Fields::text)?,
            count: fields.optional("count", |fields, name| fields.read(name, number))?,
        },
    })
}
