//! JSON without ambiguity: one object, UTF-8, no member named twice at any depth (RFC 8725 §2.4: two
//! readers of an ambiguous document can understand two different things).

use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value, error::Category};
use thiserror::Error;

/// Not one unambiguous JSON object. Says where and what, never the content.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{what} at line {line} column {column}")]
pub struct NotAnObject {
    /// What is wrong.
    pub what: &'static str,
    /// From 1; 0 when the place is not known.
    pub line: usize,
    /// From 1; 0 when the place is not known.
    pub column: usize,
}

/// Reads one JSON object (RFC 8259) and nothing else: no byte order mark before it, nothing but white
/// space after it, no name twice, at most 127 levels.
///
/// # Errors
/// [`NotAnObject`]
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, NotAnObject> {
    let text = std::str::from_utf8(bytes).map_err(|_| NotAnObject {
        what: "invalid UTF-8",
        line: 0,
        column: 0,
    })?;
    let place = |cause: serde_json::Error| NotAnObject {
        what: explain(&cause),
        line: cause.line(),
        column: cause.column(),
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict::deserialize(&mut deserializer).map_err(place)?;
    deserializer.end().map_err(place)?;
    match value.0 {
        Value::Object(members) => Ok(members),
        _ => Err(NotAnObject {
            what: "not an object",
            line: 1,
            column: 1,
        }),
    }
}

const DUPLICATE: &str = "a member is named twice";

/// In words of our own: those of `serde_json` may quote the document.
fn explain(cause: &serde_json::Error) -> &'static str {
    let text = cause.to_string();
    match cause.classify() {
        Category::Eof => "unexpected end",
        Category::Data if text.starts_with(DUPLICATE) => DUPLICATE,
        Category::Syntax if text.starts_with("recursion limit") => "nested too deep",
        Category::Syntax if text.starts_with("number out of range") => "a number too large",
        Category::Syntax if text.starts_with("trailing characters") => "more than one value",
        Category::Syntax | Category::Data | Category::Io => "syntax error",
    }
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> DeserializeSeed<'de> for StrictVisitor {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(StrictVisitor)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            // Before the value is read, so that the place told is that of the name.
            if object.contains_key(&name) {
                return Err(A::Error::custom(DUPLICATE));
            }
            object.insert(name, members.next_value_seed(StrictVisitor)?);
        }
        Ok(Value::Object(object))
    }
}
