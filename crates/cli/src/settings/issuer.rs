//! Settings of the issuer.

use std::{net::SocketAddr, num::NonZeroUsize, sync::Arc, thread::available_parallelism};

use clap::{Args, ValueEnum};
use tegata_issuer::{
    Config,
    config::{AuthFields, Hashing, PasswordGrant as Grant, Registration},
    login_session::Lifetimes,
    password::MAX_COST,
};
use tegata_token::{SystemClock, SystemRandom};
use time::Duration;

use super::{
    duration,
    key_pair::KeyPairSettings,
    secret::Secrets,
    shared::{self, SharedSettings, not_empty},
    store::{self, StoreUrl},
    throttling::ThrottlingSettings,
};
use crate::Failure;

#[derive(Args, Clone, Debug)]
pub(crate) struct IssuerSettings {
    /// Where the issuer listens
    #[arg(long, env = "ISSUER_BIND", value_name = "ADDRESS:PORT", value_parser = address,
          default_value = "127.0.0.1:8000")]
    pub(crate) issuer_bind: SocketAddr,

    /// How long an access token lives
    #[arg(long, env = "ACCESS_TOKEN_TTL", value_name = "TIME", value_parser = duration::parse,
          default_value = "15m")]
    pub(crate) access_token_ttl: Duration,

    /// How long a login session lasts at most when the browser is not to be remembered
    #[arg(long, env = "BROWSER_SESSION_MAX_AGE", value_name = "TIME", value_parser = duration::parse,
          default_value = "12h")]
    pub(crate) browser_session_max_age: Duration,

    /// How long a refresh token that was used gives the same successor again
    #[arg(long, env = "REFRESH_GRACE", value_name = "TIME", value_parser = duration::parse,
          default_value = "30s")]
    pub(crate) refresh_grace: Duration,

    /// How long audit events are kept
    #[arg(long, env = "AUDIT_RETENTION", value_name = "TIME", value_parser = duration::parse,
          default_value = "90d")]
    pub(crate) audit_retention: Duration,

    /// Passwords that may wait to be checked; one more is answered 503
    #[arg(long, env = "BCRYPT_QUEUE", value_name = "NUMBER", default_value = "32",
          value_parser = queue)]
    pub(crate) bcrypt_queue: usize,

    /// How long a password may wait to be checked; then it is answered 503
    #[arg(long, env = "BCRYPT_DEADLINE", value_name = "TIME", value_parser = deadline,
          default_value = "5s")]
    pub(crate) bcrypt_deadline: std::time::Duration,

    /// Who may send users' passwords to POST /token and POST /auth: anybody, clients, or nobody
    #[arg(long, env = "PASSWORD_GRANT", value_enum, default_value = "open")]
    pub(crate) password_grant: PasswordGrant,

    /// The member of POST /auth that holds the username
    #[arg(long, env = "AUTH_USERNAME_KEY", value_name = "NAME", default_value = "username",
          value_parser = not_empty)]
    pub(crate) auth_username_key: String,

    /// The member of POST /auth that holds the password
    #[arg(long, env = "AUTH_PASSWORD_KEY", value_name = "NAME", default_value = "password",
          value_parser = not_empty)]
    pub(crate) auth_password_key: String,

    /// Name of the first account, made when there is none
    #[arg(long, env = "ADMIN_USERNAME", value_name = "NAME", default_value = "admin",
          value_parser = not_empty)]
    pub(crate) admin_username: String,

    #[command(flatten)]
    pub(crate) throttling: ThrottlingSettings,

    #[command(flatten)]
    pub(crate) key_pairs: KeyPairSettings,

    #[command(flatten)]
    pub(crate) users: UserStoreSettings,
}

/// What `tegata user` needs as well.
#[derive(Args, Clone, Debug)]
pub(crate) struct UserStoreSettings {
    /// Where users are kept: sqlite:FILE or mongodb://HOST/DATABASE [default: sqlite:issuer.db in the
    /// data folder]
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL",
          value_parser = store::parse)]
    pub(crate) database_url: Option<StoreUrl>,

    /// How much work a password hash is: each step doubles it
    #[arg(long, env = "BCRYPT_COST", value_name = "4..16", default_value = "12",
          value_parser = cost)]
    pub(crate) bcrypt_cost: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PasswordGrant {
    Open,
    Clients,
    Off,
}

impl IssuerSettings {
    pub(crate) fn config(
        &self,
        shared: &SharedSettings,
        secrets: &Secrets,
    ) -> Result<Config, Failure> {
        if self.auth_username_key == self.auth_password_key {
            return Err(
                "AUTH_USERNAME_KEY and AUTH_PASSWORD_KEY are the same: write two names".into(),
            );
        }
        Ok(Config {
            bind: self.issuer_bind,
            transport: shared.transport(self.issuer_bind, "ISSUER_BIND")?,
            public_url: shared.issuer_public_url.clone(),
            keys: self.key_pairs.keys(&shared.secret, secrets)?,
            issuer: shared.issuer_name(),
            audience: shared.audience.clone(),
            lifetimes: Lifetimes {
                access_token: self.access_token_ttl,
                session: shared.sessions.login_session_max_age,
                browser_session: self.browser_session_max_age,
                idle: shared.sessions.login_session_idle,
                grace: self.refresh_grace,
            },
            registration: match shared.registration {
                shared::Registration::Open => Registration::Open,
                shared::Registration::Closed => Registration::Closed,
            },
            password_grant: match self.password_grant {
                PasswordGrant::Open => Grant::Open,
                PasswordGrant::Clients => Grant::Clients,
                PasswordGrant::Off => Grant::Off,
            },
            auth_fields: AuthFields {
                username: self.auth_username_key.clone(),
                password: self.auth_password_key.clone(),
            },
            hashing: Hashing {
                cost: self.users.bcrypt_cost,
                threads: available_parallelism().unwrap_or(NonZeroUsize::MIN),
                queue: self.bcrypt_queue,
                deadline: self.bcrypt_deadline,
                max_cost: MAX_COST,
            },
            throttling: self.throttling.throttling()?,
            weak_secret: secrets.weak,
            trusted_proxies: shared.trusted_proxies(),
            metrics_from: shared.metrics_from(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        })
    }
}

fn cost(text: &str) -> Result<u32, String> {
    let cost = text.parse().ok().filter(|cost| (4..=16).contains(cost));
    cost.ok_or_else(|| "write a number from 4 to 16, such as 12".to_owned())
}

fn queue(text: &str) -> Result<usize, String> {
    let queue = text
        .parse()
        .ok()
        .filter(|queue| (1..=10_000).contains(queue));
    queue.ok_or_else(|| "write a number from 1 to 10000, such as 32".to_owned())
}

/// Longer than half a minute no client waits, and this service answers 503 by itself.
fn deadline(text: &str) -> Result<std::time::Duration, String> {
    let wrong = || "write a time from 100ms to 30s, such as 5s".to_owned();
    let time = humantime::parse_duration(text).map_err(|_| wrong())?;
    let bounds = std::time::Duration::from_millis(100)..=std::time::Duration::from_secs(30);
    bounds.contains(&time).then_some(time).ok_or_else(wrong)
}

pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "write an address and a port, such as 127.0.0.1:8000".to_owned())
}
