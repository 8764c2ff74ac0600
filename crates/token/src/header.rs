//! The protected header of a compact JWS (RFC 7515 §4). Members that we do not know are ignored, those
//! that point to keys elsewhere (`jku`, `jwk`, `x5u`, `x5c`) among them.

use serde_json::{Map, Value};

use crate::{Algorithm, Reason};

#[derive(Debug)]
pub(crate) struct Header {
    /// `None`: one that we do not know, `none` among them.
    pub(crate) algorithm: Option<Algorithm>,
    typ: Option<Value>,
    kid: Option<Value>,
}

impl Header {
    pub(crate) fn read(mut members: Map<String, Value>) -> Result<Self, Reason> {
        // Whatever it lists must be understood (RFC 7515 §4.1.11), and we know no extension.
        if members.contains_key("crit") {
            return Err(Reason::Malformed);
        }
        // RFC 7797 wants it listed there; without that some readers obey it all the same.
        if members.get("b64").is_some_and(|b64| b64 != true) {
            return Err(Reason::Malformed);
        }
        let Some(Value::String(name)) = members.remove("alg") else {
            return Err(Reason::Malformed);
        };
        Ok(Self {
            algorithm: Algorithm::parse(&name),
            typ: members.remove("typ"),
            kid: members.remove("kid"),
        })
    }

    /// The `typ`, if there is one.
    pub(crate) fn typ(&self) -> Result<Option<&str>, Reason> {
        match &self.typ {
            None => Ok(None),
            Some(Value::String(typ)) => Ok(Some(typ)),
            Some(_) => Err(Reason::WrongType),
        }
    }

    /// The `kid`, if there is one.
    pub(crate) fn kid(&self) -> Result<Option<&str>, Reason> {
        match &self.kid {
            None => Ok(None),
            Some(Value::String(kid)) => Ok(Some(kid)),
            Some(_) => Err(Reason::Malformed),
        }
    }
}
