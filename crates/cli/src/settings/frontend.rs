//! Settings of the frontend.

use std::{net::SocketAddr, sync::Arc};

use clap::{Args, ValueEnum};
use tegata_frontend::{
    Config, Language,
    config::{
        AppOrigins, BadCookieDomain, BadOrigin, ClientCredentials, CookieDomain, ForwardAuth,
        Patience, PublicUrl, SessionLimits, is_loopback,
    },
};
use tegata_guard::{JwksSource, Keys};
use tegata_token::{SystemClock, SystemRandom};
use url::Url;

use super::{
    issuer::address,
    secret::{Secrets, client_secret},
    shared::{Registration, SharedSettings, http_url, not_empty, yes_or_no},
    store::{self, StoreUrl},
};
use crate::Failure;

#[derive(Args, Clone, Debug)]
pub(crate) struct FrontendSettings {
    /// Where the pages listen
    #[arg(long, env = "FRONTEND_BIND", value_name = "ADDRESS:PORT", value_parser = address,
          default_value = "127.0.0.1:8080")]
    pub(crate) frontend_bind: SocketAddr,

    /// Where browsers find the pages; https, unless it is this machine [default: http://localhost:8080]
    #[arg(long, env = "PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub(crate) public_url: Option<(String, PublicUrl)>,

    /// Who the pages are to the issuer, as `tegata client add` printed it; only with CLIENT_SECRET
    #[arg(long, env = "CLIENT_ID", value_name = "ID", value_parser = not_empty)]
    pub(crate) client_id: Option<String>,

    /// Where sessions are kept: sqlite:FILE or mongodb://HOST/DATABASE [default: sqlite:frontend.db in
    /// the data folder]
    #[arg(long, env = "SESSION_STORE_URL", hide_env_values = true, value_name = "URL",
          value_parser = store::parse)]
    pub(crate) session_store_url: Option<StoreUrl>,

    /// The domain whose hosts all get the pages' cookies, for apps behind a proxy on hosts of their own
    /// [default: the host of PUBLIC_URL alone]
    #[arg(long, env = "COOKIE_DOMAIN", value_name = "DOMAIN", value_parser = cookie_domain)]
    pub(crate) cookie_domain: Option<CookieDomain>,

    /// Where apps on other hosts are found, with commas between: whoever was sent to sign in comes back there
    /// [default: none]
    #[arg(long, env = "FORWARD_AUTH_ORIGINS", value_name = "ORIGINS", value_parser = app_origins)]
    pub(crate) forward_auth_origins: Option<AppOrigins>,

    /// Whether a trusted proxy gets the access token too, for the app behind it
    #[arg(long, env = "FORWARD_AUTH_TOKEN", value_parser = yes_or_no, num_args = 0..=1,
          require_equals = true, default_value = "false", default_missing_value = "true",
          value_name = "true|false", hide_possible_values = true)]
    pub(crate) forward_auth_token: bool,

    /// The language of visitors whose browser asks for neither
    #[arg(long, env = "DEFAULT_LANGUAGE", value_enum, default_value = "ja")]
    pub(crate) default_language: PageLanguage,
}

/// `tegata frontend` alone has to be told where the issuer is; the pair knows.
#[derive(Args, Clone, Debug)]
pub(crate) struct IssuerUrlSettings {
    /// Where the issuer answers
    #[arg(long, env = "ISSUER_URL", value_name = "URL", value_parser = http_url,
          default_value = "http://127.0.0.1:8000")]
    pub(crate) issuer_url: Url,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageLanguage {
    Ja,
    En,
}

impl FrontendSettings {
    fn issuer_client(&self) -> Result<Option<ClientCredentials>, Failure> {
        let (set, missing) = match (&self.client_id, client_secret()?) {
            (None, None) => return Ok(None),
            (Some(id), Some(secret)) => {
                let (id, secret) = (id.clone(), secret.into());
                return Ok(Some(ClientCredentials { id, secret }));
            }
            (Some(_), None) => ("CLIENT_ID", "CLIENT_SECRET"),
            (None, Some(_)) => ("CLIENT_SECRET", "CLIENT_ID"),
        };
        Err(format!(
            "{set} is set and {missing} is not: set both, as `tegata client add` printed them, or neither"
        )
        .into())
    }

    pub(crate) fn config(
        &self,
        shared: &SharedSettings,
        secrets: Option<&Secrets>,
        issuer_url: Url,
    ) -> Result<Config, Failure> {
        if issuer_url.scheme() == "http" && !is_loopback(&issuer_url) {
            tracing::warn!(
                "ISSUER_URL is http: passwords travel in the clear to {issuer_url}; keep that network private"
            );
        }
        let local = || {
            let scheme = shared.transport.tls.scheme();
            let here = format!("{scheme}://localhost:{}", self.frontend_bind.port());
            PublicUrl::parse(&here).map_err(|why| why.to_string())
        };
        let public_url = match &self.public_url {
            Some((_, url)) => url.clone(),
            None if !self.frontend_bind.ip().is_loopback() => {
                return Err(format!(
                    "PUBLIC_URL is not set, and FRONTEND_BIND={} can be reached from other machines: set PUBLIC_URL to the https address that browsers use",
                    self.frontend_bind
                )
                .into());
            }
            None => local()?,
        };
        let keys = match secrets {
            Some(secrets) => Keys::shared_secrets(secrets.shared.clone()),
            None => published(&issuer_url)?,
        };
        let forward_auth = ForwardAuth::new(
            &public_url,
            self.cookie_domain.clone(),
            self.forward_auth_origins.clone().unwrap_or_default(),
            self.forward_auth_token,
        );
        Ok(Config {
            bind: self.frontend_bind,
            transport: shared.transport(self.frontend_bind, "FRONTEND_BIND")?,
            forward_auth: forward_auth.map_err(|why| why.to_string())?,
            public_url,
            issuer_url,
            issuer_client: self.issuer_client()?,
            keys,
            issuer: shared.issuer_name(),
            audience: shared.audience.clone(),
            default_language: match self.default_language {
                PageLanguage::Ja => Language::Japanese,
                PageLanguage::En => Language::English,
            },
            registration_open: shared.registration == Registration::Open,
            sessions: SessionLimits {
                idle: shared.sessions.login_session_idle,
                absolute: shared.sessions.login_session_max_age,
            },
            revocations: true,
            patience: Patience::default(),
            weak_secret: secrets.is_some_and(|secrets| secrets.weak),
            trusted_proxies: shared.trusted_proxies(),
            metrics_from: shared.metrics_from(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        })
    }
}

/// The keys that the issuer publishes: what key pairs are verified with.
fn published(issuer_url: &Url) -> Result<Keys, Failure> {
    let base = issuer_url.as_str().trim_end_matches('/');
    let mut source = JwksSource::at(format!("{base}/.well-known/jwks.json"));
    if issuer_url.scheme() == "http" && !is_loopback(issuer_url) {
        // Whoever set that up has been warned: passwords go the same way.
        source = source.insecure_plain_http();
    }
    Keys::jwks(source).map_err(|why| format!("ISSUER_URL: {why}").into())
}

fn cookie_domain(text: &str) -> Result<CookieDomain, String> {
    text.parse().map_err(|why: BadCookieDomain| why.to_string())
}

fn app_origins(text: &str) -> Result<AppOrigins, String> {
    not_empty(text)?
        .parse()
        .map_err(|why: BadOrigin| why.to_string())
}

fn public_url(text: &str) -> Result<(String, PublicUrl), String> {
    let url = PublicUrl::parse(text).map_err(|why| why.to_string())?;
    Ok((text.trim_end_matches('/').to_owned(), url))
}
