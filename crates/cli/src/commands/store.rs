//! Opens the databases that the settings name, and waits for those that are not there yet.

use std::{sync::Arc, time::Duration};

use tegata_frontend::session::{MongoRecords, Records, SqliteRecords};
use tegata_issuer::{
    accounts::Accounts,
    store::{MongoStore, SqliteStore, Store},
};
use tegata_mongodb::{Database, PrepareError};
use tegata_token::{SystemClock, SystemRandom};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    Failure,
    settings::{
        frontend::FrontendSettings, issuer::UserStoreSettings, shared::DataSettings,
        store::StoreUrl,
    },
};

const DATA_DIR: &str = "DATA_DIR";
/// Between two attempts to reach a database.
const PAUSE: Duration = Duration::from_secs(1);

/// A store, and the server that has to be reached before there is any work for it.
#[derive(Debug)]
pub(super) struct Opened<S: ?Sized> {
    pub(super) store: Arc<S>,
    pub(super) server: Option<Server>,
}

/// A database on a server.
#[derive(Clone, Debug)]
pub(super) struct Server {
    setting: &'static str,
    database: Database,
}

pub(super) fn users(
    settings: &UserStoreSettings,
    data: &DataSettings,
) -> Result<Opened<dyn Store>, Failure> {
    let url = settings.database_url.clone();
    let (url, setting) = place(url, "DATABASE_URL", "issuer.db", data)?;
    match url {
        StoreUrl::Sqlite(path) => {
            tracing::info!("users are kept in {}, for this node alone", path.display());
            Ok(Opened {
                store: Arc::new(SqliteStore::open(&path, setting)?),
                server: None,
            })
        }
        StoreUrl::MongoDb(address) => {
            tracing::info!("users are kept in {address}");
            let store = MongoStore::new(*address);
            let database = store.database().clone();
            Ok(Opened {
                store: Arc::new(store),
                server: Some(Server { setting, database }),
            })
        }
    }
}

pub(super) fn sessions(
    settings: &FrontendSettings,
    data: &DataSettings,
) -> Result<Opened<dyn Records>, Failure> {
    let url = settings.session_store_url.clone();
    let (url, setting) = place(url, "SESSION_STORE_URL", "frontend.db", data)?;
    match url {
        StoreUrl::Sqlite(path) => {
            tracing::info!(
                "sessions are kept in {}, for this node alone",
                path.display()
            );
            Ok(Opened {
                store: Arc::new(SqliteRecords::open(&path, setting)?),
                server: None,
            })
        }
        StoreUrl::MongoDb(address) => {
            tracing::info!("sessions are kept in {address}");
            let store = MongoRecords::new(*address, settings.sessions.login_session_idle);
            let database = store.database().clone();
            Ok(Opened {
                store: Arc::new(store),
                server: Some(Server { setting, database }),
            })
        }
    }
}

pub(super) fn accounts(store: Arc<dyn Store>) -> Accounts {
    Accounts {
        store,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    }
}

impl Server {
    /// Reaches it now or not at all.
    pub(super) async fn reach(&self) -> Result<(), Failure> {
        match self.database.prepare().await {
            Ok(()) => Ok(()),
            Err(PrepareError::Away(why)) => Err(self.line(&why)),
            Err(PrepareError::Refused(why)) => Err(self.line(&why)),
        }
    }

    /// Waits until it is reached; says so, and calls `away`, when that is not at once.
    ///
    /// # Errors
    /// It answers, and waiting would not help.
    pub(super) async fn wait(&self, away: impl FnOnce()) -> Result<(), Failure> {
        let mut away = Some(away);
        let mut pause = interval(PAUSE);
        pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            pause.tick().await;
            match self.database.prepare().await {
                Ok(()) => break,
                Err(PrepareError::Refused(why)) => return Err(self.line(&why)),
                Err(PrepareError::Away(cause)) => {
                    if let Some(away) = away.take() {
                        let setting = self.setting;
                        tracing::warn!(%cause, "{setting}: not there yet; started without it, and trying on");
                        away();
                    }
                }
            }
        }
        if away.is_none() {
            tracing::info!("{}: it is there now", self.setting);
        }
        Ok(())
    }

    fn line(&self, why: &impl std::fmt::Display) -> Failure {
        format!("{}: {why}", self.setting).into()
    }
}

/// The place, and the setting that an error about it names.
fn place(
    url: Option<StoreUrl>,
    setting: &'static str,
    file: &str,
    data: &DataSettings,
) -> Result<(StoreUrl, &'static str), Failure> {
    match url {
        Some(StoreUrl::MongoDb(address)) => {
            let address = address.with_pool_size(data.pool_size()).map_err(|why| {
                format!("MONGODB_MIN_POOL_SIZE and MONGODB_MAX_POOL_SIZE do not fit: {why}")
            })?;
            Ok((StoreUrl::MongoDb(Box::new(address)), setting))
        }
        Some(file) => Ok((file, setting)),
        None => Ok((StoreUrl::in_folder(&data.data_dir, file), DATA_DIR)),
    }
}
