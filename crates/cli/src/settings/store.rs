//! Where data is kept: `sqlite:path`.

use std::path::{Path, PathBuf};

/// A database in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SqliteUrl(pub(crate) PathBuf);

impl SqliteUrl {
    pub(crate) fn in_folder(folder: &Path, name: &str) -> Self {
        Self(folder.join(name))
    }
}

pub(crate) fn parse(text: &str) -> Result<SqliteUrl, String> {
    match text.split_once(':') {
        // SQLite's name for a database that is forgotten at the end.
        Some(("sqlite", ":memory:")) => {
            Err("write a file, such as sqlite:data/issuer.db".to_owned())
        }
        Some(("sqlite", path)) if !path.trim_start_matches('/').is_empty() => {
            // sqlite:///absolute and sqlite://relative are what other tools write.
            let path = path.strip_prefix("//").unwrap_or(path);
            Ok(SqliteUrl(PathBuf::from(path)))
        }
        Some(("mongodb" | "mongodb+srv", _)) => {
            Err("MongoDB is not supported by this version: write sqlite:data/issuer.db".to_owned())
        }
        _ => Err("write sqlite: and a file, such as sqlite:data/issuer.db".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_the_scheme() {
        let path = |text: &str| parse(text).map(|url| url.0);
        assert_eq!(path("sqlite:data/issuer.db"), Ok("data/issuer.db".into()));
        assert_eq!(path("sqlite:/var/lib/t.db"), Ok("/var/lib/t.db".into()));
        assert_eq!(path("sqlite:///var/lib/t.db"), Ok("/var/lib/t.db".into()));
        for bad in [
            "",
            "sqlite:",
            "sqlite:///",
            "sqlite::memory:",
            "data/issuer.db",
            "postgres://x/y",
            "mongodb://h/d",
        ] {
            assert!(path(bad).is_err(), "{bad:?}");
        }
    }
}
