//! The secrets that the settings name, as they are written: to be looked at, not to be served with. Makes none, and
//! judges none.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::secret::{FILE, LIST, given, read, variable};
use crate::Failure;

/// A secret, and where it is written.
#[derive(Clone)]
pub(crate) struct KnownSecret {
    /// The setting, or the file.
    pub(crate) name: String,
    /// The file, if it is in one.
    pub(crate) file: Option<PathBuf>,
    /// As written.
    pub(crate) text: String,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct KnownSecrets {
    /// The one that signs.
    pub(crate) current: Option<KnownSecret>,
    /// Those whose tokens are good as well.
    pub(crate) others: Vec<KnownSecret>,
}

/// Looks for them.
pub(crate) fn look(data_dir: &Path) -> Result<KnownSecrets, Failure> {
    let mut all = KnownSecrets::default();
    let kept = data_dir.join(FILE);
    all.current = match given(&["SECRET_KEY", "JWT_SECRET_KEY", "SECRET_KEY_FILE"])? {
        Some((name, text)) => Some(KnownSecret {
            file: match name.as_str() {
                "SECRET_KEY_FILE" => variable(&name)?.map(PathBuf::from),
                _ => None,
            },
            name,
            text,
        }),
        None => in_file(&kept)?.map(|text| KnownSecret {
            name: kept.display().to_string(),
            file: Some(kept.clone()),
            text,
        }),
    };
    let name = "PREVIOUS_SECRET_KEYS";
    let listed = variable(name)?.unwrap_or_default();
    all.others.extend(listed.split(',').filter_map(|text| {
        let text = text.trim().to_owned();
        let (name, file) = (name.to_owned(), None);
        (!text.is_empty()).then_some(KnownSecret { name, file, text })
    }));
    let list = match variable("PREVIOUS_SECRET_KEYS_FILE")? {
        Some(path) => PathBuf::from(path),
        None => data_dir.join(LIST),
    };
    for text in in_file(&list)?.unwrap_or_default().lines() {
        let text = text.trim().to_owned();
        if !text.is_empty() {
            all.others.push(KnownSecret {
                name: list.display().to_string(),
                file: Some(list.clone()),
                text,
            });
        }
    }
    Ok(all)
}

fn in_file(path: &Path) -> Result<Option<String>, Failure> {
    match read(path) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(format!("{} cannot be read: {cause}", path.display()).into()),
    }
}

impl fmt::Debug for KnownSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownSecret")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
