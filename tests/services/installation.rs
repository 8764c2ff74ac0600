//! What the tests install and build stays below `target`, so that the next run has it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Where that is.
pub(super) fn kept() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// A name for the copy of a folder: its last two parts, since two folders are called `go`.
pub(super) fn name(folder: &Path) -> PathBuf {
    let parent = folder.parent().and_then(Path::file_name).unwrap();
    Path::new(parent).join(folder.file_name().unwrap())
}

/// Runs a step of an installation.
pub(super) fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
