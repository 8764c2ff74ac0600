//! Go, with the packages that Debian has: they lie in a GOPATH, so no module is fetched.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

use super::installation::{kept, name, succeed};

/// Where Debian installs Go's packages.
const DEBIAN: &str = "/usr/share/gocode";

/// Builds the program in this folder, from a copy in a GOPATH of its own, and gives the binary.
pub(crate) fn gopath_build(folder: &Path) -> PathBuf {
    /// Two tests want the same binary, and the second must not touch it while the first runs it.
    static READY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    let gopath = kept().join("go");
    let copy = gopath.join("src/tegata").join(name(folder));
    let binary = gopath.join("bin").join(name(folder));
    if ready.contains(&binary) {
        return binary;
    }
    // A file of an earlier run that is gone since would be built in.
    let _ = fs::remove_dir_all(&copy);
    fs::create_dir_all(&copy).unwrap();
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            fs::copy(file.path(), copy.join(file.file_name())).unwrap();
        }
    }
    let mut build = Command::new("go");
    build
        .args(["build", "-o"])
        .arg(&binary)
        .arg(".")
        .current_dir(&copy)
        .env("GO111MODULE", "off")
        .env("GOFLAGS", "")
        .env("GOPATH", format!("{}:{DEBIAN}", gopath.display()))
        .env("GOCACHE", gopath.join("cache"));
    succeed(&mut build);
    ready.push(binary.clone());
    binary
}
