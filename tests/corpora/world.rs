//! A pair that believes its proxy, so that every request may come from somewhere else, with somebody who administers.

use std::{net::SocketAddr, sync::Arc};

use tegata_frontend::{
    Frontend,
    session::{MongoRecords, Records, SqliteRecords},
};
use tegata_guard::token::{Clock as _, ManualClock, SystemClock, SystemRandom};
use tegata_issuer::{
    Issuer,
    accounts::{Accounts, Draft},
    audit::Audit,
    event::By,
    password::NewPassword,
    store::{MongoStore, SqliteStore, Store},
    user::Username,
};
use tegata_mongod::Mongod;
use tegata_mongodb::Address;
use tempfile::TempDir;

use crate::pair::{CHEAP, IDLE, PASSWORD, USERNAME, frontend_config, issuer_config};

/// A running pair.
pub(crate) struct World {
    pub(crate) api: String,
    pub(crate) pages: String,
    _folder: Option<TempDir>,
}

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let users = SqliteStore::open(&folder.path().join("issuer.db"), "DATABASE_URL");
        let records = SqliteRecords::open(&folder.path().join("frontend.db"), "SESSION_STORE_URL");
        Self::on(
            Arc::new(users.unwrap()),
            Arc::new(records.unwrap()),
            Some(folder),
        )
        .await
    }

    pub(crate) async fn on_mongodb() -> Self {
        let server = Mongod::shared_standalone();
        let address = || Address::parse(&server.fresh_uri()).unwrap();
        let users = MongoStore::new(address());
        let records = MongoRecords::new(address(), IDLE);
        users.database().prepare().await.unwrap();
        records.database().prepare().await.unwrap();
        Self::on(Arc::new(users), Arc::new(records), None).await
    }

    async fn on(store: Arc<dyn Store>, records: Arc<dyn Records>, folder: Option<TempDir>) -> Self {
        let clock = ManualClock::new(SystemClock.now().replace_nanosecond(0).unwrap());
        add_administrator(&clock, &store).await;
        let proxies = || "127.0.0.1,::1".parse().unwrap();
        let mut config = issuer_config(&clock, CHEAP);
        config.trusted_proxies = proxies();
        // Every string is tried at one account, and each has to be judged.
        config.throttling.failures_per_account = u32::MAX;
        let issuer = Issuer::build(&config, store.clone()).await.unwrap();
        let api = format!("http://{}", issuer.address());
        tokio::spawn(issuer.run(std::future::pending()));
        let mut config = frontend_config(&clock, &api);
        config.trusted_proxies = proxies();
        let frontend = Frontend::build(&config, records).await.unwrap();
        let pages = SocketAddr::from(([127, 0, 0, 1], frontend.address().port()));
        let pages = format!("http://{pages}");
        tokio::spawn(frontend.run(std::future::pending()));
        Self {
            api,
            pages,
            _folder: folder,
        }
    }
}

async fn add_administrator(clock: &ManualClock, store: &Arc<dyn Store>) {
    let (clock, random) = (Arc::new(clock.clone()), Arc::new(SystemRandom));
    let accounts = Accounts {
        audit: Audit::new(store.clone(), clock.clone(), random.clone()),
        by: By::command_line(),
        store: store.clone(),
        clock,
        random,
    };
    let draft = Draft {
        username: Username::parse(USERNAME).unwrap(),
        email: None,
        name: None,
        roles: vec!["admin".to_owned()],
    };
    let password = NewPassword::parse(PASSWORD.to_owned(), USERNAME, None).unwrap();
    let hash = Accounts::hash(password, CHEAP.cost).await.unwrap();
    accounts.add(draft, hash).await.unwrap();
}
