//! Several issuers and frontends on one database.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration as Limit, Instant},
};

use axum::{Router, middleware::from_fn_with_state, routing::get};
use secrecy::ExposeSecret;
use tegata_frontend::{
    Frontend,
    session::{MongoRecords, Records, SqliteRecords},
};
use tegata_guard::{
    Guard, Keys, Revocations,
    revocations::Feed,
    token::{Clock as _, Keyring, ManualClock, SystemClock},
};
use tegata_issuer::{
    App, Issuer,
    kept_keys::KeptKeys,
    login_session::LoginSession,
    sealing::Sealing,
    signing::KeySettings,
    store::{MongoStore, SqliteStore, Store},
    user::UsernameKey,
};
use tegata_mongod::Mongod;
use tegata_mongodb::Address;
use tegata_token::{HmacSecret, SystemRandom};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use super::meddler::{Meddler, meddle};
use crate::pair::{
    CHEAP, IDLE, ISSUER_NAME, USERNAME, add_user, frontend_config, issuer_config, keys,
};

/// How long anything may take.
pub(super) const PATIENCE: Limit = Limit::from_secs(30);

/// See the module.
pub(super) struct World {
    pub(super) clock: ManualClock,
    pub(super) store: Arc<dyn Store>,
    pub(super) records: Arc<dyn Records>,
    pub(super) meddler: Meddler,
    pub(super) issuers: Vec<Node>,
    pub(super) frontends: Vec<Node>,
    _folder: Option<TempDir>,
}

/// A service at an address, which another can take.
pub(super) struct Node {
    pub(super) address: SocketAddr,
    runs: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Node {
    fn spawn<F>(address: SocketAddr, run: impl FnOnce(watch::Receiver<bool>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (runs, stopped) = watch::channel(true);
        Self {
            address,
            runs,
            task: tokio::spawn(run(stopped)),
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    /// As a signal does; returns when it has ended.
    pub(super) async fn stop(self) -> SocketAddr {
        self.runs.send_replace(false);
        tokio::time::timeout(PATIENCE, self.task)
            .await
            .unwrap()
            .unwrap();
        self.address
    }
}

/// The keys of one moment, and what seals the store's.
pub(super) struct Secrets {
    pub(super) current: &'static str,
    pub(super) previous: Vec<&'static str>,
}

impl Secrets {
    fn parse(&self) -> (HmacSecret, Vec<HmacSecret>) {
        let parse = |text: &&str| HmacSecret::parse(text).unwrap();
        (
            parse(&self.current),
            self.previous.iter().map(parse).collect(),
        )
    }

    pub(super) fn keys(&self) -> Keyring {
        let (current, previous) = self.parse();
        Keyring::shared_secret(current, previous)
    }

    pub(super) fn settings(&self) -> KeySettings {
        let (current, previous) = self.parse();
        KeySettings::shared_secret(current, previous)
    }
}

impl World {
    /// One of each, on files.
    pub(super) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let users = SqliteStore::open(&folder.path().join("issuer.db"), "DATABASE_URL");
        let records = SqliteRecords::open(&folder.path().join("frontend.db"), "SESSION_STORE_URL");
        let (users, records) = (Arc::new(users.unwrap()), Arc::new(records.unwrap()));
        Self::build(users, records, 1, Some(folder)).await
    }

    /// Two of each, on a replica set.
    pub(super) async fn on_mongodb() -> Self {
        let server = Mongod::shared_replica_set();
        Self::at(&server.fresh_uri(), &server.fresh_uri()).await
    }

    /// Two of each, on these databases.
    pub(super) async fn at(users: &str, sessions: &str) -> Self {
        let users = MongoStore::new(Address::parse(users).unwrap());
        let records = MongoRecords::new(Address::parse(sessions).unwrap(), IDLE);
        users.database().prepare().await.unwrap();
        records.database().prepare().await.unwrap();
        Self::build(Arc::new(users), Arc::new(records), 2, None).await
    }

    async fn build(
        store: Arc<dyn Store>,
        records: Arc<dyn Records>,
        of_each: usize,
        folder: Option<TempDir>,
    ) -> Self {
        // Databases forget by their own clock, so the story begins now.
        let clock = ManualClock::new(SystemClock.now().replace_nanosecond(0).unwrap());
        add_user(&clock, CHEAP, &store).await;
        let mut world = Self {
            clock,
            store,
            records,
            meddler: Meddler::default(),
            issuers: Vec::new(),
            frontends: Vec::new(),
            _folder: folder,
        };
        for number in 0..of_each {
            world.issuers.push(world.meddled_issuer().await);
            let issuer = world.issuers[number].url();
            let frontend = world.frontend(any_port(), &issuer, keys()).await;
            world.frontends.push(frontend);
        }
        world
    }

    /// An issuer that is slow and loses answers as the meddler likes.
    async fn meddled_issuer(&self) -> Node {
        let app = App::new(&issuer_config(&self.clock, CHEAP), self.store.clone()).unwrap();
        let meddled = from_fn_with_state(self.meddler.clone(), meddle);
        serve(tegata_issuer::router(app).layer(meddled)).await
    }

    /// An issuer as it is, at this address.
    pub(super) async fn issuer(&self, bind: SocketAddr, secrets: &Secrets) -> Node {
        let mut config = issuer_config(&self.clock, CHEAP);
        (config.bind, config.keys) = (bind, secrets.settings());
        let issuer = Issuer::build(&config, self.store.clone()).await.unwrap();
        Node::spawn(issuer.address(), |stopped| async move {
            issuer.run(until_false(stopped)).await.unwrap();
        })
    }

    pub(super) async fn frontend(&self, bind: SocketAddr, issuer: &str, keys: Keyring) -> Node {
        let mut config = frontend_config(&self.clock, issuer);
        (config.bind, config.keys) = (bind, Keys::ring(keys));
        let frontend = Frontend::build(&config, self.records.clone())
            .await
            .unwrap();
        Node::spawn(frontend.address(), |stopped| async move {
            frontend.run(until_false(stopped)).await.unwrap();
        })
    }

    /// Somebody's service that checks signatures, and follows the feed of this issuer.
    pub(super) async fn service(&self, issuer: &Node) -> Node {
        let clock = Arc::new(self.clock.clone());
        let feed = Feed::of(issuer.url()).with_clock(clock.clone());
        let guard = Guard::new(Keys::ring(keys()))
            .with_issuer(ISSUER_NAME)
            .with_clock(clock)
            .with_revocations(Revocations::follow(feed).unwrap());
        let routes = Router::new().route("/", get(async || "served"));
        serve(routes.layer(guard.layer())).await
    }

    /// The address of one of the frontends, in turn.
    pub(super) fn pages(&self, number: usize) -> SocketAddr {
        self.frontends[number % self.frontends.len()].address
    }

    /// The refresh token that continues this session, as its owner holds it.
    pub(super) async fn token_of(&self, session: &LoginSession) -> String {
        let keys = KeptKeys::default();
        let secrets = issuer_config(&self.clock, CHEAP).keys.secrets;
        let sealing = Sealing::of(&secrets.now()).unwrap();
        let key = keys
            .refresh(self.store.as_ref(), &sealing, &SystemRandom)
            .await
            .unwrap();
        key.token_of(session).expose_secret().to_owned()
    }

    /// The login sessions of the one user, ended ones left out.
    pub(super) async fn live_sessions(&self) -> Vec<LoginSession> {
        let key = UsernameKey::of(USERNAME);
        let user = self.store.user_by_username(&key).await.unwrap().unwrap();
        let now = self.clock.now();
        self.store.sessions_of(user.id, now, 10_000).await.unwrap()
    }
}

pub(super) fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

async fn serve(routes: Router) -> Node {
    let listener = TcpListener::bind(any_port()).await.unwrap();
    let address = listener.local_addr().unwrap();
    Node::spawn(address, |stopped| async move {
        let serving = axum::serve(listener, routes);
        tokio::select! {
            served = serving => served.unwrap(),
            () = until_false(stopped) => {}
        }
    })
}

async fn until_false(mut runs: watch::Receiver<bool>) {
    let _ = runs.wait_for(|runs| !runs).await;
}

/// Asks until it is so; how long that took.
pub(super) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) -> Limit {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
    }
    start.elapsed()
}
