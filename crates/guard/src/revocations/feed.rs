//! Where the feed is, and how it may be fetched: settings that cannot be wrong by the time it is followed.

use std::sync::Arc;

use tegata_token::{Clock, Random, SystemClock, SystemRandom};
use thiserror::Error;
use url::Url;

use crate::outbound::{self, AddressRefused};

/// An issuer's feed of ended login sessions: `GET /revocations`.
#[derive(Clone, Debug)]
pub struct Feed {
    pub(super) issuer: String,
    pub(super) plain_http: bool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
}

/// Why a feed cannot be followed. The text says what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FollowError {
    /// It is no address of an issuer.
    #[error(
        "write the issuer's address, such as https://login.example.com, without user, query and fragment"
    )]
    BadAddress,
    /// http to another machine: whoever sits between could hide that a session has ended.
    #[error(
        "write an https:// address; http:// is for localhost, or for a private network with Feed::insecure_plain_http"
    )]
    PlainHttp,
    /// There is nothing to run in the background with.
    #[error("follow the feed from within a tokio runtime, such as #[tokio::main] makes")]
    NoRuntime,
    /// This machine's TLS set-up cannot be read.
    #[error("cannot prepare connections to the issuer: {0}")]
    HttpClient(reqwest::Error),
}

impl Feed {
    /// The feed of the issuer at this address: `https://`, or `http://` on this machine.
    pub fn of(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            plain_http: false,
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

    /// Judges by another clock when an ended session may be forgotten and how old the last answer is.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Spreads the attempts after a failure by other randomness.
    #[must_use]
    pub fn with_random(self, random: Arc<dyn Random>) -> Self {
        Self { random, ..self }
    }

    /// Where to ask.
    pub(super) fn url(&self) -> Result<Url, FollowError> {
        let mut url =
            outbound::address(&self.issuer, self.plain_http).map_err(|refused| match refused {
                AddressRefused::Bad => FollowError::BadAddress,
                AddressRefused::PlainHttp => FollowError::PlainHttp,
            })?;
        if url.query().is_some() {
            return Err(FollowError::BadAddress);
        }
        if url.scheme() == "http" && !outbound::is_loopback(&url) {
            tracing::warn!(
                issuer = url.origin().ascii_serialization(),
                "ended sessions are learned over plain http: whoever can change the answers decides who is refused"
            );
        }
        let path = format!("{}/revocations", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(url)
    }
}

impl From<&str> for Feed {
    fn from(issuer: &str) -> Self {
        Self::of(issuer)
    }
}

impl From<String> for Feed {
    fn from(issuer: String) -> Self {
        Self::of(issuer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_at(feed: &Feed) -> String {
        match feed.url() {
            Ok(url) => url.to_string(),
            Err(refused) => refused.to_string(),
        }
    }

    #[test]
    fn http_is_for_this_machine_unless_a_private_network_is_named_as_such() {
        let plain = FollowError::PlainHttp.to_string();
        for (address, expected) in [
            (
                "https://login.example.com",
                "https://login.example.com/revocations",
            ),
            (
                "https://example.com/login/",
                "https://example.com/login/revocations",
            ),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000/revocations"),
            ("http://[::1]:8000/", "http://[::1]:8000/revocations"),
            ("http://localhost:8000", "http://localhost:8000/revocations"),
            ("http://issuer:8000", &plain),
            ("http://localhost.example.com", &plain),
            ("http://10.0.0.7", &plain),
        ] {
            assert_eq!(asked_at(&Feed::of(address)), expected);
        }
        let private = Feed::of("http://issuer:8000").insecure_plain_http();
        assert_eq!(asked_at(&private), "http://issuer:8000/revocations");
    }

    #[test]
    fn what_is_no_address_of_an_issuer_is_refused_without_being_repeated() {
        let bad = FollowError::BadAddress.to_string();
        for address in [
            "",
            "issuer:8000",
            "ftp://localhost",
            "file:///etc/passwd",
            "https://user:hunter2@login.example.com",
            "http://hunter2@localhost",
            "https://login.example.com/?token=hunter2",
            "https://login.example.com/#hunter2",
        ] {
            assert_eq!(
                asked_at(&Feed::of(address).insecure_plain_http()),
                bad,
                "{address}"
            );
        }
    }
}
