//! Indexes, as values; made when a database is prepared, as often as that happens.

use std::time::Duration;

use mongodb::{
    IndexModel,
    bson::{Document, doc},
    options::IndexOptions,
};

/// An index on one field (or, [in order](Kind::InOrder), on that and the id), named like it unless there is one on that field already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Of these documents.
    pub collection: &'static str,
    /// On this field.
    pub field: &'static str,
    /// What it is for.
    pub kind: Kind,
}

/// What an index is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No two documents have the same text there; those without one do not count.
    Unique,
    /// Documents are looked up by it; those without the field do not count.
    Lookup,
    /// Documents are looked up by it in the order of their ids; those without a text there do not count.
    InOrder,
    /// A document goes this long after the moment in it, within a minute or so.
    Expires(Duration),
}

/// Texts that are named when several documents share them.
pub(crate) const SHOWN: i64 = 10;

impl Index {
    pub(crate) fn model(self) -> IndexModel {
        let options = match self.kind {
            Kind::Unique => IndexOptions::builder()
                .name(self.field.to_owned())
                .unique(true)
                // Any text. Unlike `$type`, the planner sees that an equality implies it.
                .partial_filter_expression(doc! { self.field: { "$gt": "" } })
                .build(),
            Kind::InOrder => IndexOptions::builder()
                .name(self.field.to_owned())
                .partial_filter_expression(doc! { self.field: { "$gt": "" } })
                .build(),
            Kind::Lookup => IndexOptions::builder()
                .name(self.field.to_owned())
                .sparse(true)
                .build(),
            Kind::Expires(after) => IndexOptions::builder()
                .name(self.field.to_owned())
                .expire_after(after)
                .build(),
        };
        let keys = match self.kind {
            Kind::InOrder => doc! { self.field: 1, "_id": 1 },
            Kind::Unique | Kind::Lookup | Kind::Expires(_) => doc! { self.field: 1 },
        };
        IndexModel::builder().keys(keys).options(options).build()
    }

    /// Whether one that is there does what this one is for, whatever it is called.
    pub(crate) fn serves_as(self, there: &IndexModel) -> bool {
        let options = there.options.as_ref();
        let unique = options.and_then(|options| options.unique) == Some(true);
        let expires = options.is_some_and(|options| options.expire_after.is_some());
        let kind = match self.kind {
            Kind::Unique => unique,
            Kind::Expires(_) => expires,
            Kind::Lookup | Kind::InOrder => true,
        };
        let fields = |model: &IndexModel| model.keys.keys().cloned().collect::<Vec<_>>();
        kind && fields(there) == fields(&self.model())
    }

    /// The command that gives an index that is there another time to live.
    pub(crate) fn change_expiry(self) -> Option<Document> {
        match self.kind {
            Kind::Unique | Kind::Lookup | Kind::InOrder => None,
            Kind::Expires(after) => Some(doc! {
                "collMod": self.collection,
                "index": {
                    "keyPattern": { self.field: 1 },
                    "expireAfterSeconds": i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
                },
            }),
        }
    }

    /// Finds texts that several documents share.
    pub(crate) fn shared_texts(self) -> Vec<Document> {
        vec![
            doc! { "$match": { self.field: { "$gt": "" } } },
            doc! { "$group": { "_id": format!("${}", self.field), "documents": { "$sum": 1 } } },
            doc! { "$match": { "documents": { "$gt": 1 } } },
            doc! { "$sort": { "_id": 1 } },
            doc! { "$limit": SHOWN + 1 },
        ]
    }
}
