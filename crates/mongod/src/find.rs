//! Which mongod to start.

use std::{
    env,
    path::{Path, PathBuf},
};

/// Where `./check` puts one.
const FETCHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/mongod/mongod");

/// `$MONGOD`, one on the PATH, or the one that `./check` fetched; never none.
pub(crate) fn mongod() -> PathBuf {
    if let Some(named) = env::var_os("MONGOD").map(PathBuf::from) {
        assert!(
            named.is_file(),
            "MONGOD names {}, and there is no such file: name a mongod, or unset it",
            named.display()
        );
        return named;
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join("mongod"))
        .chain([Path::new(FETCHED).to_owned()])
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| {
            panic!(
                "these tests need a mongod and found none: run ./check, which fetches one, or install \
                 MongoDB 6.0 or newer, or name a mongod with MONGOD"
            )
        })
}
