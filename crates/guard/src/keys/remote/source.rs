//! Where a key server is, and how it may be asked: settings that cannot be wrong by the time keys are needed.

use std::{sync::Arc, time::Duration};

use tegata_token::{Clock, Random, SystemClock, SystemRandom};
use thiserror::Error;
use url::Url;

use crate::outbound::{self, AddressRefused};

/// How long the last good keys serve when nobody can say whether they still hold.
const STALE_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// A server of keys: the address of its key set, or of an issuer that says where that is.
#[derive(Clone, Debug)]
pub struct JwksSource {
    place: Place,
    plain_http: bool,
    pub(super) stale_age: Duration,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
}

#[derive(Clone, Debug)]
enum Place {
    KeySet(String),
    Issuer(String),
}

/// Where to ask, checked.
#[derive(Clone, Debug)]
pub(super) enum Target {
    KeySet(Url),
    Issuer(Issuer),
}

/// Somebody who says where their key set is.
#[derive(Clone, Debug)]
pub(super) struct Issuer {
    /// As it stands in the tokens; what the server says of itself must be exactly that.
    pub(super) name: String,
    pub(super) url: Url,
    /// Whether the key set may be at `http://` on another machine.
    pub(super) plain_http: bool,
}

/// Why keys cannot be fetched from there. The text says what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JwksError {
    /// It is no address of a key set or of an issuer.
    #[error(
        "write the address of a key set, such as https://login.example.com/.well-known/jwks.json, or that of an issuer, without user and fragment"
    )]
    BadAddress,
    /// http to another machine: whoever sits between could sign in as anybody.
    #[error(
        "write an https:// address; http:// is for localhost, or for a private network with JwksSource::insecure_plain_http"
    )]
    PlainHttp,
    /// This machine's TLS set-up cannot be read.
    #[error("cannot prepare connections to the key server: {0}")]
    HttpClient(reqwest::Error),
}

impl JwksSource {
    /// The key set at this address: `https://`, or `http://` on this machine.
    pub fn at(url: impl Into<String>) -> Self {
        Self::new(Place::KeySet(url.into()))
    }

    /// The key set that this issuer names in its metadata: OpenID Connect Discovery §4, or RFC 8414 §3 where that
    /// is not served. The issuer is written exactly as in its tokens, with or without a slash at its end.
    pub fn of_issuer(issuer: impl Into<String>) -> Self {
        Self::new(Place::Issuer(issuer.into()))
    }

    fn new(place: Place) -> Self {
        Self {
            place,
            plain_http: false,
            stale_age: STALE_AGE,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }

    /// Allows `http://` to another machine, for a private network where nobody else listens or answers. The log
    /// says so.
    #[must_use]
    pub fn insecure_plain_http(self) -> Self {
        Self {
            plain_http: true,
            ..self
        }
    }

    /// How long the last good keys serve while the server is away: 24 hours unless said otherwise. Then tokens are
    /// answered 503.
    #[must_use]
    pub fn with_stale_age(self, stale_age: Duration) -> Self {
        Self { stale_age, ..self }
    }

    /// Judges by another clock how old the keys are.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Spreads the requests to the server by other randomness.
    #[must_use]
    pub fn with_random(self, random: Arc<dyn Random>) -> Self {
        Self { random, ..self }
    }

    pub(super) fn target(&self) -> Result<Target, JwksError> {
        let (Place::KeySet(text) | Place::Issuer(text)) = &self.place;
        let url = outbound::address(text, self.plain_http).map_err(|refused| match refused {
            AddressRefused::Bad => JwksError::BadAddress,
            AddressRefused::PlainHttp => JwksError::PlainHttp,
        })?;
        if url.scheme() == "http" && !outbound::is_loopback(&url) {
            tracing::warn!(
                server = url.origin().ascii_serialization(),
                "keys are fetched over plain http: whoever can change the answers can sign in as anybody"
            );
        }
        match &self.place {
            Place::KeySet(_) => Ok(Target::KeySet(url)),
            Place::Issuer(_) if url.query().is_some() => Err(JwksError::BadAddress),
            Place::Issuer(name) => Ok(Target::Issuer(Issuer {
                name: name.clone(),
                url,
                plain_http: self.plain_http,
            })),
        }
    }
}

impl Target {
    /// For log lines: whom we ask, without path and query.
    pub(super) fn origin(&self) -> String {
        let (Self::KeySet(url) | Self::Issuer(Issuer { url, .. })) = self;
        url.origin().ascii_serialization()
    }

    pub(super) fn issuer(&self) -> Option<&str> {
        match self {
            Self::KeySet(_) => None,
            Self::Issuer(issuer) => Some(&issuer.name),
        }
    }
}

impl From<&str> for JwksSource {
    fn from(url: &str) -> Self {
        Self::at(url)
    }
}

impl From<String> for JwksSource {
    fn from(url: String) -> Self {
        Self::at(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_at(source: &JwksSource) -> String {
        match source.target() {
            Ok(Target::KeySet(url) | Target::Issuer(Issuer { url, .. })) => url.to_string(),
            Err(refused) => refused.to_string(),
        }
    }

    #[test]
    fn http_is_for_this_machine_unless_a_private_network_is_named_as_such() {
        let plain = JwksError::PlainHttp.to_string();
        for (address, expected) in [
            ("https://id.example.com/keys", "https://id.example.com/keys"),
            (
                "https://id.example.com/keys?policy=sign_in",
                "https://id.example.com/keys?policy=sign_in",
            ),
            ("http://127.0.0.1:8000/jwks", "http://127.0.0.1:8000/jwks"),
            ("http://[::1]:8000/jwks", "http://[::1]:8000/jwks"),
            ("http://localhost:8000/jwks", "http://localhost:8000/jwks"),
            ("http://issuer:8000/jwks", &*plain),
            ("http://localhost.example.com/jwks", &plain),
            ("http://10.0.0.7/jwks", &plain),
        ] {
            assert_eq!(asked_at(&JwksSource::at(address)), expected);
        }
        let private = JwksSource::at("http://issuer:8000/jwks").insecure_plain_http();
        assert_eq!(asked_at(&private), "http://issuer:8000/jwks");
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        let bad = JwksError::BadAddress.to_string();
        for address in [
            "",
            "issuer:8000",
            "/.well-known/jwks.json",
            "ftp://localhost/jwks",
            "file:///etc/passwd",
            "https://user:hunter2@login.example.com/jwks",
            "http://hunter2@localhost/jwks",
            "https://login.example.com/jwks#hunter2",
        ] {
            for source in [JwksSource::at(address), JwksSource::of_issuer(address)] {
                assert_eq!(asked_at(&source.insecure_plain_http()), bad, "{address}");
            }
        }
        // OpenID Connect Discovery §2: an issuer has no query.
        let issuer = JwksSource::of_issuer("https://login.example.com/?tenant=1");
        assert_eq!(asked_at(&issuer), bad);
    }
}
