//! The frontend as one thing: built from its settings, it knows its address, and runs until told to stop.

use std::{io, net::SocketAddr, ops::Deref, sync::Arc};

use http::HeaderValue;
use tegata_guard::{
    Guard, KeyAgreement, Revocations,
    agreement::BadIssuer,
    revocations::{Feed, FollowError},
};
use tegata_server::{BindError, Listener, Metrics, TrustedProxies, metrics::Scrapers};
use tegata_token::{Clock, Random};
use thiserror::Error;

use crate::{
    background::Background,
    config::{Config, ForwardAuth, PublicUrl, SessionLimits, is_loopback},
    cookies::CookieJarPolicy,
    credence::{Credence, Unheard},
    farewells::Farewells,
    issuer_client::IssuerClient,
    locale::Language,
    metrics::{Counts, Present},
    refresh::{Exchange, Refresher},
    revocation::Revoker,
    router::{dressed, page_policy},
    session::{MeasuredRecords, Records, SealedStore},
};

/// What the handlers share; cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Shared>);

/// The fields of [`App`].
#[derive(Debug)]
pub struct Shared {
    pub(crate) guard: Guard,
    pub(crate) agreement: KeyAgreement,
    pub(crate) issuer: IssuerClient,
    pub(crate) credence: Credence,
    pub(crate) unheard: Unheard,
    pub(crate) records: Arc<dyn Records>,
    pub(crate) store: SealedStore,
    pub(crate) refresher: Refresher,
    pub(crate) revoker: Revoker,
    pub(crate) background: Background,
    pub(crate) farewells: Farewells,
    pub(crate) cookies: CookieJarPolicy,
    pub(crate) public_url: PublicUrl,
    pub(crate) forward_auth: ForwardAuth,
    pub(crate) page_policy: HeaderValue,
    pub(crate) sessions: SessionLimits,
    pub(crate) default_language: Language,
    pub(crate) registration_open: bool,
    pub(crate) weak_secret: bool,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) counts: Counts,
    pub(crate) metrics: Metrics,
    pub(crate) scrapers: Scrapers,
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
    /// Puts the parts together. Needs a tokio runtime when the feed of ended sessions is followed.
    ///
    /// # Errors
    /// This machine's TLS set-up cannot be read, or the issuer's address is none.
    pub fn new(config: &Config, records: Arc<dyn Records>) -> Result<Self, StartError> {
        let mut guard = Guard::new(config.keys.clone())
            .with_issuer(config.issuer.clone())
            .with_clock(Arc::clone(&config.clock));
        if let Some(audience) = &config.audience {
            guard = guard.with_audience(audience.clone());
        }
        if config.revocations {
            guard = guard.with_revocations(follow(config)?);
        }
        let counts = Counts::default();
        let records: Arc<dyn Records> =
            Arc::new(MeasuredRecords::new(records, counts.records.clone()));
        let credentials = config.issuer_client.clone();
        let issuer = IssuerClient::new(&config.issuer_url, credentials, counts.issuer.clone())
            .map_err(StartError::HttpClient)?;
        let store = SealedStore::new(
            Arc::clone(&records),
            config.sessions,
            Arc::clone(&config.clock),
            Arc::clone(&config.random),
        );
        let (patience, background) = (config.patience, Background::default());
        let refresher = Refresher::new(
            Exchange::new(issuer.clone(), patience, counts.clone()),
            store.clone(),
            (guard.clone(), Arc::clone(&config.clock)),
            patience,
            background.clone(),
        );
        let agreement = guard.agreement(config.issuer_url.as_str())?;
        let present = Present {
            guard: guard.clone(),
            agreement: agreement.clone(),
            background: background.clone(),
        };
        let metrics = Metrics::new("frontend", |registry| counts.register(registry, present));
        Ok(Self(Arc::new(Shared {
            agreement,
            revoker: Revoker::new(issuer.clone(), patience, background.clone()),
            credence: Credence::new(issuer.clone()),
            unheard: Unheard::default(),
            guard,
            issuer,
            records,
            store,
            refresher,
            background,
            farewells: Farewells::default(),
            cookies: CookieJarPolicy::of(
                &config.public_url,
                config.forward_auth.cookie_domain.as_ref(),
            ),
            public_url: config.public_url.clone(),
            page_policy: page_policy(&config.forward_auth),
            forward_auth: config.forward_auth.clone(),
            sessions: config.sessions,
            default_language: config.default_language,
            registration_open: config.registration_open,
            weak_secret: config.weak_secret,
            trusted_proxies: config.trusted_proxies.clone(),
            counts,
            metrics,
            scrapers: Scrapers {
                from: config.metrics_from.clone(),
                proxies: config.trusted_proxies.clone(),
            },
            clock: Arc::clone(&config.clock),
            random: Arc::clone(&config.random),
        })))
    }
}

/// Goes on with what is known while the feed cannot be reached: nobody is signed out for that.
fn follow(config: &Config) -> Result<Revocations, StartError> {
    let mut feed = Feed::of(config.issuer_url.as_str())
        .with_clock(Arc::clone(&config.clock))
        .with_random(Arc::clone(&config.random));
    if !is_loopback(&config.issuer_url) && config.issuer_url.scheme() == "http" {
        // Whoever set that up has been warned: passwords go the same way.
        feed = feed.insecure_plain_http();
    }
    Ok(Revocations::follow(feed)?)
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
    /// The feed of ended sessions cannot be followed.
    #[error("ISSUER_URL: {0}")]
    Feed(#[from] FollowError),
    /// The issuer's keys cannot be asked for.
    #[error("ISSUER_URL: {0}")]
    Agreement(#[from] BadIssuer),
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
        let https = config.public_url.is_secure();
        let transport = config.transport.clone();
        let listener = Listener::bind(config.bind, "FRONTEND_BIND", transport, https).await?;
        Ok(Self { listener, app })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Answers until `stop` resolves, then drains: answers, and what goes on without one.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> io::Result<()> {
        let background = self.app.background.clone();
        // Held until the end: it goes on as long as somebody holds it.
        let _comparing = match self.app.agreement.clone().in_background() {
            Ok(comparing) => Some(comparing),
            Err(cause) => {
                tracing::error!(%cause, "the keys are compared in readiness alone");
                None
            }
        };
        let watching = self.app.credence.clone().watch(background.clone());
        background.spawn(watching);
        let stop = async {
            stop.await;
            background.stop();
        };
        let listener = self.listener.counted_in(self.app.metrics.clone());
        let served = listener.serve(dressed(self.app), stop).await;
        background.finish().await;
        served
    }
}
