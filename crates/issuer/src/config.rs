//! What the issuer is told at start. Parsing of flags and variables is the command's; by the time a
//! value is here, it makes sense.

use std::{net::SocketAddr, num::NonZeroUsize, sync::Arc};

use tegata_server::TrustedProxies;
use tegata_token::{Clock, Random};
use url::Url;

use crate::{login_session::Lifetimes, signing::KeySettings};

/// Settings of the issuer, all of them checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub bind: SocketAddr,
    /// Where other programs reach it.
    pub public_url: Url,
    /// What signs new tokens, verifies those that come back, and seals the keys that the store keeps.
    pub keys: KeySettings,
    /// The `iss` claim.
    pub issuer: String,
    /// The `aud` claim; absent when none.
    pub audience: Option<String>,
    /// How long tokens and login sessions live.
    pub lifetimes: Lifetimes,
    /// Whether anybody may register.
    pub registration: Registration,
    /// From whom passwords are taken.
    pub password_grant: PasswordGrant,
    /// Names of the two members that `POST /auth` reads.
    pub auth_fields: AuthFields,
    /// Work of password hashing.
    pub hashing: Hashing,
    /// True when a weak secret was allowed on purpose; readiness says so.
    pub weak_secret: bool,
    /// Who may say where a request really comes from.
    pub trusted_proxies: TrustedProxies,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub random: Arc<dyn Random>,
}

/// Whether `POST /users` is open to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Anybody may register.
    Open,
    /// Accounts are made by an administrator.
    Closed,
}

/// From whom `POST /token` and `POST /auth` take a user's password (RFC 6749 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordGrant {
    /// From anybody.
    Open,
    /// From a client that authenticates, such as the pages.
    Clients,
    /// From nobody (RFC 9700 §2.4): tokens are refreshed and checked, and nobody logs in.
    Off,
}

/// Flask-JWT's configurable field names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthFields {
    /// `AUTH_USERNAME_KEY`
    pub username: String,
    /// `AUTH_PASSWORD_KEY`
    pub password: String,
}

impl Default for AuthFields {
    fn default() -> Self {
        Self {
            username: "username".to_owned(),
            password: "password".to_owned(),
        }
    }
}

/// How much work a password is, and how much of it may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashing {
    /// bcrypt's cost for new hashes, 4 to 31.
    pub cost: u32,
    /// Threads that do nothing else.
    pub threads: NonZeroUsize,
    /// Passwords that may wait for a thread; one more is refused with 503.
    pub queue: usize,
    /// How long one may wait before it is refused with 503.
    pub deadline: std::time::Duration,
    /// Dearest stored hash that is computed; no password fits another.
    pub max_cost: u32,
}
