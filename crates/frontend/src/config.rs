//! What the frontend is told at start; by the time a value is here, it makes sense.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration as Limit};

use secrecy::SecretString;
use tegata_guard::Keys;
use tegata_server::{Networks, Transport, TrustedProxies};
use tegata_token::{Clock, Random};
use thiserror::Error;
use time::Duration;
use url::{Host, Origin, Url};

use crate::locale::Language;

mod forward_auth;

pub use forward_auth::{
    AppOrigins, BadCookieDomain, BadForwardAuth, BadOrigin, CookieDomain, ForwardAuth,
};

/// Settings of the frontend, all of them checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub bind: SocketAddr,
    /// How much it takes from the network, and with which certificate.
    pub transport: Transport,
    /// Where browsers find the pages.
    pub public_url: PublicUrl,
    /// Where the issuer answers.
    pub issuer_url: Url,
    /// Who the pages are to the issuer, when it takes passwords from clients alone.
    pub issuer_client: Option<ClientCredentials>,
    /// Verifies tokens.
    pub keys: Keys,
    /// The `iss` that tokens must carry.
    pub issuer: String,
    /// The `aud` that tokens must carry, when any.
    pub audience: Option<String>,
    /// The language of visitors whose browser names neither.
    pub default_language: Language,
    /// Whether the pages offer to register.
    pub registration_open: bool,
    /// How long a login session may be unused, and how long it may last.
    pub sessions: SessionLimits,
    /// Whether to follow the issuer's feed of ended login sessions. Without it, or while it cannot be reached, an
    /// ended session is noticed when its access token ends.
    pub revocations: bool,
    /// How long to wait for the issuer in the name of whoever is signed in.
    pub patience: Patience,
    /// True when a weak secret was allowed on purpose; every page says so.
    pub weak_secret: bool,
    /// Which apps share the sign-in of the pages, and how.
    pub forward_auth: ForwardAuth,
    /// Who may say where a request really comes from.
    pub trusted_proxies: TrustedProxies,
    /// From where the metrics may be read.
    pub metrics_from: Networks,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub random: Arc<dyn Random>,
}

/// What a client proves who it is with (RFC 6749 §2.3.1).
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// The `client_id`.
    pub id: String,
    /// The `client_secret`.
    pub secret: SecretString,
}

/// When a session ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// After this long without a request.
    pub idle: Duration,
    /// This long after signing in, whatever happens.
    pub absolute: Duration,
}

/// How long a frontend waits for the issuer where a page can also be shown without it, or again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For what a page can do without: fresh tokens while the old ones serve, the word that a session has
    /// ended. It goes on in the background.
    pub brief: Limit,
    /// For one answer; then the question is asked again.
    pub answer: Limit,
    /// For a refresh as a whole.
    pub refresh: Limit,
    /// For what the issuer may have done without our hearing of it: so long the same question is asked again,
    /// whoever still waits. Shorter than the issuer's grace (`REFRESH_GRACE`).
    pub insist: Limit,
    /// Before something that failed is tried again.
    pub pause: Limit,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            brief: Limit::from_millis(250),
            answer: Limit::from_secs(5),
            refresh: Limit::from_secs(12),
            insist: Limit::from_secs(25),
            pause: Limit::from_secs(2),
        }
    }
}

/// The address that browsers see. It decides what cookies are called and whether they are `Secure`, and leads apps
/// of other hosts to the login page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

/// The public address would send passwords and cookies in the clear, or is no address.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadPublicUrl {
    /// http for a host that is not this machine.
    #[error(
        "write an https:// address; http:// is for localhost only, because passwords and cookies would travel in the clear"
    )]
    Insecure,
    /// Neither http nor https, or more than an origin.
    #[error("write an address such as https://login.example.com, without a path")]
    NotAnOrigin,
}

impl fmt::Display for PublicUrl {
    /// As an origin: `https://login.example.com`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin().ascii_serialization())
    }
}

impl PublicUrl {
    /// Judges the address.
    ///
    /// # Errors
    /// See [`BadPublicUrl`].
    pub fn parse(text: &str) -> Result<Self, BadPublicUrl> {
        let url = Url::parse(text).map_err(|_| BadPublicUrl::NotAnOrigin)?;
        let origin_only = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        match url.scheme() {
            "https" if origin_only => Ok(Self(url)),
            "http" if origin_only && is_loopback(&url) => Ok(Self(url)),
            "http" if origin_only => Err(BadPublicUrl::Insecure),
            _ => Err(BadPublicUrl::NotAnOrigin),
        }
    }

    /// Whether browsers come by https.
    pub fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// As browsers write it: `login.example.com`, `127.0.0.1`, `[::1]`.
    pub(crate) fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    pub(crate) fn origin(&self) -> Origin {
        self.0.origin()
    }

    /// One of the pages' paths as an address.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{self}{path}")
    }
}

/// Whether the host of a URL is this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_this_machine_only() {
        for (text, expected) in [
            ("https://login.example.com", Ok(true)),
            ("http://localhost:8080", Ok(false)),
            ("http://127.0.0.1:8080/", Ok(false)),
            ("http://[::1]:8080", Ok(false)),
            ("http://login.example.com", Err(BadPublicUrl::Insecure)),
            ("http://localhost.example.com", Err(BadPublicUrl::Insecure)),
            (
                "https://login.example.com/path",
                Err(BadPublicUrl::NotAnOrigin),
            ),
            ("ftp://localhost", Err(BadPublicUrl::NotAnOrigin)),
            ("localhost:8080", Err(BadPublicUrl::NotAnOrigin)),
        ] {
            assert_eq!(
                PublicUrl::parse(text).map(|url| url.is_secure()),
                expected,
                "{text}"
            );
        }
    }
}
