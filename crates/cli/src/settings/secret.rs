//! The shared secret: from the environment, a file, or made and kept in the data folder.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use tegata_guard::{SecretFiles, SharedSecrets};
use tegata_token::{HmacSecret, Random, SecretError};

use crate::{Failure, settings::shared::SecretSettings};

/// Read from the environment only: an argument would show in `ps`.
pub(crate) const NAMES: [&str; 8] = [
    "SECRET_KEY",
    "SECRET_KEY_FILE",
    "JWT_SECRET_KEY",
    "PREVIOUS_SECRET_KEYS",
    "PREVIOUS_SECRET_KEYS_FILE",
    "ADMIN_PASSWORD",
    "CLIENT_SECRET",
    "CLIENT_SECRET_FILE",
];

/// For the end of `--help`.
pub(crate) const HELP: &str = "\
Secrets, by environment or .env only:
  SECRET_KEY            the secret all services share: 32 bytes or more, as `tegata secret` makes them;
                        as written, or prefixed hex: or base64:
  SECRET_KEY_FILE       a file that holds it (default: secret_key in the data folder)
  JWT_SECRET_KEY        another name for SECRET_KEY, as Flask-JWT-Extended calls it
  PREVIOUS_SECRET_KEYS  secrets whose tokens are still good, with commas between
  PREVIOUS_SECRET_KEYS_FILE
                        a file with more of them, one a line, which is followed, as is SECRET_KEY_FILE
                        (default: previous_secret_keys in the data folder)
  ADMIN_PASSWORD        password of the first account (default: a random one, printed once)
  CLIENT_SECRET         of the pages' CLIENT_ID, as `tegata client add` printed it
  CLIENT_SECRET_FILE    a file that holds it";

pub(crate) const FILE: &str = "secret_key";
pub(crate) const LIST: &str = "previous_secret_keys";

/// The secrets that services share, and where they are written.
#[derive(Debug)]
pub(crate) struct Secrets {
    pub(crate) shared: SharedSecrets,
    pub(crate) weak: bool,
    pub(crate) place: Place,
}

/// Where secrets are written.
#[derive(Debug)]
pub(crate) struct Place {
    /// The file of the one that signs; none when the environment holds it.
    pub(crate) signing: Option<PathBuf>,
    /// The file of the others, there or not.
    pub(crate) list: PathBuf,
}

/// What to do when no secret is given and none is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Make,
    Refuse,
}

/// Finds the secrets, and follows those in files.
pub(crate) fn secrets(
    settings: &SecretSettings,
    data_dir: &Path,
    missing: Missing,
    random: &dyn Random,
) -> Result<Secrets, Failure> {
    let insecure = settings.insecure_allow_weak_secret;
    let given = given(&["SECRET_KEY", "JWT_SECRET_KEY", "SECRET_KEY_FILE"])?;
    let signing = match &given {
        None => Some(data_dir.join(FILE)),
        Some((name, _)) if name == "SECRET_KEY_FILE" => variable(name)?.map(PathBuf::from),
        Some(_) => None,
    };
    let (name, text) = match given {
        Some(given) => given,
        None => (
            data_dir.join(FILE).display().to_string(),
            kept(data_dir, missing, random)?,
        ),
    };
    let (current, mut weak) = judge(&name, &text, insecure)?;
    let mut previous = Vec::new();
    for text in variable("PREVIOUS_SECRET_KEYS")?
        .unwrap_or_default()
        .split(',')
    {
        if !text.trim().is_empty() {
            let (secret, is_weak) = judge("PREVIOUS_SECRET_KEYS", text.trim(), insecure)?;
            previous.push(secret);
            weak |= is_weak;
        }
    }
    let list = list(data_dir)?;
    let files = match &signing {
        Some(path) => SecretFiles::new(path, &list),
        None => SecretFiles::beside(current, &list),
    };
    let mut files = files.with_previous(previous);
    if insecure {
        files = files.allow_weak();
    }
    let shared = files.open()?;
    weak |= shared.now().is_weak();
    if weak {
        tracing::warn!(
            "INSECURE: a secret is weak, so anybody can forge tokens; for development only"
        );
    }
    let place = Place { signing, list };
    Ok(Secrets {
        shared,
        weak,
        place,
    })
}

/// The file of the other secrets. One that is named is there: a slip in its name would go unnoticed.
fn list(data_dir: &Path) -> Result<PathBuf, Failure> {
    const NAME: &str = "PREVIOUS_SECRET_KEYS_FILE";
    let Some(path) = variable(NAME)?.map(PathBuf::from) else {
        return Ok(data_dir.join(LIST));
    };
    match std::fs::metadata(&path) {
        Ok(_) => Ok(path),
        Err(cause) => Err(format!(
            "{NAME}={}: {cause}: write the name of a file, which may be empty",
            path.display()
        )
        .into()),
    }
}

/// The password of the first account, if one was chosen.
pub(crate) fn admin_password() -> Result<Option<String>, Failure> {
    variable("ADMIN_PASSWORD")
}

/// The secret of the client that the pages are, if they are one.
pub(crate) fn client_secret() -> Result<Option<String>, Failure> {
    match given(&["CLIENT_SECRET", "CLIENT_SECRET_FILE"])? {
        Some((name, text)) if text.is_empty() => Err(format!(
            "{name} holds nothing: write there what `tegata client add` printed"
        )
        .into()),
        given => Ok(given.map(|(_, text)| text)),
    }
}

/// The secret, and whether it is too weak to protect anybody.
fn judge(name: &str, text: &str, insecure: bool) -> Result<(HmacSecret, bool), Failure> {
    let refused = |why: SecretError| Failure::from(format!("{name} cannot be used: {why}"));
    match HmacSecret::parse(text) {
        Ok(secret) => Ok((secret, false)),
        Err(_) if insecure => Ok((HmacSecret::parse_insecure(text).map_err(refused)?, true)),
        Err(why) => Err(refused(why)),
    }
}

/// The first of these names that is set, and what it says; `…_FILE` names a file.
pub(crate) fn given(names: &[&str]) -> Result<Option<(String, String)>, Failure> {
    let mut found: Option<(String, String)> = None;
    for &name in names {
        let Some(value) = variable(name)? else {
            continue;
        };
        let text = if name.ends_with("_FILE") {
            read(Path::new(&value)).map_err(|cause| format!("{name}={value}: {cause}"))?
        } else {
            value
        };
        match &found {
            Some((first, other)) if *other != text => {
                return Err(format!("{first} and {name} differ: keep one of them").into());
            }
            _ => found = Some((name.to_owned(), text)),
        }
    }
    Ok(found)
}

/// A variable that is set; set and empty is a slip.
pub(crate) fn variable(name: &str) -> Result<Option<String>, Failure> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => {
            Err(format!("{name} is empty: give it a value or remove it").into())
        }
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8").into()),
    }
}

fn kept(data_dir: &Path, missing: Missing, random: &dyn Random) -> Result<String, Failure> {
    let path = data_dir.join(FILE);
    match read(&path) {
        Ok(text) => Ok(text),
        // A folder that is not there, or cannot be, is found out when it is written.
        Err(cause) if !matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(format!("{} cannot be read: {cause}", path.display()).into())
        }
        Err(_) if missing == Missing::Refuse => Err(
            "SECRET_KEY is not set: give issuer and frontend the same one; `tegata secret` makes one"
                .into(),
        ),
        Err(_) => {
            let kept = keep(data_dir, &path, random);
            Ok(kept.map_err(|cause| {
                format!(
                    "cannot write {}: {cause}: make the folder writable for this user, or choose another with DATA_DIR",
                    path.display()
                )
            })?)
        }
    }
}

/// A line break at the end is the editor's, not the secret's.
pub(crate) fn read(path: &Path) -> std::io::Result<String> {
    Ok(std::fs::read_to_string(path)?
        .trim_end_matches(['\r', '\n'])
        .to_owned())
}

/// Appears whole or not at all. Another process may have been quicker: then its secret is the one.
fn keep(data_dir: &Path, path: &Path, random: &dyn Random) -> std::io::Result<String> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)?;
    let draft = data_dir.join(format!(".{FILE}.{}", random.token(6)));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    writeln!(file, "{}", HmacSecret::generate(random))?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(cause) if cause.kind() != ErrorKind::AlreadyExists => Err(cause),
        _ => read(path),
    }
}
