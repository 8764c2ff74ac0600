//! Opens the databases that the settings name.

use std::{path::Path, sync::Arc};

use tegata_frontend::session::{Records, SqliteRecords};
use tegata_issuer::{
    accounts::Accounts,
    store::{SqliteStore, Store},
};
use tegata_token::{SystemClock, SystemRandom};

use crate::{
    Failure,
    settings::{frontend::FrontendSettings, issuer::UserStoreSettings, store::SqliteUrl},
};

const DATA_DIR: &str = "DATA_DIR";

pub(super) fn users(
    settings: &UserStoreSettings,
    data_dir: &Path,
) -> Result<Arc<dyn Store>, Failure> {
    let (url, setting) = match &settings.database_url {
        Some(url) => (url.clone(), "DATABASE_URL"),
        None => (SqliteUrl::in_folder(data_dir, "issuer.db"), DATA_DIR),
    };
    Ok(Arc::new(SqliteStore::open(&url.0, setting)?))
}

pub(super) fn sessions(
    settings: &FrontendSettings,
    data_dir: &Path,
) -> Result<Arc<dyn Records>, Failure> {
    let (url, setting) = match &settings.session_store_url {
        Some(url) => (url.clone(), "SESSION_STORE_URL"),
        None => (SqliteUrl::in_folder(data_dir, "frontend.db"), DATA_DIR),
    };
    Ok(Arc::new(SqliteRecords::open(&url.0, setting)?))
}

pub(super) fn accounts(store: Arc<dyn Store>) -> Accounts {
    Accounts {
        store,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    }
}
