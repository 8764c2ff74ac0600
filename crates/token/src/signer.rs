//! Mints tokens: a compact JWS (RFC 7515 §7.1) of type `at+jwt` (RFC 9068 §2.1) that names its key.
//! Whatever the verifier would refuse for its form is not signed in the first place.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::{
    Claims, KeyId, SigningKey, claims::NAMED_CLAIMS, parts::MAX_TOKEN_BYTES,
    verifier::ACCESS_TOKEN_TYPE,
};

/// A token could not be signed.
#[derive(Debug, Error)]
pub enum SignError {
    /// `sub` is empty, and a token speaks of somebody.
    #[error("the claim sub is empty")]
    SubjectEmpty,
    /// One of [`Claims::extra`] bears the name of a field: the token would say two things by one name,
    /// and each verifier would pick its own (RFC 7519 §4).
    #[error("the extra claim {0} has a place of its own")]
    ExtraTaken(&'static str),
    /// Larger than any verifier of ours accepts.
    #[error("the token would have {0} bytes and may have {MAX_TOKEN_BYTES}: shorten its claims")]
    TooLarge(usize),
    /// The claims cannot be written as JSON.
    #[error("the claims cannot be written: {0}")]
    Claims(#[from] serde_json::Error),
    /// The key does not sign.
    #[error("the key does not sign: {0}")]
    Key(#[from] jsonwebtoken::errors::Error),
}

/// Signs claims with one key.
#[derive(Clone, Debug)]
pub struct Signer {
    key: SigningKey,
    header: String,
}

impl Signer {
    /// A signer with this key, of tokens with the type `at+jwt`.
    pub fn new(key: SigningKey) -> Self {
        Self {
            header: header(&key, ACCESS_TOKEN_TYPE),
            key,
        }
    }

    /// Signs tokens of another type (RFC 7519 §5.1), such as `JWT`, for whoever expects that.
    #[must_use]
    pub fn with_type(self, typ: &str) -> Self {
        Self {
            header: header(&self.key, typ),
            ..self
        }
    }

    /// The name of the key.
    pub fn kid(&self) -> &KeyId {
        &self.key.kid
    }

    /// The token that says this.
    ///
    /// # Errors
    /// [`SignError`]
    pub fn sign(&self, claims: &Claims) -> Result<String, SignError> {
        if claims.sub.is_empty() {
            return Err(SignError::SubjectEmpty);
        }
        let taken = NAMED_CLAIMS
            .iter()
            .find(|&&name| claims.extra.contains_key(name));
        if let Some(name) = taken {
            return Err(SignError::ExtraTaken(name));
        }
        self.seal(&serde_json::to_vec(claims)?)
    }

    /// The token that says exactly this, for verifiers that know other claims than ours. Whether it makes sense
    /// is the caller's business.
    ///
    /// # Errors
    /// [`SignError::TooLarge`], [`SignError::Claims`] or [`SignError::Key`]
    pub fn sign_object(&self, claims: &Map<String, Value>) -> Result<String, SignError> {
        self.seal(&serde_json::to_vec(claims)?)
    }

    fn seal(&self, payload: &[u8]) -> Result<String, SignError> {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(payload);
        let message = format!("{}.{payload}", self.header);
        let signature = self.key.sign(&message)?;
        let token = format!("{message}.{signature}");
        if token.len() > MAX_TOKEN_BYTES {
            return Err(SignError::TooLarge(token.len()));
        }
        Ok(token)
    }
}

fn header(key: &SigningKey, typ: &str) -> String {
    let header = json!({
        "alg": key.algorithm.name(),
        "typ": typ,
        "kid": key.kid.as_str(),
    });
    BASE64_URL_SAFE_NO_PAD.encode(header.to_string())
}
