//! The files of secrets as they are changed: each write replaces a file whole, and at each moment whoever reads
//! both has every secret whose tokens live.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

use tegata_token::{HmacSecret, Random};

use crate::Failure;

/// Nobody else changes them while this is held.
pub(super) struct SecretList {
    path: PathBuf,
    _lock: File,
}

impl SecretList {
    /// Waits for nobody: who else is at work will have done it.
    pub(super) fn lock(path: &Path) -> Result<Self, Failure> {
        let path = resolved(path);
        let name = beside(&path, "lock");
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false).mode(0o600);
        let lock = options
            .open(&name)
            .map_err(|cause| not_written(&name, &cause))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(
                "another `tegata key` is changing the secrets: wait until it is done, then look at `tegata key list`"
                    .into(),
            ),
            Err(TryLockError::Error(cause)) => Err(not_written(&name, &cause)),
        }
    }

    /// The secrets in it, as written.
    fn lines(&self) -> Result<Vec<String>, Failure> {
        match fs::read_to_string(&self.path) {
            Ok(text) => {
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                Ok(lines.map(str::to_owned).collect())
            }
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(cause) => Err(format!("{} cannot be read: {cause}", self.path.display()).into()),
        }
    }

    /// Adds those that are not in it. Its file looks like `model` when it is a new one.
    pub(super) fn add(
        &self,
        secrets: &[&str],
        model: &Path,
        random: &dyn Random,
    ) -> Result<(), Failure> {
        let mut lines = self.lines()?;
        for secret in secrets {
            if !lines.iter().any(|line| line == secret) {
                lines.push((*secret).to_owned());
            }
        }
        self.write(&lines, model, random)
    }

    /// Takes out the one of this name. False when there is none.
    pub(super) fn remove(
        &self,
        kid: &str,
        model: &Path,
        random: &dyn Random,
    ) -> Result<bool, Failure> {
        let mut lines = self.lines()?;
        let before = lines.len();
        lines.retain(|line| {
            let secret = HmacSecret::parse_insecure(line);
            !secret.is_ok_and(|secret| secret.kid().as_str() == kid)
        });
        if lines.len() == before {
            return Ok(false);
        }
        self.write(&lines, model, random)?;
        Ok(true)
    }

    /// Empty is not gone: whoever follows it misses a file that is.
    fn write(&self, lines: &[String], model: &Path, random: &dyn Random) -> Result<(), Failure> {
        let mut text = lines.join("\n");
        text.push('\n');
        let model = if self.path.exists() {
            &self.path
        } else {
            model
        };
        replace(&self.path, &text, model, random)
    }
}

/// Puts this secret in the file of the one that signs.
pub(super) fn sign_with(path: &Path, secret: &str, random: &dyn Random) -> Result<(), Failure> {
    let path = resolved(path);
    replace(&path, &format!("{secret}\n"), &path, random)
}

/// What the file of the one that signs holds.
pub(super) fn signing(path: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|cause| format!("{} cannot be read: {cause}", path.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// The file appears whole, on disk, with the owner and the permissions of `model`.
fn replace(path: &Path, text: &str, model: &Path, random: &dyn Random) -> Result<(), Failure> {
    let draft = beside(path, &random.token(6));
    let written = (|| {
        let like = fs::metadata(model)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(text.as_bytes())?;
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
            chown(&draft, Some(like.uid()), Some(like.gid()))?;
        }
        file.set_permissions(fs::Permissions::from_mode(like.mode() & 0o777))?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        File::open(path.parent().unwrap_or(path))?.sync_all()
    })();
    written.map_err(|cause| {
        // It may never have been there.
        let _ = fs::remove_file(&draft);
        not_written(path, &cause)
    })
}

/// The file itself, where its name is a link.
fn resolved(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// A hidden neighbour.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{suffix}"))
}

fn not_written(path: &Path, cause: &io::Error) -> Failure {
    format!(
        "cannot write {}: {cause}: run this as the user whom the services run as",
        path.display()
    )
    .into()
}
