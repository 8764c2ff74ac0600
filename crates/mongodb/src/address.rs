//! `mongodb://…`, judged before anything is connected.

use std::{fmt, time::Duration};

use mongodb::{
    error::{Error, ErrorKind},
    options::{ClientOptions, ConnectionString, ReadPreference, SelectionCriteria, WriteConcern},
};
use thiserror::Error;

/// How long connecting to a server may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a verb waits for a server that can serve it: a failover is shorter, a person's patience too.
const SERVER_SELECTION_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections to each server at most, unless a setting or the address says otherwise.
const MAX_POOL_SIZE: u32 = 20;

/// Where a database is, and how to get in. Shows neither user nor password.
#[derive(Clone)]
pub struct Address {
    connection: ConnectionString,
    database: String,
    place: String,
}

/// Connections to each server; what is not said here is as in the address, or the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolSize {
    /// At most; the default is 20.
    pub max: Option<u32>,
    /// At least, once connected; the default is none.
    pub min: Option<u32>,
}

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
    /// The rest of it.
    #[error("{0}: write mongodb://user:password@host:27017/database")]
    Malformed(String),
    /// A setting of the pool makes no sense.
    #[error("the pool's smallest size is over its largest")]
    PoolSize,
}

impl Address {
    /// Judges an address. It has to name the database.
    ///
    /// # Errors
    /// See [`BadAddress`].
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let (scheme, rest) = text.split_once("://").ok_or(BadAddress::Scheme)?;
        if !matches!(scheme, "mongodb" | "mongodb+srv") {
            return Err(BadAddress::Scheme);
        }
        // The driver's complaints quote what it read, so it is asked about what is no secret only.
        let public = rest.rsplit_once('@').map_or(rest, |(_, public)| public);
        let without = ConnectionString::parse(format!("{scheme}://{public}"))
            .map_err(|cause| BadAddress::Malformed(complaint(&cause)));
        let connection = match (ConnectionString::parse(text), without) {
            (Ok(connection), _) => connection,
            (Err(_), Err(malformed)) => return Err(malformed),
            (Err(_), Ok(_)) => return Err(BadAddress::Credentials),
        };
        let database = connection
            .default_database
            .clone()
            .ok_or(BadAddress::NoDatabase)?;
        let hosts = public.split(['/', '?']).next().unwrap_or_default();
        let place = format!("{scheme}://{hosts}/{database}");
        Ok(Self {
            connection,
            database,
            place,
        })
    }

    /// The same with these sizes of the pool.
    ///
    /// # Errors
    /// [`BadAddress::PoolSize`]
    pub fn with_pool_size(mut self, size: PoolSize) -> Result<Self, BadAddress> {
        let own = &mut self.connection;
        own.max_pool_size = size.max.or(own.max_pool_size).or(Some(MAX_POOL_SIZE));
        own.min_pool_size = size.min.or(own.min_pool_size);
        // The driver reads zero as no limit.
        match (own.min_pool_size, own.max_pool_size) {
            (Some(min), Some(max)) if min > max && max > 0 => Err(BadAddress::PoolSize),
            _ => Ok(self),
        }
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Looks up the servers of a `mongodb+srv` address; all other addresses are complete.
    ///
    /// What is acknowledged is on the disks of a majority, and what is read is what was written last:
    /// the address cannot ask for less.
    pub(crate) async fn options(&self) -> mongodb::error::Result<ClientOptions> {
        let mut options = ClientOptions::parse(self.connection.clone()).await?;
        options.app_name.get_or_insert_with(|| "tegata".to_owned());
        options.max_pool_size.get_or_insert(MAX_POOL_SIZE);
        options.connect_timeout.get_or_insert(CONNECT_TIMEOUT);
        options
            .server_selection_timeout
            .get_or_insert(SERVER_SELECTION_TIMEOUT);
        // A standalone server counts itself as a majority once it has a write in memory.
        let mut durable = WriteConcern::majority();
        durable.journal = Some(true);
        options.write_concern = Some(durable);
        options.selection_criteria =
            Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        Ok(options)
    }
}

fn complaint(cause: &Error) -> String {
    match &*cause.kind {
        ErrorKind::InvalidArgument { message, .. } => message.clone(),
        kind => kind.to_string(),
    }
}

/// Hosts and database.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.place).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_where_and_not_who() {
        let address = Address::parse(
            "mongodb://hana:plum%40gate@a.example:27017,b.example/tegata?replicaSet=rs0&authSource=admin",
        )
        .unwrap();
        assert_eq!(address.database(), "tegata");
        for shown in [address.to_string(), format!("{address:?}")] {
            assert!(
                shown.contains("a.example:27017,b.example/tegata"),
                "{shown}"
            );
            assert!(
                !shown.contains("hana") && !shown.contains("plum"),
                "{shown}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_no_secret_is_repeated() {
        for (text, part) in [
            ("localhost:27017/tegata", "write mongodb://"),
            ("postgres://localhost/tegata", "write mongodb://"),
            ("mongodb://localhost:27017", "name of the database"),
            ("mongodb://localhost:27017/?w=1", "name of the database"),
            ("mongodb://localhost:99999/tegata", "port"),
            (
                "mongodb://localhost:27017/tegata?maxPoolSize=x",
                "maxpoolsize",
            ),
            ("mongodb://localhost:27017/tegata?poolsize=4", "poolsize"),
            ("mongodb+srv://a.example:27017/tegata", "port"),
            ("mongodb://u:hunter2hunter2@localhost:x/tegata", "port"),
            ("mongodb://u:hunter2@hunter2@localhost/tegata", "%40"),
            ("mongodb://u:hunter2/hunter2@localhost/tegata", "%2F"),
            ("mongodb://u:hunter2?hunter2@localhost/tegata", "%3F"),
            ("mongodb://u:hunter2%hunter2@localhost/tegata", "%25"),
            ("mongodb://:hunter2hunter2@localhost/tegata", "user"),
        ] {
            let complaint = Address::parse(text).unwrap_err().to_string();
            assert!(complaint.contains(part), "{text}: {complaint}");
            assert!(!complaint.contains("hunter2"), "{text}: {complaint}");
        }
    }

    #[tokio::test]
    async fn an_address_cannot_ask_for_less_than_durable_writes_and_fresh_reads() {
        let address = Address::parse("mongodb://h/d?w=0&journal=false&readPreference=secondary");
        let options = address.unwrap().options().await.unwrap();
        let mut durable = WriteConcern::majority();
        durable.journal = Some(true);
        assert_eq!(options.write_concern, Some(durable));
        assert_eq!(
            options.selection_criteria,
            Some(SelectionCriteria::ReadPreference(ReadPreference::Primary))
        );
        assert_eq!(
            options.server_selection_timeout,
            Some(SERVER_SELECTION_TIMEOUT)
        );
    }

    #[tokio::test]
    async fn a_setting_of_the_pool_goes_before_the_address_and_that_before_the_default() {
        let sized = async |text: &str, max, min| {
            let address = Address::parse(text).unwrap();
            let address = address.with_pool_size(PoolSize { max, min }).unwrap();
            let options = address.options().await.unwrap();
            (options.max_pool_size, options.min_pool_size)
        };
        assert_eq!(sized("mongodb://h/d", None, None).await, (Some(20), None));
        let own = "mongodb://h/d?maxPoolSize=7&minPoolSize=2";
        assert_eq!(sized(own, None, None).await, (Some(7), Some(2)));
        assert_eq!(sized(own, Some(9), Some(3)).await, (Some(9), Some(3)));
        let upside_down = Address::parse(own).unwrap().with_pool_size(PoolSize {
            max: Some(1),
            min: None,
        });
        assert_eq!(upside_down.unwrap_err(), BadAddress::PoolSize);
    }
}
