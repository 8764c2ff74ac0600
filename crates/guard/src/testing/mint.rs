//! Signs tokens for tests: good ones, and any other.

use std::{fmt::Display, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tegata_token::{
    Algorithm, Claims, Clock, HmacSecret, KeyPair, Keyring, Signer, SigningKey, SystemClock,
    VerifyingKey,
};
use time::Duration;

use crate::Keys;

const LIFETIME: Duration = Duration::minutes(15);
/// Of [`Mint::new`] with an algorithm whose key is a shared secret.
const SECRET: &str = "nobody guards anything real with this secret";

/// One key that signs, and what its tokens say. Clones sign with the same key.
#[derive(Clone, Debug)]
pub struct Mint {
    signing: SigningKey,
    verifying: VerifyingKey,
    typ: String,
    issuer: Option<String>,
    clock: Arc<dyn Clock>,
}

impl Mint {
    /// A fresh key for this algorithm: RS256, ES256 or EdDSA. HS256 has one fixed secret.
    ///
    /// # Panics
    /// Tokens are not minted with this algorithm.
    pub fn new(algorithm: Algorithm) -> Self {
        if algorithm.is_shared_secret() {
            return Self::shared_secret(SECRET);
        }
        Self::of_pair(&KeyPair::generate(algorithm).expect("an algorithm that is minted"))
    }

    /// The secret that all services share, as written in `SECRET_KEY`.
    ///
    /// # Panics
    /// The secret is too short or too well known to be one.
    pub fn shared_secret(secret: &str) -> Self {
        let secret = HmacSecret::parse(secret).expect("a secret of 32 bytes");
        Self::of(secret.signing_key(), secret.verifying_key())
    }

    /// A key pair that is there already.
    pub fn of_pair(pair: &KeyPair) -> Self {
        Self::of(pair.signing_key(), pair.verifying_key())
    }

    fn of(signing: SigningKey, verifying: VerifyingKey) -> Self {
        Self {
            signing,
            verifying,
            typ: "at+jwt".to_owned(),
            issuer: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// From now on tokens carry this `iss`.
    #[must_use]
    pub fn with_issuer(self, issuer: impl Into<String>) -> Self {
        Self {
            issuer: Some(issuer.into()),
            ..self
        }
    }

    /// Issues tokens by another clock, such as a [`ManualClock`](super::ManualClock).
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Tokens of another `typ` than `at+jwt`.
    #[must_use]
    pub fn with_type(self, typ: impl Into<String>) -> Self {
        Self {
            typ: typ.into(),
            ..self
        }
    }

    /// The same key under another `kid`.
    #[must_use]
    pub fn with_kid(self, kid: impl Into<String>) -> Self {
        let kid = kid.into();
        Self {
            signing: self.signing.with_kid(&*kid),
            verifying: self.verifying.with_kid(kid),
            ..self
        }
    }

    pub(super) fn with_fresh_key(&self) -> Self {
        let fresh = Self::new(self.algorithm());
        Self {
            signing: fresh.signing,
            verifying: fresh.verifying,
            ..self.clone()
        }
    }

    pub(super) fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The `kid` of its tokens.
    pub fn kid(&self) -> &str {
        self.signing.kid().as_str()
    }

    /// What it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.signing.algorithm()
    }

    /// Keys for a guard that accepts its tokens.
    pub fn keys(&self) -> Keys {
        Keys::ring(Keyring::new(None, vec![self.verifying.clone()]))
    }

    /// The key that checks its tokens.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// Its public key as it stands in a key set (RFC 7517).
    ///
    /// # Panics
    /// The key is a shared secret.
    pub fn jwk(&self) -> Value {
        json!(self.verifying.jwk().expect("the key of a pair"))
    }

    /// The claims of a good token, good for 15 minutes from now: to be changed and signed.
    pub fn claims(&self, sub: impl Into<String>) -> Claims {
        let mut claims = Claims::new(sub, self.clock.now(), LIFETIME);
        claims.iss = self.issuer.clone();
        claims
    }

    /// A good token.
    pub fn token(&self, sub: impl Into<String>) -> String {
        self.sign(&self.claims(sub))
    }

    /// A token that says this.
    ///
    /// # Panics
    /// The claims are refused by [`Signer::sign`].
    pub fn sign(&self, claims: &Claims) -> String {
        let signer = Signer::new(self.signing.clone()).with_type(&self.typ);
        signer.sign(claims).expect("claims that can be signed")
    }

    /// The header of a good token.
    pub fn header(&self) -> Value {
        json!({"alg": self.algorithm().name(), "typ": self.typ, "kid": self.kid()})
    }

    /// Anything at all under a right signature: `header` and `payload` are taken as they are written, JSON or not,
    /// and the key signs whatever `alg` says.
    ///
    /// ```
    /// use serde_json::json;
    /// use tegata_guard::{testing::Mint, token::Algorithm};
    ///
    /// let mint = Mint::new(Algorithm::EdDSA);
    /// let without_kid = mint.forge(json!({"alg": "EdDSA", "typ": "JWT"}), json!({"sub": "user-1"}));
    /// let at_the_end_of_time = mint.forge(mint.header(), r#"{"sub": "user-1", "exp": 1e400}"#);
    /// ```
    ///
    /// # Panics
    /// The key does not sign.
    pub fn forge(&self, header: impl Display, payload: impl Display) -> String {
        let encode = |part: String| BASE64_URL_SAFE_NO_PAD.encode(part);
        let message = format!(
            "{}.{}",
            encode(header.to_string()),
            encode(payload.to_string())
        );
        let signature = self.signing.sign(&message).expect("a key that signs");
        format!("{message}.{signature}")
    }
}
