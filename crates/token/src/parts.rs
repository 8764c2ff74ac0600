//! The three segments of a token, before anything in them is read (RFC 7515 §7.1).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::{Reason, VerifyingKey};

/// Larger ones are refused before anything is parsed.
pub(crate) const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// A compact JWS taken apart (RFC 7515 §7.1).
pub(crate) struct Parts<'a> {
    pub(crate) header: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    /// As written, which is how `jsonwebtoken` takes it.
    signature: &'a str,
    /// What the signature is over: all before the last dot, as written.
    signed: &'a str,
}

impl<'a> Parts<'a> {
    pub(crate) fn split(token: &'a str) -> Result<Self, Reason> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Reason::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Reason::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Reason::Malformed)?;
        // A fourth segment leaves a dot in the payload, and a signature may have no second spelling:
        // all three are decoded here.
        decode(signature)?;
        Ok(Self {
            header: decode(header)?,
            payload: decode(payload)?,
            signature,
            signed,
        })
    }

    /// The one of these keys that signed it.
    pub(crate) fn signer<'k>(
        &self,
        mut keys: impl Iterator<Item = &'k VerifyingKey>,
    ) -> Option<&'k VerifyingKey> {
        let signed = self.signed.as_bytes();
        keys.find(|key| {
            let algorithm = key.algorithm.of_jsonwebtoken();
            let right = jsonwebtoken::crypto::verify(self.signature, signed, &key.key, algorithm);
            matches!(right, Ok(true))
        })
    }
}

/// Canonical unpadded base64url (RFC 7515 §2): padding, white space and stray trailing bits are refused.
pub(crate) fn decode(segment: &str) -> Result<Vec<u8>, Reason> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(segment);
    bytes.map_err(|_| Reason::Malformed)
}
