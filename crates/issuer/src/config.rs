//! What the issuer is told at start. Parsing of flags and variables is the command's; by the time a
//! value is here, it makes sense.

use std::{net::SocketAddr, num::NonZeroUsize, sync::Arc};

use tegata_server::{Networks, Transport, TrustedProxies};
use tegata_token::{Clock, Random};
use time::Duration;
use url::Url;

use crate::{login_session::Lifetimes, signing::KeySettings};

/// Settings of the issuer, all of them checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub bind: SocketAddr,
    /// How much it takes from the network, and with which certificate.
    pub transport: Transport,
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
    /// How those who fail, or ask too often, are held back.
    pub throttling: Throttling,
    /// True when a weak secret was allowed on purpose; readiness says so.
    pub weak_secret: bool,
    /// Who may say where a request really comes from.
    pub trusted_proxies: TrustedProxies,
    /// From where the metrics may be read.
    pub metrics_from: Networks,
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

/// From where on those who fail, or ask too often, are held back, and how long at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttling {
    /// Wrong passwords at an account after which there is a first wait, 1 or more.
    pub failures_per_account: u32,
    /// The same from an address, at whatever accounts.
    pub failures_per_address: u32,
    /// No address waits longer; an hour at most, after which all is forgotten.
    pub max_wait: Duration,
    /// No account waits longer at an address that has not failed there.
    pub account_max_wait: Duration,
    /// Accounts that an address may register within an hour.
    pub registrations_per_address: u32,
    /// Times a minute that a login session may be refreshed at a process.
    pub refreshes_per_session: u32,
    /// Times a minute that whoever asks may have tokens introspected at a process.
    pub introspections_per_client: u32,
}

impl Default for Throttling {
    fn default() -> Self {
        Self {
            failures_per_account: 5,
            failures_per_address: 20,
            max_wait: Duration::minutes(15),
            account_max_wait: Duration::seconds(30),
            registrations_per_address: 20,
            refreshes_per_session: 60,
            introspections_per_client: 60_000,
        }
    }
}
