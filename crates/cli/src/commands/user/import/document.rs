//! What a MongoDB document says, in the terms of a record.

use mongodb::bson::{Bson, Document, Uuid, spec::BinarySubtype};
use serde_json::{Map, Number, Value};
use tegata_issuer::import::Record;

/// Most letters of an `_id` that are shown.
const SHOWN: usize = 64;

/// How a message names a document.
pub(super) fn shown(id: &Bson) -> String {
    let text = match id {
        Bson::ObjectId(id) => id.to_hex(),
        Bson::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    text.chars()
        .filter(|c| !c.is_control())
        .take(SHOWN)
        .collect()
}

pub(super) fn record(document: Document) -> Record {
    let mut members = Map::new();
    for (name, bson) in document {
        if name != "_id" {
            let value = if Record::knows(&name) {
                value(bson)
            } else {
                Value::Null
            };
            members.insert(name, value);
            continue;
        }
        // An ObjectId is nobody's id here; a UUID may be.
        let id = value(bson);
        let uuid = id
            .as_str()
            .is_some_and(|text| Uuid::parse_str(text).is_ok());
        if uuid && !members.contains_key("id") {
            members.insert("id".to_owned(), id);
        }
    }
    Record::new(members)
}

/// What a record can hold; all else becomes an object, which is refused where it matters.
fn value(bson: Bson) -> Value {
    let strange = || Value::Object(Map::new());
    match bson {
        Bson::Null | Bson::Undefined => Value::Null,
        Bson::String(text) => Value::from(text),
        Bson::Boolean(flag) => Value::from(flag),
        Bson::Int32(number) => Value::from(number),
        Bson::Int64(number) => Value::from(number),
        Bson::Double(number) => Number::from_f64(number).map_or_else(strange, Value::from),
        Bson::Array(list) => list.into_iter().map(value).collect(),
        Bson::DateTime(at) => at
            .try_to_rfc3339_string()
            .map_or_else(|_| strange(), Value::from),
        // Flask-Bcrypt gives bytes, and PyMongo keeps them so.
        Bson::Binary(binary) if binary.subtype == BinarySubtype::Generic => {
            String::from_utf8(binary.bytes).map_or_else(|_| strange(), Value::from)
        }
        Bson::Binary(binary) => binary
            .to_uuid()
            .map_or_else(|_| strange(), |id| Value::from(id.to_string())),
        _ => strange(),
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{Binary, DateTime, doc, oid::ObjectId};

    use super::*;

    #[test]
    fn what_python_keeps_in_a_document_is_read() {
        let bytes = Bson::Binary(Binary {
            subtype: BinarySubtype::Generic,
            bytes: b"$2b$".to_vec(),
        });
        assert_eq!(value(bytes), Value::from("$2b$"));
        let id = Uuid::new();
        assert_eq!(value(Bson::from(id)), Value::from(id.to_string()));
        let at = DateTime::from_millis(1_714_532_400_123);
        assert_eq!(
            value(Bson::from(at)),
            Value::from("2024-05-01T03:00:00.123Z")
        );
        assert_eq!(value(Bson::from(1.5)), Value::from(1.5));
        assert!(value(Bson::MinKey).is_object());
    }

    #[test]
    fn an_object_id_is_no_id_and_a_uuid_is_one() {
        let id = Uuid::new();
        for (document, unknown) in [
            (doc! { "_id": id, "age": 7 }, vec!["age"]),
            (doc! { "_id": ObjectId::new() }, vec![]),
        ] {
            assert_eq!(record(document).unknown().collect::<Vec<_>>(), unknown);
        }
    }
}
