//! The site under test, dressed as it is served: pages, a store in a temporary folder, a stub issuer.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use axum::Router;
use http::StatusCode;
use tegata_frontend::{
    App, Config, Frontend, Language,
    config::{ForwardAuth, Patience, PublicUrl, SessionLimits},
    dressed,
    session::SqliteRecords,
};
use tegata_guard::Keys;
use tegata_server::{Networks, TrustedProxies};
use tegata_token::{Clock, ManualClock, SystemClock, SystemRandom};
use tempfile::TempDir;
use time::Duration;

use crate::{
    browser::Browser,
    logs,
    records::WatchedRecords,
    stub_issuer::{ISSUER, SECRET, StubIssuer},
};

pub(crate) const USERNAME: &str = "hanako";
pub(crate) const PASSWORD: &str = "umi-to-yama-no-aida";

pub(crate) const EXPIRED_JA: &str =
    "セッションの有効期限が切れているか無効です。再度ログインしてください。";
pub(crate) const EXPIRED_EN: &str =
    "Your session has expired or is no longer valid. Please sign in again.";
pub(crate) const SIGNED_OUT_JA: &str = "ログアウトしました。";

/// Browsers meet the site through this; a restart puts another router in.
pub(crate) type Door = Arc<Mutex<Router>>;

pub(crate) struct TestSite {
    pub(crate) clock: ManualClock,
    pub(crate) issuer: StubIssuer,
    pub(crate) records: Arc<WatchedRecords>,
    config: Config,
    door: Door,
    origin: String,
    folder: TempDir,
}

impl TestSite {
    /// On `http://localhost:8080`; one user, [`USERNAME`], with the roles `admin` and `staff`.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn on_https() -> Self {
        Self::with(|config| config.public_url = PublicUrl::parse("https://login.test").unwrap())
            .await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        logs::listen();
        // Near the real present: tower-sessions reckons the cookie's Max-Age from the wall clock.
        let present = SystemClock.now().replace_nanosecond(0).unwrap();
        let clock = ManualClock::new(present);
        let issuer = StubIssuer::start(clock.clone()).await;
        issuer.knows(USERNAME, PASSWORD, &["admin", "staff"]);
        let mut config = Config {
            bind: "127.0.0.1:0".parse().unwrap(),
            transport: Default::default(),
            public_url: PublicUrl::parse("http://localhost:8080").unwrap(),
            issuer_url: issuer.url(),
            issuer_client: None,
            keys: Keys::shared_secret(SECRET).unwrap(),
            issuer: ISSUER.to_owned(),
            audience: None,
            default_language: Language::Japanese,
            registration_open: true,
            sessions: SessionLimits {
                idle: Duration::days(7),
                absolute: Duration::days(30),
            },
            revocations: false,
            patience: Patience {
                pause: std::time::Duration::from_millis(20),
                ..Patience::default()
            },
            weak_secret: false,
            forward_auth: ForwardAuth::default(),
            trusted_proxies: TrustedProxies::default(),
            metrics_from: Networks::loopback(),
            clock: Arc::new(clock.clone()),
            random: Arc::new(SystemRandom),
        };
        change(&mut config);
        let origin = config.public_url.to_string();
        let folder = tempfile::tempdir().unwrap();
        let records = open(&folder);
        let door = Arc::new(Mutex::new(served(&config, &records)));
        Self {
            clock,
            issuer,
            records,
            config,
            door,
            origin,
            folder,
        }
    }

    /// A browser that has never been here.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(Arc::clone(&self.door), &self.origin)
    }

    /// A browser that has just signed in as [`USERNAME`] and stands on the home page.
    pub(crate) async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        browser.sign_in().await;
        browser
    }

    /// The same, and asked to be remembered.
    pub(crate) async fn remembered(&self) -> Browser {
        let mut browser = self.browser();
        let fields = [
            ("username", USERNAME),
            ("password", PASSWORD),
            ("remember", "yes"),
        ];
        let page = browser.submit("/login", &fields).await;
        assert_eq!(browser.follow(page).await.status, StatusCode::OK);
        browser
    }

    /// Past the leeway of a token that was issued now; its login session goes on.
    pub(crate) fn let_the_token_expire(&self) {
        self.clock
            .advance(Duration::minutes(15) + Duration::seconds(10));
    }

    /// The same, and the login session is over as well.
    pub(crate) fn let_the_login_expire(&self) {
        self.issuer.ends_all_sessions("expired");
        self.let_the_token_expire();
    }

    /// The way into one more frontend with the same settings, on the same sessions.
    pub(crate) fn replica(&self) -> Door {
        Arc::new(Mutex::new(served(&self.config, &self.records)))
    }

    /// The way into this site on the sessions of another.
    pub(crate) fn door_to(&self, sessions: &Self) -> Door {
        Arc::new(Mutex::new(served(&self.config, &sessions.records)))
    }

    /// One that listens on a port.
    pub(crate) async fn on_a_port(&self) -> Frontend {
        let frontend = Frontend::build(&self.config, Arc::clone(&self.records) as _).await;
        frontend.unwrap()
    }

    /// A new process on the old file.
    pub(crate) fn restart(&mut self) {
        self.records = open(&self.folder);
        *self.door.lock().unwrap() = served(&self.config, &self.records);
    }

    /// How many session records there are.
    pub(crate) fn stored_sessions(&self) -> u32 {
        let file = rusqlite::Connection::open(self.file()).unwrap();
        file.query_row("SELECT count(*) FROM session", [], |row| row.get(0))
            .unwrap()
    }

    /// How often the one record was replaced.
    pub(crate) fn stored_revision(&self) -> i64 {
        let file = rusqlite::Connection::open(self.file()).unwrap();
        file.query_row("SELECT revision FROM session", [], |row| row.get(0))
            .unwrap()
    }

    /// Somebody with a pen in the store: the last byte of every record.
    pub(crate) fn alter_records(&self) {
        let file = rusqlite::Connection::open(self.file()).unwrap();
        let altered = file
            .execute(
                "UPDATE session SET sealed =
                 CAST(substr(sealed, 1, length(sealed) - 1) || x'00' AS BLOB)
                 WHERE substr(sealed, -1) <> x'00'",
                [],
            )
            .unwrap();
        assert_eq!(altered, 1);
    }

    /// Every byte of the store, the write-ahead log included.
    pub(crate) fn dump(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files
            .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("sessions.db")
    }
}

fn open(folder: &TempDir) -> Arc<WatchedRecords> {
    let file = folder.path().join("sessions.db");
    let records = SqliteRecords::open(&file, "SESSION_STORE_URL").unwrap();
    Arc::new(WatchedRecords::new(records))
}

/// As `Frontend::run` serves it.
fn served(config: &Config, records: &Arc<WatchedRecords>) -> Router {
    let app = App::new(config, Arc::clone(records) as _).unwrap();
    dressed(app)
}
