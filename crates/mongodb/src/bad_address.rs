//! What is wrong with an address, in words that hold no part of it that may be a secret.

use mongodb::error::Error;
use thiserror::Error;

/// Why a text is no address of a database. The text says what to write instead, and repeats no secret.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BadAddress {
    /// Neither `mongodb://` nor `mongodb+srv://`.
    #[error("write mongodb://user:password@host:27017/database")]
    Scheme,
    /// User or password hold what has a meaning in an address.
    #[error(
        "write the user and the password with %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #, %25 for %"
    )]
    Credentials,
    /// No name after the host.
    #[error("add the name of the database after the host: mongodb://host:27017/tegata")]
    NoDatabase,
    /// One of `admin`, `config`, `local`.
    #[error("admin, config and local belong to MongoDB itself: name another database")]
    ServersOwn,
    /// No name after that of the database, where one is wanted.
    #[error("it lacks the collection: write mongodb://host:27017/database.collection")]
    NoCollection,
    /// No number.
    #[error(
        "the port should be a number from 1 to 65535: write mongodb://user:password@host:27017/database"
    )]
    Port,
    /// An option that there is not, or with a value that it cannot have.
    #[error("the option {0} cannot be used, or not so")]
    Option(String),
    /// The rest of it.
    #[error("it cannot be read: write mongodb://user:password@host:27017/database")]
    Malformed,
    /// A setting of the pool makes no sense.
    #[error("the pool's smallest size is over its largest")]
    PoolSize,
}

impl BadAddress {
    /// Says in words of our own what the driver says of `rest`, all after the scheme: the driver repeats what
    /// it read, and where there was a slip of the pen that may be a password.
    pub(crate) fn told(cause: &Error, rest: &str) -> Self {
        let said = cause.kind.to_string();
        let options = rest.rsplit_once('?').map_or("", |(_, options)| options);
        let names = options
            .split('&')
            .filter_map(|option| Some(option.split_once('=')?.0));
        let known = |name: &&str| {
            let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
            plain && said.to_lowercase().contains(&name.to_lowercase())
        };
        match names.into_iter().find(known) {
            Some(name) => Self::Option(name.to_owned()),
            None if said.contains("port") => Self::Port,
            None => Self::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::address::Address;

    #[test]
    fn what_is_wrong_is_named_and_no_secret_is_repeated() {
        for (text, part) in [
            ("localhost:27017/tegata", "write mongodb://"),
            ("mongodb:u:hunter2@localhost/tegata", "write mongodb://"),
            ("postgres://localhost/tegata", "write mongodb://"),
            ("mongodb://localhost:27017", "name of the database"),
            ("mongodb://localhost:27017/?w=1", "name of the database"),
            ("mongodb://localhost:27017/admin", "name another database"),
            ("mongodb://localhost:99999/tegata", "port"),
            ("mongodb://u:hunter2/tegata", "port"),
            ("mongodb://u:hunter2:27017/tegata", "port"),
            ("mongodb://h/tegata?maxPoolSize=hunter2", "maxPoolSize"),
            ("mongodb://h/tegata?poolsize=hunter2", "poolsize"),
            ("mongodb://h/tegata?username=u&password=hunter2", "username"),
            (
                "mongodb://h/tegata?authMechanism=hunter2",
                "it cannot be read",
            ),
            ("mongodb+srv://a.example:27017/tegata", "port"),
            ("mongodb://u:hunter2hunter2@localhost:x/tegata", "port"),
            ("mongodb://u:hunter2@hunter2@localhost/tegata", "%40"),
            ("mongodb://u:hunter2/hunter2@localhost/tegata", "%2F"),
            ("mongodb://u:hunter2?hunter2@localhost/tegata", "%3F"),
            ("mongodb://u:hunter2%hunter2@localhost/tegata", "%25"),
            ("mongodb://u:hunter2%é@localhost/tegata", "%25"),
            ("mongodb://u:hunter2%4é@localhost/tegata", "%25"),
            ("mongodb://u:hunter2%関所@localhost/tegata", "%25"),
            ("mongodb://:hunter2hunter2@localhost/tegata", "user"),
        ] {
            let complaint = Address::parse(text).unwrap_err().to_string();
            assert!(complaint.contains(part), "{text}: {complaint}");
            assert!(!complaint.contains("hunter2"), "{text}: {complaint}");
        }
    }
}
