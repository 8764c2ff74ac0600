//! Opens the databases that the settings name, and waits for those that are not there yet.

use std::{path::Path, sync::Arc, time::Duration};

use tegata_frontend::session::{MongoRecords, Records, SqliteRecords};
use tegata_issuer::{
    accounts::{AccountError, Accounts},
    audit::Audit,
    client_registry::ClientRegistry,
    event::By,
    sealing::KeyError,
    store::{MongoStore, SqliteStore, Store, Unavailable},
};
use tegata_mongodb::{Database, PrepareError};
use tegata_token::{SystemClock, SystemRandom};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    Failure,
    settings::{
        frontend::FrontendSettings,
        issuer::{IssuerSettings, UserStoreSettings},
        shared::{DataSettings, SessionSettings},
        store::StoreUrl,
    },
};

const DATA_DIR: &str = "DATA_DIR";
/// Between two attempts to reach a database.
const PAUSE: Duration = Duration::from_secs(1);

/// A store, and the server that has to be reached before there is any work for it.
#[derive(Debug)]
pub(super) struct Opened<S: ?Sized> {
    /// For the log.
    pub(super) place: String,
    pub(super) store: Arc<S>,
    pub(super) server: Option<Server>,
}

/// A database on a server.
#[derive(Clone, Debug)]
pub(super) struct Server {
    setting: &'static str,
    database: Database,
}

/// For a command: forgets nothing.
pub(super) fn users(
    settings: &UserStoreSettings,
    data: &DataSettings,
) -> Result<Opened<dyn Store>, Failure> {
    open_users(settings, data, None)
}

/// For a service: it forgets audit events when their time is over. A command does not know how long that is
/// where the service has it from a flag.
pub(super) fn users_for_service(
    settings: &IssuerSettings,
    data: &DataSettings,
) -> Result<Opened<dyn Store>, Failure> {
    open_users(&settings.users, data, Some(settings.audit_retention))
}

fn open_users(
    settings: &UserStoreSettings,
    data: &DataSettings,
    audit_retention: Option<time::Duration>,
) -> Result<Opened<dyn Store>, Failure> {
    let url = settings.database_url.clone();
    let (url, setting) = place(url, "DATABASE_URL", "issuer.db", data)?;
    match url {
        StoreUrl::Sqlite(path) => {
            let mut store = SqliteStore::open(&path, setting)?;
            if let Some(time) = audit_retention {
                store = store.forgetting_events_after(time);
            }
            Ok(Opened {
                place: alone(&path),
                store: Arc::new(store),
                server: None,
            })
        }
        StoreUrl::MongoDb(address) => {
            let place = address.to_string();
            let store = match audit_retention {
                Some(time) => MongoStore::forgetting_events_after(*address, time),
                None => MongoStore::new(*address),
            };
            let database = store.database().clone();
            Ok(Opened {
                place,
                store: Arc::new(store),
                server: Some(Server { setting, database }),
            })
        }
    }
}

pub(super) fn sessions(
    settings: &FrontendSettings,
    limits: &SessionSettings,
    data: &DataSettings,
) -> Result<Opened<dyn Records>, Failure> {
    let url = settings.session_store_url.clone();
    let (url, setting) = place(url, "SESSION_STORE_URL", "frontend.db", data)?;
    match url {
        StoreUrl::Sqlite(path) => Ok(Opened {
            place: alone(&path),
            store: Arc::new(SqliteRecords::open(&path, setting)?),
            server: None,
        }),
        StoreUrl::MongoDb(address) => {
            let place = address.to_string();
            let store = MongoRecords::new(*address, limits.login_session_idle);
            let database = store.database().clone();
            Ok(Opened {
                place,
                store: Arc::new(store),
                server: Some(Server { setting, database }),
            })
        }
    }
}

/// Accounts, as changed by whoever runs the command. What is told of it is kept once their
/// [`audit`](Accounts::audit) is closed.
pub(super) fn accounts(store: Arc<dyn Store>) -> Accounts {
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    Accounts {
        audit: Audit::new(Arc::clone(&store), clock.clone(), random.clone()),
        by: By::command_line(),
        store,
        clock,
        random,
    }
}

/// Clients, in the same way.
pub(super) fn clients(store: Arc<dyn Store>) -> ClientRegistry {
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    ClientRegistry {
        audit: Audit::new(Arc::clone(&store), clock.clone(), random.clone()),
        by: By::command_line(),
        store,
        clock,
        random,
    }
}

impl Server {
    /// The database, usable once it is reached.
    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Reaches it now or not at all.
    pub(super) async fn reach(&self) -> Result<(), Failure> {
        let reached = self.database.prepare().await;
        reached.map_err(|why| format!("{}: {why}", self.setting).into())
    }
}

/// Why what a service needs of its store could not be done.
pub(super) enum Hindrance {
    /// It does not answer: try again.
    Away(Unavailable),
    /// Trying again would not help.
    Refused(Failure),
}

impl From<AccountError> for Hindrance {
    fn from(why: AccountError) -> Self {
        match why {
            AccountError::Unavailable(cause) => Self::Away(cause),
            other => Self::Refused(other.into()),
        }
    }
}

impl From<KeyError> for Hindrance {
    fn from(why: KeyError) -> Self {
        match why {
            KeyError::Unavailable(cause) => Self::Away(cause),
            other => Self::Refused(other.into()),
        }
    }
}

/// Does this once all servers are reached. When that is not at once, says so, calls `away`, and tries on.
///
/// # Errors
/// A server answers, and waiting would not help; or the work cannot be done.
pub(super) async fn once_there<T>(
    servers: &[Option<Server>],
    away: impl FnOnce(),
    work: impl AsyncFn() -> Result<T, Hindrance>,
) -> Result<T, Failure> {
    let mut away = Some(away);
    let mut pause = interval(PAUSE);
    pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pause.tick().await;
        let cause = match prepare(servers).await {
            Ok(()) => match work().await {
                Ok(done) => {
                    if away.is_none() {
                        tracing::info!("the databases are there now");
                    }
                    return Ok(done);
                }
                Err(Hindrance::Away(cause)) => cause.to_string(),
                Err(Hindrance::Refused(failure)) => return Err(failure),
            },
            Err((setting, PrepareError::Refused(why))) => {
                return Err(format!("{setting}: {why}").into());
            }
            Err((setting, PrepareError::Away(why))) => format!("{setting}: {why}"),
        };
        if let Some(away) = away.take() {
            tracing::warn!(cause, "started without a database; trying on");
            away();
        }
    }
}

async fn prepare(servers: &[Option<Server>]) -> Result<(), (&'static str, PrepareError)> {
    for server in servers.iter().flatten() {
        let prepared = server.database.prepare().await;
        prepared.map_err(|why| (server.setting, why))?;
    }
    Ok(())
}

fn alone(file: &Path) -> String {
    format!("{}, for this node alone", file.display())
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
