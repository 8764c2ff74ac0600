//! `mongodb://…`, judged before anything is connected.

#[cfg(test)]
mod tests;

use std::{fmt, time::Duration};

use mongodb::options::{
    AuthMechanism, ClientOptions, ConnectionString, HostInfo, ReadPreference, SelectionCriteria,
    WriteConcern,
};

use crate::bad_address::BadAddress;

/// How long connecting to a server may take: one that says nothing is given up so soon, and tried anew.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(2500);
/// How long a verb waits for a server that can serve it: many a failover is shorter, and so is the time in which
/// whoever asked has to be told.
const SERVER_SELECTION_TIMEOUT: Duration = Duration::from_millis(1250);
/// Connections to each server at most, unless a setting or the address says otherwise.
const MAX_POOL_SIZE: u32 = 20;

/// Where a database is, and how to get in. Shows neither user nor password.
#[derive(Clone)]
pub struct Address {
    connection: ConnectionString,
    /// Without credentials.
    servers: String,
    database: String,
    /// Whose documents are there decides who says how they are read.
    foreign: bool,
}

/// Connections to each server; what is not said here is as in the address, or the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolSize {
    /// At most; the default is 20.
    pub max: Option<u32>,
    /// At least, once connected; the default is none.
    pub min: Option<u32>,
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
        // The driver cuts two bytes off after a percent sign, and panics with the password when they are half a letter.
        let cut = |after: &str| after.len() > 1 && !after.is_char_boundary(2);
        if rest.split('%').skip(1).any(cut) {
            return Err(BadAddress::Credentials);
        }
        let connection = ConnectionString::parse(text).map_err(|cause| {
            let without = rest
                .rsplit_once('@')
                .map(|(_, public)| ConnectionString::parse(format!("{scheme}://{public}")));
            match without {
                Some(Ok(_)) => BadAddress::Credentials,
                Some(Err(cause)) => BadAddress::told(&cause, rest),
                None => BadAddress::told(&cause, rest),
            }
        })?;
        let database = connection
            .default_database
            .clone()
            .ok_or(BadAddress::NoDatabase)?;
        if ["admin", "config", "local"].contains(&database.as_str()) {
            return Err(BadAddress::ServersOwn);
        }
        let hosts = match &connection.host_info {
            HostInfo::HostIdentifiers(hosts) => {
                let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
                hosts.join(",")
            }
            HostInfo::DnsRecord(name) => name.clone(),
            _ => String::new(),
        };
        Ok(Self {
            connection,
            servers: format!("{scheme}://{hosts}"),
            database,
            foreign: false,
        })
    }

    /// Judges an address that names somebody else's collection after the database, as in
    /// `mongodb://host/db.users`, and takes the two apart. It may ask for reads from other members than the
    /// primary.
    ///
    /// # Errors
    /// See [`BadAddress`].
    pub fn of_collection(text: &str) -> Result<(Self, String), BadAddress> {
        let mut address = Self::parse(text).map_err(|why| match why {
            BadAddress::NoDatabase => BadAddress::NoCollection,
            other => other,
        })?;
        let (database, collection) = match address.database.split_once('.') {
            Some((database, collection)) if !database.is_empty() && !collection.is_empty() => {
                (database.to_owned(), collection.to_owned())
            }
            _ => return Err(BadAddress::NoCollection),
        };
        // Where the user belongs, unless `authSource` says otherwise.
        address.connection.default_database = Some(database.clone());
        address.database = database;
        address.foreign = true;
        Ok((address, collection))
    }

    /// The user who would get in with a password, if the address has none.
    pub fn lacks_password_of(&self) -> Option<&str> {
        let credential = self.connection.credential.as_ref()?;
        let by_password = matches!(
            credential.mechanism,
            None | Some(
                AuthMechanism::ScramSha1 | AuthMechanism::ScramSha256 | AuthMechanism::Plain
            )
        );
        let given = credential.password.as_ref().is_some_and(|p| !p.is_empty());
        credential
            .username
            .as_deref()
            .filter(|_| by_password && !given)
    }

    /// The same with this password.
    #[must_use]
    pub fn with_password(mut self, password: String) -> Self {
        if let Some(credential) = &mut self.connection.credential {
            credential.password = Some(password);
        }
        self
    }

    /// The same with these sizes of the pool.
    ///
    /// # Errors
    /// [`BadAddress::PoolSize`]
    pub fn with_pool_size(mut self, size: PoolSize) -> Result<Self, BadAddress> {
        let own = &mut self.connection;
        own.max_pool_size = size.max.or(own.max_pool_size).or(Some(MAX_POOL_SIZE));
        own.min_pool_size = size.min.or(own.min_pool_size);
        match (own.min_pool_size, own.max_pool_size) {
            (_, Some(0)) => Err(BadAddress::Option("maxPoolSize".to_owned())),
            (Some(min), Some(max)) if min > max => Err(BadAddress::PoolSize),
            _ => Ok(self),
        }
    }

    /// The name of the database.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// Looks up the servers of a `mongodb+srv` address; all other addresses are complete.
    ///
    /// What is acknowledged is on the disks of a majority, and what is read is what was written last:
    /// the address cannot ask for less, but of a collection that is only read here.
    pub(crate) async fn options(&self) -> mongodb::error::Result<ClientOptions> {
        let mut options = ClientOptions::parse(self.connection.clone()).await?;
        options.app_name.get_or_insert_with(|| "tegata".to_owned());
        options.max_pool_size.get_or_insert(MAX_POOL_SIZE);
        options.connect_timeout.get_or_insert(CONNECT_TIMEOUT);
        options
            .server_selection_timeout
            .get_or_insert(SERVER_SELECTION_TIMEOUT);
        if self.foreign {
            return Ok(options);
        }
        // A standalone server counts itself as a majority once it has a write in memory.
        let mut durable = WriteConcern::majority();
        durable.journal = Some(true);
        options.write_concern = Some(durable);
        options.selection_criteria =
            Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        Ok(options)
    }
}

/// Hosts and database.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.servers, self.database)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}
