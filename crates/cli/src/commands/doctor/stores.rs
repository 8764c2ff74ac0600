//! The two stores: reachable, of our schema, with their indexes. Nothing is made or migrated.

use std::{path::Path, sync::Arc};

use tegata_frontend::session::{MongoRecords, SqliteRecords};
use tegata_issuer::{
    kept_keys::KeptKeys,
    store::{MongoStore, SqliteStore, Store},
};
use tegata_mongodb::Database;

use super::report::Report;
use crate::settings::{
    frontend::FrontendSettings,
    issuer::UserStoreSettings,
    shared::{DataSettings, SharedSettings},
    store::StoreUrl,
};

/// The users' store, if it can be read.
pub(super) async fn users(
    report: &mut Report,
    settings: &UserStoreSettings,
    data: &DataSettings,
) -> Option<Arc<dyn Store>> {
    match place(settings.database_url.as_ref(), data, "issuer.db") {
        StoreUrl::Sqlite(path) => match SqliteStore::look(&path, "DATABASE_URL") {
            Ok(Some((store, looked))) => {
                judge_file(report, "users", &path, looked.behind, &looked.missing);
                (looked.behind == 0).then(|| Arc::new(store) as Arc<dyn Store>)
            }
            Ok(None) => {
                absent(report, "users", &path);
                None
            }
            Err(why) => {
                unusable(report, "users", &why);
                None
            }
        },
        StoreUrl::MongoDb(address) => {
            let place = address.to_string();
            let store = MongoStore::new(*address);
            let there =
                judge_server(report, ("users", "DATABASE_URL"), &place, store.database()).await;
            there.then(|| Arc::new(store) as Arc<dyn Store>)
        }
    }
}

/// The pages' store.
pub(super) async fn sessions(
    report: &mut Report,
    settings: &FrontendSettings,
    shared: &SharedSettings,
) {
    match place(
        settings.session_store_url.as_ref(),
        &shared.data,
        "frontend.db",
    ) {
        StoreUrl::Sqlite(path) => match SqliteRecords::look(&path, "SESSION_STORE_URL") {
            Ok(Some(looked)) => {
                judge_file(report, "sessions", &path, looked.behind, &looked.missing);
            }
            Ok(None) => absent(report, "sessions", &path),
            Err(why) => unusable(report, "sessions", &why),
        },
        StoreUrl::MongoDb(address) => {
            let place = address.to_string();
            let records = MongoRecords::new(*address, shared.sessions.login_session_idle);
            let setting = ("sessions", "SESSION_STORE_URL");
            judge_server(report, setting, &place, records.database()).await;
            records.database().close().await;
        }
    }
}

/// Whether the secrets here open the key that refresh tokens are made with.
pub(super) async fn judge_kept_key(report: &mut Report, store: &dyn Store, kids: &[String]) {
    match KeptKeys::refresh_sealed_by(store).await {
        Err(why) => report.fail(
            "refresh",
            format!("the key of refresh tokens cannot be read: {why}"),
            "see what failed with the users' store",
        ),
        Ok(None) => report.skip("refresh", "there is no key of refresh tokens yet; the issuer makes it when it starts"),
        Ok(Some(_)) if kids.is_empty() => {}
        Ok(Some(kid)) if kids.first() == Some(&kid) => {
            report.ok("refresh", "the key of refresh tokens is sealed with the secret of these settings");
        }
        Ok(Some(kid)) if kids.contains(&kid) => report.warn(
            "refresh",
            format!("the key of refresh tokens is still sealed with the previous secret {kid}"),
            "start the issuer with the new secret once before you drop the old one",
        ),
        Ok(Some(kid)) => report.fail(
            "refresh",
            format!("the key of refresh tokens is sealed with {kid}, which is no secret of these settings: nobody can stay signed in"),
            "list that secret in PREVIOUS_SECRET_KEYS, or run `tegata session end --everybody --new-key`",
        ),
    }
}

fn place(url: Option<&StoreUrl>, data: &DataSettings, file: &str) -> StoreUrl {
    url.cloned()
        .unwrap_or_else(|| StoreUrl::in_folder(&data.data_dir, file))
}

fn absent(report: &mut Report, check: &'static str, path: &Path) {
    report.skip(
        check,
        format!(
            "{} is not there; it is made at the first start",
            path.display()
        ),
    );
}

fn unusable(report: &mut Report, check: &'static str, why: &impl ToString) {
    report.fail(check, why.to_string(), "then run this again");
}

fn judge_file(
    report: &mut Report,
    check: &'static str,
    path: &Path,
    behind: usize,
    missing: &[String],
) {
    let path = path.display();
    if !missing.is_empty() {
        report.fail(
            check,
            format!("{path} has no {}", missing.join(", ")),
            "restore it from a backup, or make what is missing as the source has it",
        );
    } else if behind > 0 {
        report.warn(
            check,
            format!("{path} is of an older version"),
            "keep a copy; it is brought up to date when this version of tegata starts",
        );
    } else {
        report.ok(
            check,
            format!("{path} can be read, its tables and indexes are there"),
        );
    }
}

/// True when it answers.
async fn judge_server(
    report: &mut Report,
    (check, setting): (&'static str, &str),
    place: &str,
    database: &Database,
) -> bool {
    match database.look().await {
        Err(why) => {
            report.fail(
                check,
                format!("{setting}: {why}"),
                format!("is {place} the right address, and may this user in?"),
            );
            false
        }
        Ok(missing) => {
            let missing: Vec<String> = missing
                .iter()
                .map(|index| format!("{}.{}", index.collection, index.field))
                .collect();
            if missing.is_empty() {
                report.ok(check, format!("{place} answers, its indexes are there"));
            } else {
                report.warn(
                    check,
                    format!(
                        "{place} answers, and lacks the indexes {}",
                        missing.join(", ")
                    ),
                    "start the service: it makes them",
                );
            }
            true
        }
    }
}
