//! Node.js, and packages as their lock file says; installed once for each lock file, kept below `target`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

use super::installation::{kept, name, succeed};

/// The Node.js that `./check` fetched, where the machine had none or an old one, or the one on the PATH.
fn fetched() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/node");
    folder.join("bin/node").exists().then_some(folder)
}

/// A command that runs Node.js.
pub(crate) fn node() -> Command {
    match fetched() {
        Some(folder) => Command::new(folder.join("bin/node")),
        None => Command::new("node"),
    }
}

fn npm() -> Command {
    match fetched() {
        Some(folder) => {
            let mut command = node();
            command.arg(folder.join("lib/node_modules/npm/bin/npm-cli.js"));
            command
        }
        None => Command::new("npm"),
    }
}

/// A copy of these files of a folder, with the packages that its lock file names beside them. The folder itself
/// stays as it is.
pub(crate) fn install(folder: &Path, files: &[&str]) -> PathBuf {
    /// Two tests want the same packages, and the second must not touch them while the first runs them.
    static READY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    let copy = kept().join("node").join(name(folder));
    if ready.contains(&copy) {
        return copy;
    }
    fs::create_dir_all(&copy).unwrap();
    let lock = fs::read(folder.join("package-lock.json")).unwrap();
    let installed = copy.join("node_modules/.installed");
    if fs::read(&installed).ok().as_ref() != Some(&lock) {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(folder.join(file), copy.join(file)).unwrap();
        }
        let arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
        succeed(npm().args(arguments).current_dir(&copy));
        fs::write(&installed, &lock).unwrap();
    }
    for file in files {
        fs::copy(folder.join(file), copy.join(file)).unwrap();
    }
    ready.push(copy.clone());
    copy
}
