//! Fields of a document that somebody else may have written. A complaint names the document and the field, and
//! not what stands there.

use mongodb::bson::{Bson, Document};
use tegata_mongodb::{Unavailable, moment, readable_moment};
use time::OffsetDateTime;

pub(super) struct Fields<'a> {
    pub(super) collection: &'static str,
    pub(super) document: &'a Document,
}

impl<'a> Fields<'a> {
    pub(super) fn read<T>(
        &self,
        name: &str,
        kind: impl FnOnce(&'a Bson) -> Option<T>,
    ) -> Result<T, Unavailable> {
        let value = self.document.get(name).and_then(kind);
        value.ok_or_else(|| self.unreadable(name))
    }

    pub(super) fn text(&self, name: &str) -> Result<String, Unavailable> {
        Ok(self.read(name, Bson::as_str)?.to_owned())
    }

    pub(super) fn parsed<T: std::str::FromStr>(&self, name: &str) -> Result<T, Unavailable> {
        self.read(name, |value| value.as_str()?.parse().ok())
    }

    pub(super) fn moment(&self, name: &str) -> Result<OffsetDateTime, Unavailable> {
        self.read(name, |value| readable_moment(*value.as_datetime()?))
    }

    /// The same of an end that counts whenever it was: a year beyond 9999 is 1970.
    pub(super) fn moment_or_long_ago(&self, name: &str) -> Result<OffsetDateTime, Unavailable> {
        Ok(moment(*self.read(name, Bson::as_datetime)?))
    }

    /// What `read` reads, unless it is not there.
    pub(super) fn optional<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Self, &str) -> Result<T, Unavailable>,
    ) -> Result<Option<T>, Unavailable> {
        match self.document.get(name) {
            None | Some(Bson::Null) => Ok(None),
            Some(_) => read(self, name).map(Some),
        }
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, Unavailable> {
        let texts = self.read(name, Bson::as_array)?.iter();
        let texts: Option<Vec<String>> =
            texts.map(|text| Some(text.as_str()?.to_owned())).collect();
        texts.ok_or_else(|| self.unreadable(name))
    }

    pub(super) fn unreadable(&self, field: &str) -> Unavailable {
        self.complaint(format!("{field} is missing or of the wrong type"))
    }

    /// The same of two fields that have to agree and do not.
    pub(super) fn apart(&self, field: &str, other: &str) -> Unavailable {
        self.complaint(format!("{field} does not belong to its {other}"))
    }

    fn complaint(&self, why: String) -> Unavailable {
        let collection = self.collection;
        let document = match self.document.get("_id") {
            Some(Bson::String(id)) => format!("{collection}/{id}"),
            Some(other) => format!("{collection}/{other}"),
            None => format!("{collection}/(without _id)"),
        };
        Unavailable::Unreadable { document, why }
    }
}
