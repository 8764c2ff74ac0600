//! Where the server's program is.

use std::path::{Path, PathBuf};

/// `$MONGOD`, one on the PATH, or the one that `./check` has fetched.
pub(crate) fn find() -> PathBuf {
    if let Some(given) = std::env::var_os("MONGOD") {
        let given = PathBuf::from(given);
        assert!(given.is_file(), "MONGOD names no file: {}", given.display());
        return given;
    }
    let on_the_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .map(|folder| folder.join("mongod"));
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/mongod/mongod");
    on_the_path
        .chain([fetched])
        .find(|place| place.is_file())
        .expect("these tests need a mongod: run ./check once, which fetches one, or install MongoDB 6 or newer and put it on the PATH, or name it in MONGOD")
}
