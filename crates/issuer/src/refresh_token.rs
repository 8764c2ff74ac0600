//! Refresh tokens: derived from a session and a key, so that no store holds one.
//!
//! `trt_` + base64url(named ‖ HMAC-SHA256(key, named)), where named is `sid` ‖ generation ‖ owner. The owner is there
//! so that a session's record cannot become somebody else's without its token noticing.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::SecretString;
use tegata_token::Random;

use crate::login_session::{LoginSession, OWNER_BYTES, Owner, Sid};

const PREFIX: &str = "trt_";
const SID_BYTES: usize = 16;
const TAG_BYTES: usize = 32;
const TOKEN_BYTES: usize = SID_BYTES + 4 + OWNER_BYTES + TAG_BYTES;
/// Of a key, in bytes: as long as the hash (RFC 2104 §3).
const KEY_BYTES: usize = 32;

/// The key that refresh tokens are derived from.
#[derive(Clone)]
pub struct RefreshKey(hmac::Key);

/// What a genuine refresh token names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// Its login session.
    pub sid: Sid,
    /// How often that had been rotated when it was made.
    pub generation: u32,
    /// Whose it is.
    pub owner: Owner,
}

impl RefreshKey {
    /// A new key's bytes.
    pub fn generate(random: &dyn Random) -> Vec<u8> {
        let mut bytes = vec![0; KEY_BYTES];
        random.fill(&mut bytes);
        bytes
    }

    /// A key of these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// Tells two deployments apart, and reveals nothing.
    pub(crate) fn fingerprint(&self) -> [u8; 8] {
        let tag = hmac::sign(&self.0, b"tegata deployment");
        let mut fingerprint = [0; 8];
        fingerprint.copy_from_slice(&tag.as_ref()[..8]);
        fingerprint
    }

    /// Tells apart what was typed as a username, and reveals it to nobody without the key: the same for all
    /// issuers of a deployment.
    pub(crate) fn name_tag(&self, typed: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"tegata typed name\0");
        context.update(typed);
        BASE64_URL_SAFE_NO_PAD.encode(&context.sign().as_ref()[..16])
    }

    /// The token that continues this session.
    pub fn token_of(&self, session: &LoginSession) -> SecretString {
        self.token(RefreshToken {
            sid: session.id,
            generation: session.generation,
            owner: Owner::of(session.user),
        })
    }

    /// The token that names this.
    pub fn token(&self, named: RefreshToken) -> SecretString {
        let RefreshToken {
            sid,
            generation,
            owner,
        } = named;
        let mut bytes = [&sid.0[..], &generation.to_be_bytes(), &owner.0].concat();
        let tag = hmac::sign(&self.0, &bytes);
        bytes.extend_from_slice(tag.as_ref());
        let token = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
        SecretString::from(token)
    }

    /// What a token names; none when this key did not make it.
    pub fn read(&self, token: &str) -> Option<RefreshToken> {
        let encoded = token.strip_prefix(PREFIX)?;
        // Whatever is longer is not worth decoding.
        if encoded.len() != (TOKEN_BYTES * 4).div_ceil(3) {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(encoded).ok()?;
        let (named, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG_BYTES)?)?;
        hmac::verify(&self.0, named, tag).ok()?;
        let (sid, rest) = named.split_first_chunk::<SID_BYTES>()?;
        let (generation, owner) = rest.split_first_chunk()?;
        Some(RefreshToken {
            sid: Sid(*sid),
            generation: u32::from_be_bytes(*generation),
            owner: Owner(owner.try_into().ok()?),
        })
    }
}

impl fmt::Debug for RefreshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn only_the_key_that_made_a_token_reads_it() {
        let key = RefreshKey::from_bytes(&[7; 32]);
        let named = RefreshToken {
            sid: Sid([1; 16]),
            generation: 258,
            owner: Owner([5; 8]),
        };
        let token = key.token(named);
        let token = token.expose_secret();
        assert_eq!(key.read(token), Some(named));
        assert_eq!(
            key.token(named).expose_secret(),
            token,
            "derived, not drawn"
        );
        assert_eq!(RefreshKey::from_bytes(&[8; 32]).read(token), None);
    }

    #[test]
    fn what_the_key_signed_for_something_else_is_no_token() {
        let key = RefreshKey::from_bytes(&[7; 32]);
        for length in [0, 20, 27, 29] {
            let mut bytes = vec![1; length];
            let tag = hmac::sign(&key.0, &bytes);
            bytes.extend_from_slice(tag.as_ref());
            let token = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
            assert_eq!(key.read(&token), None, "{length} bytes");
        }
    }

    #[test]
    fn an_altered_token_is_none() {
        let key = RefreshKey::from_bytes(&[7; 32]);
        let named = RefreshToken {
            sid: Sid([1; 16]),
            generation: 0,
            owner: Owner([5; 8]),
        };
        let token = key.token(named);
        let token = token.expose_secret();
        for at in 0..token.len() {
            for letter in ['A', 'B', '=', ' ', '\0'] {
                let mut altered: Vec<char> = token.chars().collect();
                if altered[at] == letter {
                    continue;
                }
                altered[at] = letter;
                let altered: String = altered.into_iter().collect();
                assert_eq!(key.read(&altered), None, "{altered:?}");
            }
        }
        let long = format!("{token}A");
        for other in [
            "",
            "trt_",
            &token[4..],
            &token[..token.len() - 1],
            &long,
            &"trt_".repeat(9000),
        ] {
            assert_eq!(key.read(other), None);
        }
    }
}
