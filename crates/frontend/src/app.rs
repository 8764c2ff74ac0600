//! The frontend as one thing: built from its settings, it knows its address, and runs until told to stop.

use std::{io, net::SocketAddr, ops::Deref, sync::Arc};

use tegata_guard::{Guard, Keys};
use tegata_server::{BindError, Listener, TrustedProxies};
use tegata_token::{Clock, Random};
use thiserror::Error;

use crate::{
    config::{Config, SessionLimits},
    cookies::CookieJarPolicy,
    error::failed,
    issuer_client::IssuerClient,
    locale::Language,
    router::router,
    session::Records,
};

/// What the handlers share; cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Shared>);

/// The fields of [`App`].
#[derive(Debug)]
pub struct Shared {
    pub(crate) guard: Guard,
    pub(crate) issuer: IssuerClient,
    pub(crate) records: Arc<dyn Records>,
    pub(crate) cookies: CookieJarPolicy,
    pub(crate) sessions: SessionLimits,
    pub(crate) default_language: Language,
    pub(crate) registration_open: bool,
    pub(crate) key_ids: Vec<String>,
    pub(crate) weak_secret: bool,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// This machine's TLS set-up cannot be read.
    pub fn new(config: &Config, records: Arc<dyn Records>) -> Result<Self, StartError> {
        let mut guard = Guard::new(Keys::ring(config.keys.clone()))
            .with_issuer(config.issuer.clone())
            .with_clock(Arc::clone(&config.clock));
        if let Some(audience) = &config.audience {
            guard = guard.with_audience(audience.clone());
        }
        Ok(Self(Arc::new(Shared {
            guard,
            issuer: IssuerClient::new(&config.issuer_url).map_err(StartError::HttpClient)?,
            records,
            cookies: CookieJarPolicy::of(&config.public_url),
            sessions: config.sessions,
            default_language: config.default_language,
            registration_open: config.registration_open,
            key_ids: config.keys.kids().map(|kid| kid.to_string()).collect(),
            weak_secret: config.weak_secret,
            trusted_proxies: config.trusted_proxies.clone(),
            clock: Arc::clone(&config.clock),
            random: Arc::clone(&config.random),
        })))
    }
}

/// Why the frontend did not start. The text says what to do.
#[derive(Debug, Error)]
pub enum StartError {
    /// See [`BindError`].
    #[error(transparent)]
    Bind(#[from] BindError),
    /// No HTTP client could be made.
    #[error("cannot prepare connections to the issuer: {0}")]
    HttpClient(reqwest::Error),
}

/// A frontend that listens.
#[derive(Debug)]
pub struct Frontend {
    listener: Listener,
    app: App,
}

impl Frontend {
    /// Listens at the address of the settings; nothing is answered before [`Frontend::run`].
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn build(config: &Config, records: Arc<dyn Records>) -> Result<Self, StartError> {
        let app = App::new(config, records)?;
        let listener = Listener::bind(config.bind, "FRONTEND_BIND").await?;
        Ok(Self { listener, app })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Answers until `stop` resolves, then drains.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> io::Result<()> {
        let random = Arc::clone(&self.app.random);
        let proxies = self.app.trusted_proxies.clone();
        let language = self.app.default_language;
        let dressed = tegata_server::dress(router(self.app), random, proxies, move |status| {
            failed(status, language)
        });
        self.listener.serve(dressed, stop).await
    }
}
