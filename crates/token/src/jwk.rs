//! JSON Web Keys (RFC 7517, 7518 §6, 8037 §2): public ones out, and sets of them in.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{
    Algorithm, KeyId, VerifyingKey,
    json::parse_object,
    public_key::{Curve, KeyRefused, PublicKey},
};

/// More keys than anybody has; each may have to be tried.
const MAX_KEYS: usize = 100;
/// The members of a private half (RFC 7518 §6.2.2, §6.3.2; RFC 8037 §2): each gives the whole of it away.
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// A public key as it is published. There is no place in it for a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicJwk {
    kty: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
}

impl PublicJwk {
    pub(crate) fn new(kid: &KeyId, algorithm: Algorithm, public: &PublicKey) -> Self {
        let encode = |bytes: &[u8]| Some(BASE64_URL_SAFE_NO_PAD.encode(bytes));
        let mut jwk = Self {
            kty: "RSA",
            usage: "sig",
            alg: algorithm.name(),
            kid: kid.to_string(),
            crv: None,
            n: None,
            e: None,
            x: None,
            y: None,
        };
        match public {
            PublicKey::Rsa { n, e } => (jwk.n, jwk.e) = (encode(n), encode(e)),
            PublicKey::Ec { curve, x, y } => {
                (jwk.kty, jwk.crv) = ("EC", Some(curve.name()));
                (jwk.x, jwk.y) = (encode(x), encode(y));
            }
            PublicKey::Ed25519 { x } => {
                (jwk.kty, jwk.crv, jwk.x) = ("OKP", Some("Ed25519"), encode(x));
            }
        }
        jwk
    }

    /// Its name.
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

/// The keys of somebody else's set that can be used here, and those that cannot.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    /// In the order of the set.
    pub keys: Vec<VerifyingKey>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

/// A key that was left out of a set; the others are used all the same (RFC 7517 §5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its name, when it has one.
    pub kid: Option<String>,
    /// Why.
    pub why: KeyRefused,
}

/// It is not a key set at all.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAKeySet {
    /// Not one unambiguous JSON object.
    #[error("it is not JSON as a key set should be: {0}")]
    NotAnObject(#[from] crate::json::NotAnObject),
    /// RFC 7517 §5.1.
    #[error("it has no list `keys`")]
    NoKeys,
    /// Whoever publishes so many wants something else.
    #[error("it has more than {MAX_KEYS} keys")]
    TooMany,
}

impl KeySet {
    /// Reads a set (RFC 7517 §5). A key that cannot be used is left out and told.
    ///
    /// # Errors
    /// [`NotAKeySet`]
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAKeySet> {
        let mut members = parse_object(bytes)?;
        let Some(Value::Array(items)) = members.remove("keys") else {
            return Err(NotAKeySet::NoKeys);
        };
        if items.len() > MAX_KEYS {
            return Err(NotAKeySet::TooMany);
        }
        let mut set = Self::default();
        for item in items {
            let Value::Object(jwk) = item else {
                set.skip(None, KeyRefused::Malformed);
                continue;
            };
            match verifying_key(&jwk) {
                Ok(key) => set.keys.push(key),
                Err(why) => set.skip(text(&jwk, "kid").ok().flatten().map(str::to_owned), why),
            }
        }
        Ok(set)
    }

    fn skip(&mut self, kid: Option<String>, why: KeyRefused) {
        self.skipped.push(Skipped { kid, why });
    }
}

impl VerifyingKey {
    /// Reads one public key (RFC 7517 §4). Without `alg` it is RS256, ES256, ES384 or EdDSA, by its type;
    /// without `kid` its name is its thumbprint (RFC 7638).
    ///
    /// # Errors
    /// [`KeyRefused`]
    pub fn from_jwk(jwk: &Map<String, Value>) -> Result<Self, KeyRefused> {
        verifying_key(jwk)
    }
}

fn verifying_key(jwk: &Map<String, Value>) -> Result<VerifyingKey, KeyRefused> {
    let kty = text(jwk, "kty")?.ok_or(KeyRefused::Malformed)?;
    if kty == "oct" {
        return Err(KeyRefused::Symmetric);
    }
    if PRIVATE_MEMBERS.iter().any(|name| jwk.contains_key(*name)) {
        return Err(KeyRefused::PrivateHalf);
    }
    if text(jwk, "use")?.is_some_and(|usage| usage != "sig") || !may_verify(jwk)? {
        return Err(KeyRefused::NotForSignatures);
    }
    let public = public_key(jwk, kty)?;
    let algorithm = match text(jwk, "alg")? {
        None => public.usual_algorithm(),
        Some(name) => Algorithm::parse(name)
            .filter(|&algorithm| public.fits(algorithm))
            .ok_or(KeyRefused::UnknownAlgorithm)?,
    };
    let kid = text(jwk, "kid")?.map(|kid| KeyId(kid.to_owned()));
    Ok(public.verifying_key(kid, algorithm))
}

pub(crate) fn public_key(jwk: &Map<String, Value>, kty: &str) -> Result<PublicKey, KeyRefused> {
    let curve = text(jwk, "crv")?.unwrap_or_default();
    match kty {
        "RSA" => PublicKey::rsa(&number(jwk, "n")?, &number(jwk, "e")?),
        "EC" => {
            let curve = Curve::parse(curve).ok_or(KeyRefused::UnknownAlgorithm)?;
            PublicKey::ec(curve, number(jwk, "x")?, number(jwk, "y")?)
        }
        "OKP" if curve == "Ed25519" => PublicKey::ed25519(&number(jwk, "x")?),
        _ => Err(KeyRefused::UnknownAlgorithm),
    }
}

/// RFC 7517 §4.3.
fn may_verify(jwk: &Map<String, Value>) -> Result<bool, KeyRefused> {
    match jwk.get("key_ops") {
        None => Ok(true),
        Some(Value::Array(operations)) => Ok(operations.iter().any(|one| one == "verify")),
        Some(_) => Err(KeyRefused::Malformed),
    }
}

pub(crate) fn text<'a>(
    jwk: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a str>, KeyRefused> {
    match jwk.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(KeyRefused::Malformed),
    }
}

/// Canonical unpadded base64url (RFC 7518 §2).
pub(crate) fn number(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, KeyRefused> {
    let text = text(jwk, name)?.ok_or(KeyRefused::Malformed)?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text);
    bytes.map_err(|_| KeyRefused::Malformed)
}
