//! `tegata client`: programs that get tokens of their own, from the command line. Works on the database itself,
//! beside a running issuer or without one.

use clap::{Args, Subcommand};
use tegata_issuer::{
    client_registry::{ClientError, ClientRegistry},
    oauth_client::ClientName,
    scope::Scopes,
};
use time::macros::format_description;

use super::{
    store,
    user::{Where, say},
};
use crate::{
    Failure,
    settings::shared::{LogFormat, LogLevel, LogSettings},
    telemetry,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    /// Add a client, and print its id and its secret, once
    Add(Add),
    /// List all clients
    List(Where),
    /// Remove a client: it gets no new tokens
    Remove(Remove),
}

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// 1 to 64 letters, digits or . _ -
    name: String,
    /// What its tokens may permit, such as orders:read; several with blanks between, or given several times
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    #[command(flatten)]
    place: Where,
}

#[derive(Args, Debug)]
pub(crate) struct Remove {
    name: String,
    #[command(flatten)]
    place: Where,
}

impl Client {
    pub(super) async fn run(self) -> Result<(), Failure> {
        telemetry::start(&LogSettings {
            log: LogLevel::Warn,
            log_format: LogFormat::Text,
        });
        let place = match &self {
            Self::Add(add) => &add.place,
            Self::List(place) => place,
            Self::Remove(remove) => &remove.place,
        };
        let store = place.open().await?;
        let clients = store::clients(store.clone());
        let done = match self {
            Self::Add(add) => add.run(&clients).await,
            Self::List(_) => list(&clients).await,
            Self::Remove(remove) => remove.run(&clients).await,
        };
        clients.audit.close().await;
        store.close().await;
        done
    }
}

impl Add {
    async fn run(self, clients: &ClientRegistry) -> Result<(), Failure> {
        let name = ClientName::parse(&self.name)?;
        let scopes = Scopes::parse(&self.scopes)?;
        let (client, secret) = clients.add(name, scopes).await?;
        // In the form of the settings that the pages read.
        let printed = say(&format!(
            "added {}; its secret is not shown again\nCLIENT_ID={}\nCLIENT_SECRET={}",
            client.name.as_str(),
            client.id,
            secret.expose(),
        ));
        printed.map_err(|_| {
            let name = client.name.as_str();
            format!("the secret of {name} could not be printed: `tegata client remove {name}`, and add it again").into()
        })
    }
}

impl Remove {
    async fn run(self, clients: &ClientRegistry) -> Result<(), Failure> {
        // Whatever is no name is nobody's.
        let name = ClientName::from_stored(self.name);
        match clients.remove(&name).await {
            Ok(()) => say(&format!("removed {}", name.as_str())),
            Err(ClientError::Unknown) => Err(format!(
                "there is no client {:?}: `tegata client list` shows them all",
                name.as_str()
            )
            .into()),
            Err(other) => Err(other.into()),
        }
    }
}

async fn list(clients: &ClientRegistry) -> Result<(), Failure> {
    let day = format_description!("[year]-[month]-[day]");
    say("NAME\tCLIENT_ID\tSCOPES\tCREATED")?;
    for client in clients.list().await? {
        let scopes = client.scopes.to_string();
        say(&[
            client.name.as_str().to_owned(),
            client.id.to_string(),
            if scopes.is_empty() {
                "-".to_owned()
            } else {
                scopes
            },
            client.created_at.format(&day).unwrap_or_default(),
        ]
        .join("\t"))?;
    }
    Ok(())
}
