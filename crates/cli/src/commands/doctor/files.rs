//! The data folder and the files in it: who may read them, and whether they can be written.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use rustix::{
    fs::{Access, access},
    io::Errno,
};

use super::report::Report;
use crate::settings::known_secrets::KnownSecrets;

/// Group and others.
const NOT_THE_OWNER: u32 = 0o077;

pub(super) fn judge(
    report: &mut Report,
    data_dir: &Path,
    known: &KnownSecrets,
    signing_key: Option<&Path>,
) {
    let shown = data_dir.display();
    match fs::metadata(data_dir) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            report.skip(
                "data",
                format!("{shown} is not there; it is made when something is kept in it"),
            );
        }
        Err(cause) => report.fail(
            "data",
            format!("{shown} cannot be looked at ({cause})"),
            "let this user in, or choose another folder with DATA_DIR",
        ),
        Ok(folder) if !folder.is_dir() => report.fail(
            "data",
            format!("{shown} is no folder"),
            "choose another with DATA_DIR",
        ),
        Ok(_) => match access(data_dir, Access::WRITE_OK | Access::EXEC_OK) {
            Ok(()) => report.ok("data", format!("{shown} can be written")),
            Err(Errno::ROFS) => report.warn(
                "data",
                format!("{shown} is on a file system that is read-only"),
                "mount a volume there, unless all data is in MongoDB",
            ),
            Err(cause) => report.fail(
                "data",
                format!("{shown} cannot be written ({cause})"),
                "make it writable for this user, or choose another with DATA_DIR",
            ),
        },
    }
    let secrets = known.current.iter().chain(&known.others);
    let mut files: Vec<_> = secrets.filter_map(|secret| secret.file.clone()).collect();
    files.extend(signing_key.map(Path::to_owned));
    files.extend(["issuer.db", "frontend.db"].map(|name| data_dir.join(name)));
    files.dedup();
    let mut open = 0;
    for file in &files {
        let Ok(found) = fs::metadata(file) else {
            continue;
        };
        let mode = found.permissions().mode();
        if mode & NOT_THE_OWNER != 0 {
            open += 1;
            report.warn(
                "files",
                format!(
                    "{} can be read by others (mode {:03o})",
                    file.display(),
                    mode & 0o777
                ),
                format!("chmod 600 {}", file.display()),
            );
        }
    }
    if open == 0 && files.iter().any(|file| file.exists()) {
        report.ok(
            "files",
            "secret and databases can be read by their owner alone",
        );
    }
}
