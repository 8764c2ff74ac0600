//! What the handlers share, put together from the settings.

use std::{ops::Deref, sync::Arc};

use tegata_guard::Guard;
use tegata_server::{Metrics, TrustedProxies, metrics::Scrapers};
use tegata_token::{Clock, Keyring, Random, Signer};
use url::Url;

use crate::{
    accounts::Accounts,
    audit::Audit,
    client_registry::ClientRegistry,
    config::{AuthFields, Config, PasswordGrant, Registration},
    error::ApiError,
    event::By,
    hasher::Hasher,
    kept_keys::KeptKeys,
    login_session::Lifetimes,
    metrics::Counts,
    refresh_token::RefreshKey,
    revocations::Feed,
    sealing::{Kept, KeyError},
    service::StartError,
    sessions::Sessions,
    signing::TokenKeys,
    store::{MeasuredStore, Store},
    throttle::Throttle,
};

/// What the handlers share; cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Shared>);

/// The fields of [`App`].
#[derive(Debug)]
pub struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) hasher: Hasher,
    pub(crate) token_keys: Arc<TokenKeys>,
    pub(crate) guard: Guard,
    pub(crate) issuer: String,
    pub(crate) public_url: Url,
    pub(crate) audience: Option<String>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) kept_keys: KeptKeys,
    pub(crate) feed: Feed,
    pub(crate) audit: Audit,
    pub(crate) registration: Registration,
    pub(crate) password_grant: PasswordGrant,
    pub(crate) auth_fields: AuthFields,
    pub(crate) throttle: Throttle,
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
    /// Accounts, as changed by these.
    pub fn accounts(&self, by: By) -> Accounts {
        Accounts {
            audit: self.audit.clone(),
            by,
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        }
    }

    pub(crate) fn sessions(&self, by: By) -> Sessions {
        Sessions {
            audit: self.audit.clone(),
            by,
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
        }
    }

    /// Clients, as added and removed by these.
    pub fn clients(&self, by: By) -> ClientRegistry {
        ClientRegistry {
            audit: self.audit.clone(),
            by,
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        }
    }

    /// Opens the keys that the store keeps, or makes them. Without this they are opened when they are needed.
    ///
    /// # Errors
    /// [`KeyError`]
    pub async fn open_keys(&self) -> Result<(), KeyError> {
        self.opened_refresh_key().await?;
        let store = self.store.as_ref();
        self.token_keys.look(store, &self.audit, true).await
    }

    /// Follows the keys in the store: those that another process has made or retired, and a new secret, which
    /// seals them from now on.
    ///
    /// # Errors
    /// [`KeyError`]; everything goes on as it was.
    pub async fn look_at_keys(&self) -> Result<(), KeyError> {
        let store = self.store.as_ref();
        self.token_keys.look(store, &self.audit, false).await?;
        if self.kept_keys.opened().is_some() {
            let sealing = self.token_keys.sealing()?;
            let random = self.random.as_ref();
            sealing.find(Kept::RefreshKey, store, random).await?;
        }
        Ok(())
    }

    /// Puts in force what the clock and the files of secrets say, without the store.
    pub fn tick_keys(&self) {
        self.token_keys.tick();
    }

    pub(crate) async fn refresh_key(&self) -> Result<&RefreshKey, ApiError> {
        Ok(self.opened_refresh_key().await?)
    }

    /// What signs at this moment.
    pub(crate) async fn signer(&self) -> Result<Arc<Signer>, ApiError> {
        if let Some(signer) = self.token_keys.signer() {
            return Ok(signer);
        }
        let store = self.store.as_ref();
        self.token_keys.look(store, &self.audit, false).await?;
        self.token_keys.signer().ok_or(ApiError::Internal)
    }

    /// What verifies, with the key pairs of the store, whichever signs.
    pub(crate) async fn every_key(&self) -> Result<Arc<Keyring>, ApiError> {
        if let Some(ring) = self.token_keys.whole_ring() {
            return Ok(ring);
        }
        let store = self.store.as_ref();
        self.token_keys.look(store, &self.audit, false).await?;
        self.token_keys.whole_ring().ok_or(ApiError::Internal)
    }

    pub(crate) async fn opened_refresh_key(&self) -> Result<&RefreshKey, KeyError> {
        if let Some(opened) = self.kept_keys.opened() {
            return Ok(opened);
        }
        let (store, random) = (self.store.as_ref(), self.random.as_ref());
        let sealing = self.token_keys.sealing()?;
        self.kept_keys.refresh(store, &sealing, random).await
    }

    /// Puts the parts together.
    ///
    /// # Errors
    /// There is no thread for the hashing.
    pub fn new(config: &Config, store: Arc<dyn Store>) -> Result<Self, StartError> {
        let token_keys = Arc::new(TokenKeys::new(
            config.keys.clone(),
            config.lifetimes.access_token,
            Arc::clone(&config.clock),
            Arc::clone(&config.random),
        ));
        let counts = Counts::default();
        let store: Arc<dyn Store> = Arc::new(MeasuredStore::new(store, counts.store.clone()));
        let mut guard = Guard::new(token_keys.guard_keys())
            .with_issuer(config.issuer.clone())
            .with_clock(Arc::clone(&config.clock));
        if let Some(audience) = &config.audience {
            guard = guard.with_audience(audience.clone());
        }
        let (clock, random) = (Arc::clone(&config.clock), Arc::clone(&config.random));
        let audit = Audit::new(Arc::clone(&store), clock, random);
        let hasher = Hasher::start(config.hashing).map_err(StartError::NoThreads)?;
        hasher.observe(Arc::clone(&counts.hashing) as _);
        let metrics = Metrics::new("issuer", |registry| {
            counts.register(registry, (&audit, &hasher), &token_keys);
        });
        Ok(Self(Arc::new(Shared {
            store,
            audit,
            hasher,
            token_keys,
            guard,
            issuer: config.issuer.clone(),
            public_url: config.public_url.clone(),
            audience: config.audience.clone(),
            lifetimes: config.lifetimes,
            kept_keys: KeptKeys::default(),
            feed: Feed::new(config.lifetimes),
            registration: config.registration,
            password_grant: config.password_grant,
            auth_fields: config.auth_fields.clone(),
            throttle: Throttle::new(config.throttling, &config.hashing),
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
