//! Where data is kept: `sqlite:path` or `mongodb://host/database`.

use std::path::{Path, PathBuf};

use tegata_mongodb::Address;

/// A place for data.
#[derive(Clone, Debug)]
pub(crate) enum StoreUrl {
    /// A file of this node.
    Sqlite(PathBuf),
    /// A database that several nodes share.
    MongoDb(Box<Address>),
}

impl StoreUrl {
    pub(crate) fn in_folder(folder: &Path, name: &str) -> Self {
        Self::Sqlite(folder.join(name))
    }
}

pub(crate) fn parse(text: &str) -> Result<StoreUrl, String> {
    match text.split_once(':') {
        // SQLite's name for a database that is forgotten at the end.
        Some(("sqlite", ":memory:")) => {
            Err("write a file, such as sqlite:data/issuer.db".to_owned())
        }
        Some(("sqlite", path)) if !path.trim_start_matches('/').is_empty() => {
            // sqlite:///absolute and sqlite://relative are what other tools write.
            let path = path.strip_prefix("//").unwrap_or(path);
            Ok(StoreUrl::Sqlite(PathBuf::from(path)))
        }
        Some(("mongodb" | "mongodb+srv", _)) => match Address::parse(text) {
            Ok(address) => Ok(StoreUrl::MongoDb(Box::new(address))),
            Err(why) => Err(why.to_string()),
        },
        _ => Err(
            "write sqlite: and a file, such as sqlite:data/issuer.db, or mongodb://host:27017/tegata"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_or_a_database_is_named_after_the_scheme() {
        let path = |text: &str| match parse(text) {
            Ok(StoreUrl::Sqlite(path)) => path,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(path("sqlite:data/issuer.db"), Path::new("data/issuer.db"));
        assert_eq!(path("sqlite:/var/lib/t.db"), Path::new("/var/lib/t.db"));
        assert_eq!(path("sqlite:///var/lib/t.db"), Path::new("/var/lib/t.db"));
        for good in ["mongodb://h/d", "mongodb+srv://h.example.com/d"] {
            assert!(matches!(parse(good), Ok(StoreUrl::MongoDb(_))), "{good}");
        }
        for bad in [
            "",
            "sqlite:",
            "sqlite:///",
            "sqlite::memory:",
            "data/issuer.db",
            "postgres://x/y",
            "mongodb://h",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
