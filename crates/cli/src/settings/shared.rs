//! Settings of both services.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tegata_mongodb::PoolSize;
use tegata_server::{Networks, TrustedProxies};
use tegata_token::Algorithm;
use time::Duration;

use super::{duration, transport::TransportSettings};

#[derive(Args, Clone, Debug)]
pub(crate) struct SharedSettings {
    /// The `iss` claim of tokens [default: the issuer's public URL]
    #[arg(long, env = "ISSUER", value_name = "TEXT", value_parser = not_empty)]
    pub(crate) issuer: Option<String>,

    /// Where other services reach the issuer
    #[arg(long, env = "ISSUER_PUBLIC_URL", value_name = "URL", value_parser = http_url,
          default_value = "http://127.0.0.1:8000")]
    pub(crate) issuer_public_url: url::Url,

    /// The `aud` claim of tokens [default: none, which stock verifiers expect]
    #[arg(long, env = "AUDIENCE", value_name = "TEXT", value_parser = not_empty)]
    pub(crate) audience: Option<String>,

    /// Who may register
    #[arg(long, env = "REGISTRATION", value_enum, default_value = "open")]
    pub(crate) registration: Registration,

    /// Proxies whose X-Forwarded-… headers are believed: addresses or networks, with commas between
    /// [default: none]
    #[arg(long, env = "TRUSTED_PROXIES", value_name = "NETWORKS")]
    pub(crate) trusted_proxies: Option<TrustedProxies>,

    /// From where GET /metrics is answered: addresses or networks, with commas between [default: this machine]
    #[arg(long, env = "METRICS_FROM", value_name = "NETWORKS")]
    pub(crate) metrics_from: Option<Networks>,

    #[command(flatten)]
    pub(crate) transport: TransportSettings,

    #[command(flatten)]
    pub(crate) data: DataSettings,

    #[command(flatten)]
    pub(crate) secret: SecretSettings,

    #[command(flatten)]
    pub(crate) sessions: SessionSettings,

    #[command(flatten)]
    pub(crate) log: LogSettings,
}

impl SharedSettings {
    pub(crate) fn trusted_proxies(&self) -> TrustedProxies {
        self.trusted_proxies.clone().unwrap_or_default()
    }

    pub(crate) fn metrics_from(&self) -> Networks {
        self.metrics_from.clone().unwrap_or_else(Networks::loopback)
    }

    pub(crate) fn issuer_name(&self) -> String {
        let url = || {
            self.issuer_public_url
                .as_str()
                .trim_end_matches('/')
                .to_owned()
        };
        self.issuer.clone().unwrap_or_else(url)
    }
}

#[derive(Args, Clone, Debug)]
pub(crate) struct DataSettings {
    /// Where databases and the secret are kept
    #[arg(
        long,
        env = "DATA_DIR",
        value_name = "FOLDER",
        default_value = "./data",
        value_parser = folder
    )]
    pub(crate) data_dir: PathBuf,

    /// Connections to a MongoDB server at most [default: as the address says, else 20]
    #[arg(long, env = "MONGODB_MAX_POOL_SIZE", value_name = "NUMBER", value_parser = pool_size)]
    pub(crate) mongodb_max_pool_size: Option<u32>,

    /// Connections to a MongoDB server that are kept open [default: as the address says, else none]
    #[arg(long, env = "MONGODB_MIN_POOL_SIZE", value_name = "NUMBER", value_parser = pool_size)]
    pub(crate) mongodb_min_pool_size: Option<u32>,
}

impl DataSettings {
    pub(crate) fn pool_size(&self) -> PoolSize {
        PoolSize {
            max: self.mongodb_max_pool_size,
            min: self.mongodb_min_pool_size,
        }
    }
}

#[derive(Args, Clone, Debug)]
pub(crate) struct SecretSettings {
    /// How tokens are signed: with the shared secret, or with key pairs, whose public halves everybody may have
    #[arg(long, env = "ALGORITHM", value_enum, default_value = "HS256")]
    pub(crate) algorithm: SigningAlgorithm,

    /// Take a weak SECRET_KEY all the same. For development only: anybody can forge tokens
    #[arg(long, env = "INSECURE_ALLOW_WEAK_SECRET", value_parser = yes_or_no, num_args = 0..=1,
          require_equals = true, default_value = "false", default_missing_value = "true",
          value_name = "true|false", hide_possible_values = true)]
    pub(crate) insecure_allow_weak_secret: bool,
}

impl SecretSettings {
    /// Whether tokens are signed with key pairs, and the secret only seals what the issuer keeps.
    pub(crate) fn by_key_pairs(&self) -> bool {
        self.algorithm != SigningAlgorithm::Hs256
    }
}

#[derive(Args, Clone, Debug)]
pub(crate) struct LogSettings {
    /// What is logged, and all that is worse
    #[arg(long, env = "LOG", value_enum, default_value = "info")]
    pub(crate) log: LogLevel,

    /// How the log is written
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "text")]
    pub(crate) log_format: LogFormat,
}

/// When a login session ends by itself.
#[derive(Args, Clone, Debug)]
pub(crate) struct SessionSettings {
    /// How long a login session lasts at most
    #[arg(long, env = "LOGIN_SESSION_MAX_AGE", value_name = "TIME", value_parser = duration::parse,
          default_value = "30d")]
    pub(crate) login_session_max_age: Duration,

    /// How long a login session may be unused
    #[arg(long, env = "LOGIN_SESSION_IDLE", value_name = "TIME", value_parser = duration::parse,
          default_value = "7d")]
    pub(crate) login_session_idle: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Registration {
    Open,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SigningAlgorithm {
    #[value(name = "HS256")]
    Hs256,
    #[value(name = "RS256")]
    Rs256,
    #[value(name = "ES256")]
    Es256,
    #[value(name = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    pub(crate) fn of_token(self) -> Algorithm {
        match self {
            Self::Hs256 => Algorithm::HS256,
            Self::Rs256 => Algorithm::RS256,
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

fn pool_size(text: &str) -> Result<u32, String> {
    let size = text.parse().ok().filter(|size| (1..=1000).contains(size));
    size.ok_or_else(|| "write a number from 1 to 1000, such as 20".to_owned())
}

pub(crate) fn file(text: &str) -> Result<PathBuf, String> {
    not_empty(text).map(PathBuf::from)
}

fn folder(text: &str) -> Result<PathBuf, String> {
    not_empty(text).map(PathBuf::from)
}

/// 1 and 0 too: that is how compose files and shells write it.
pub(crate) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        _ => Err("write true or false".to_owned()),
    }
}

pub(crate) fn not_empty(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("write something, or leave it out".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

pub(crate) fn http_url(text: &str) -> Result<url::Url, String> {
    let advice = "write an address such as http://127.0.0.1:8000";
    let url = url::Url::parse(text).map_err(|_| advice.to_owned())?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url)
    } else {
        Err(advice.to_owned())
    }
}
