//! Both services in this process, on real sockets, on a clock that the test moves.

use std::{net::SocketAddr, num::NonZeroUsize, sync::Arc};

use tegata_frontend::{
    Frontend, Language,
    config::{ForwardAuth, Patience, PublicUrl, SessionLimits},
    session::{MongoRecords, Records, SqliteRecords},
};
use tegata_guard::{
    Keys,
    token::{Clock, HmacSecret, Keyring, ManualClock, SystemClock, SystemRandom},
};
use tegata_issuer::{
    Issuer,
    accounts::{Accounts, Draft},
    audit::Audit,
    config::{AuthFields, Hashing, PasswordGrant, Registration, Throttling},
    event::By,
    login_session::Lifetimes,
    password::NewPassword,
    signing::KeySettings,
    store::{MongoStore, SqliteStore, Store},
    user::Username,
};
use tegata_mongod::Mongod;
use tegata_mongodb::Address;
use tegata_server::{Networks, TrustedProxies};
use tempfile::TempDir;
use time::Duration;
use tokio::sync::watch;

pub(crate) const USERNAME: &str = "hanako";
pub(crate) const PASSWORD: &str = "eight barriers on the road";
pub(crate) const SECRET: &str = "a secret for tests, of 32 bytes or more";
pub(crate) const TTL: Duration = Duration::minutes(15);
pub(crate) const IDLE: Duration = Duration::days(7);
pub(crate) const LIFETIMES: Lifetimes = Lifetimes {
    access_token: TTL,
    session: Duration::days(30),
    browser_session: Duration::hours(12),
    idle: IDLE,
    grace: Duration::seconds(30),
};
/// Hashes that cost little.
pub(crate) const CHEAP: Hashing = Hashing {
    cost: 4,
    threads: NonZeroUsize::MIN,
    queue: 32,
    // However busy the machine is that tests run on.
    deadline: std::time::Duration::from_secs(3600),
    max_cost: 16,
};
pub(crate) const ISSUER_NAME: &str = "http://issuer.test";

/// A running pair with one user.
pub(crate) struct Pair {
    pub(crate) clock: ManualClock,
    pub(crate) pages: String,
    pub(crate) api: String,
    issuer_runs: watch::Sender<bool>,
    frontend_runs: watch::Sender<bool>,
    _folder: Option<TempDir>,
}

impl Pair {
    /// With hashes that cost little.
    pub(crate) async fn start() -> Self {
        Self::start_with(CHEAP).await
    }

    pub(crate) async fn start_with(hashing: Hashing) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let users = SqliteStore::open(&folder.path().join("issuer.db"), "DATABASE_URL");
        let sessions = SqliteRecords::open(&folder.path().join("frontend.db"), "SESSION_STORE_URL");
        let users = Arc::new(users.unwrap());
        Self::on(hashing, users, Arc::new(sessions.unwrap()), Some(folder)).await
    }

    /// With other settings of the frontend.
    pub(crate) async fn start_as(change: impl FnOnce(&mut tegata_frontend::Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let users = SqliteStore::open(&folder.path().join("issuer.db"), "DATABASE_URL");
        let sessions = SqliteRecords::open(&folder.path().join("frontend.db"), "SESSION_STORE_URL");
        let stores: (Arc<dyn Store>, Arc<dyn Records>) =
            (Arc::new(users.unwrap()), Arc::new(sessions.unwrap()));
        Self::assemble(CHEAP, stores, Some(folder), change).await
    }

    /// On a database of its own on this server.
    pub(crate) async fn start_on(server: &Mongod) -> Self {
        let address = || Address::parse(&server.fresh_uri()).unwrap();
        let users = MongoStore::new(address());
        let sessions = MongoRecords::new(address(), IDLE);
        users.database().prepare().await.unwrap();
        sessions.database().prepare().await.unwrap();
        Self::on(CHEAP, Arc::new(users), Arc::new(sessions), None).await
    }

    /// On these stores; the folder goes with the pair.
    pub(crate) async fn on(
        hashing: Hashing,
        users: Arc<dyn Store>,
        sessions: Arc<dyn Records>,
        folder: Option<TempDir>,
    ) -> Self {
        Self::assemble(hashing, (users, sessions), folder, |_| {}).await
    }

    async fn assemble(
        hashing: Hashing,
        (users, sessions): (Arc<dyn Store>, Arc<dyn Records>),
        folder: Option<TempDir>,
        change: impl FnOnce(&mut tegata_frontend::Config),
    ) -> Self {
        // tower-sessions dates its cookie by the wall clock, so the story begins now.
        let now = SystemClock.now().replace_nanosecond(0).unwrap();
        let clock = ManualClock::new(now);
        let (issuer_runs, api) = start_issuer(&clock, hashing, users).await;
        let mut config = frontend_config(&clock, &api);
        change(&mut config);
        let (frontend_runs, pages) = start_frontend(&config, sessions).await;
        Self {
            clock,
            pages,
            api,
            issuer_runs,
            frontend_runs,
            _folder: folder,
        }
    }

    /// From now on nothing answers at the issuer's address.
    pub(crate) async fn stop_issuer(&self) {
        self.issuer_runs.send_replace(false);
        nothing_answers(&self.api).await;
    }

    /// The same for the pages.
    pub(crate) async fn stop_frontend(&self) {
        self.frontend_runs.send_replace(false);
        nothing_answers(&self.pages).await;
    }

    /// The moment after which the token that was just issued is refused; the login session goes on.
    pub(crate) fn let_the_token_expire(&self) {
        self.clock.advance(TTL + Duration::seconds(10));
    }

    /// The moment at which the login session of whoever did not ask to be remembered is over.
    pub(crate) fn let_the_login_expire(&self) {
        self.clock.advance(LIFETIMES.browser_session);
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.issuer_runs.send_replace(false);
        self.frontend_runs.send_replace(false);
    }
}

fn secret() -> HmacSecret {
    HmacSecret::parse(SECRET).unwrap()
}

pub(crate) fn keys() -> Keyring {
    Keyring::shared_secret(secret(), Vec::new())
}

fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// The one user.
pub(crate) async fn add_user(clock: &ManualClock, hashing: Hashing, store: &Arc<dyn Store>) {
    let (for_accounts, random) = (Arc::new(clock.clone()), Arc::new(SystemRandom));
    let accounts = Accounts {
        audit: Audit::new(store.clone(), for_accounts.clone(), random.clone()),
        by: By::command_line(),
        store: store.clone(),
        clock: for_accounts,
        random,
    };
    let draft = Draft {
        username: Username::parse(USERNAME).unwrap(),
        email: None,
        name: None,
        roles: vec!["editor".to_owned()],
    };
    let password = NewPassword::parse(PASSWORD.to_owned(), USERNAME, None).unwrap();
    let hash = Accounts::hash(password, hashing.cost).await.unwrap();
    accounts.add(draft, hash).await.unwrap();
}

/// An issuer's settings by default.
pub(crate) fn issuer_config(clock: &ManualClock, hashing: Hashing) -> tegata_issuer::Config {
    tegata_issuer::Config {
        bind: any_port(),
        transport: Default::default(),
        public_url: ISSUER_NAME.parse().unwrap(),
        keys: KeySettings::shared_secret(secret(), Vec::new()),
        issuer: ISSUER_NAME.to_owned(),
        audience: None,
        lifetimes: LIFETIMES,
        registration: Registration::Open,
        password_grant: PasswordGrant::Open,
        auth_fields: AuthFields::default(),
        hashing,
        throttling: Throttling::default(),
        weak_secret: false,
        trusted_proxies: TrustedProxies::default(),
        metrics_from: Networks::loopback(),
        clock: Arc::new(clock.clone()),
        random: Arc::new(SystemRandom),
    }
}

async fn start_issuer(
    clock: &ManualClock,
    hashing: Hashing,
    store: Arc<dyn Store>,
) -> (watch::Sender<bool>, String) {
    add_user(clock, hashing, &store).await;
    let config = issuer_config(clock, hashing);
    let issuer = Issuer::build(&config, store).await.unwrap();
    let api = format!("http://{}", issuer.address());
    let (runs, stopped) = watch::channel(true);
    tokio::spawn(issuer.run(until_false(stopped)));
    (runs, api)
}

/// A frontend's settings by default.
pub(crate) fn frontend_config(clock: &ManualClock, api: &str) -> tegata_frontend::Config {
    tegata_frontend::Config {
        bind: any_port(),
        transport: Default::default(),
        public_url: PublicUrl::parse("http://localhost").unwrap(),
        issuer_url: api.parse().unwrap(),
        issuer_client: None,
        keys: Keys::ring(keys()),
        issuer: ISSUER_NAME.to_owned(),
        audience: None,
        default_language: Language::Japanese,
        registration_open: true,
        sessions: SessionLimits {
            idle: IDLE,
            absolute: Duration::days(30),
        },
        revocations: true,
        patience: Patience::default(),
        weak_secret: false,
        forward_auth: ForwardAuth::default(),
        trusted_proxies: TrustedProxies::default(),
        metrics_from: Networks::loopback(),
        clock: Arc::new(clock.clone()),
        random: Arc::new(SystemRandom),
    }
}

async fn start_frontend(
    config: &tegata_frontend::Config,
    records: Arc<dyn Records>,
) -> (watch::Sender<bool>, String) {
    let frontend = Frontend::build(config, records).await.unwrap();
    let pages = format!("http://localhost:{}", frontend.address().port());
    let (runs, stopped) = watch::channel(true);
    tokio::spawn(frontend.run(until_false(stopped)));
    (runs, pages)
}

async fn nothing_answers(url: &str) {
    let at = url.trim_start_matches("http://").to_owned();
    while tokio::net::TcpStream::connect(&at).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

async fn until_false(mut runs: watch::Receiver<bool>) {
    let _ = runs.wait_for(|runs| !runs).await;
}
