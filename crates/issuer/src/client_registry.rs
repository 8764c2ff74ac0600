//! Clients, as the command line adds and removes them and as they prove who they are: one way in, so that one
//! set of rules holds.

use std::sync::Arc;

use secrecy::SecretString;
use tegata_token::{Clock, Random};
use thiserror::Error;

use crate::{
    audit::Audit,
    event::{By, Kind},
    oauth_client::{ClientId, ClientName, ClientSecret, OAuthClient, SecretHash},
    scope::Scopes,
    store::{Store, Unavailable},
};

/// Adds and removes clients.
#[derive(Clone, Debug)]
pub struct ClientRegistry {
    /// Where they are kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids and secrets come from.
    pub random: Arc<dyn Random>,
    /// Where it is told.
    pub audit: Audit,
    /// Who adds and removes them.
    pub by: By,
}

/// Why a client was not added or removed.
#[derive(Debug, Error)]
pub enum ClientError {
    /// Another client has that name.
    #[error("there is a client of that name: remove it, or choose another name")]
    NameTaken,
    /// No client has that name.
    #[error("there is no such client")]
    Unknown,
    /// See [`Unavailable`].
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl ClientRegistry {
    /// Adds a client. Its secret is kept nowhere: whoever is given it has the only copy.
    ///
    /// # Errors
    /// The name is taken, or the store does not answer.
    pub async fn add(
        &self,
        name: ClientName,
        scopes: Scopes,
    ) -> Result<(OAuthClient, ClientSecret), ClientError> {
        // As a store keeps it: the first answer says what all later ones say.
        let now = self.clock.now().truncate_to_millisecond();
        let secret = ClientSecret::generate(self.random.as_ref());
        let client = OAuthClient {
            id: ClientId::new(now, self.random.as_ref()),
            name,
            secret: secret.hash(),
            scopes,
            created_at: now,
        };
        if !self.store.add_client(&client).await? {
            return Err(ClientError::NameTaken);
        }
        let added = self.by.did(Kind::ClientAdded);
        self.audit.record(added.client(client.id.to_string())).await;
        Ok((client, secret))
    }

    /// All clients, in the order of their names.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list(&self) -> Result<Vec<OAuthClient>, Unavailable> {
        self.store.clients().await
    }

    /// Removes the client of this name: no new tokens, and introspection calls those that it has inactive.
    ///
    /// # Errors
    /// There is none, or the store does not answer.
    pub async fn remove(&self, name: &ClientName) -> Result<(), ClientError> {
        let removed = self.store.remove_client(name).await?;
        let id = removed.ok_or(ClientError::Unknown)?;
        let removed = self.by.did(Kind::ClientRemoved);
        self.audit.record(removed.client(id)).await;
        Ok(())
    }
}

/// The client whose id and secret these are. One that nobody added costs as much as a wrong secret.
///
/// # Errors
/// The store does not answer.
pub async fn authenticate(
    store: &dyn Store,
    id: &str,
    secret: &SecretString,
) -> Result<Option<OAuthClient>, Unavailable> {
    let client = recognise(store, id, secret).await?;
    Ok(client.inspect_err(Stranger::told).ok())
}

/// The same, and nothing in the log yet.
pub(crate) async fn recognise(
    store: &dyn Store,
    id: &str,
    secret: &SecretString,
) -> Result<Result<OAuthClient, Stranger>, Unavailable> {
    let id = id.parse().unwrap_or(ClientId::nobody());
    let client = store.client(id).await?;
    let hash = client.as_ref().map_or(SecretHash::NONE, |one| one.secret);
    let fits = hash.fits(secret);
    Ok(match client {
        Some(client) if fits => Ok(client),
        client => Err(Stranger(client.map(|client| client.id))),
    })
}

/// Who did not prove to be a client: the one that they say they are, if there is such.
#[derive(Debug)]
pub(crate) struct Stranger(Option<ClientId>);

impl Stranger {
    /// Into the log.
    pub(crate) fn told(&self) {
        let known = self.0.map(|id| id.to_string());
        let why = match known {
            Some(_) => "wrong secret",
            None => "unknown client",
        };
        tracing::info!(
            event = "client_refused",
            client.id = known,
            why,
            "client refused: {why}"
        );
    }
}
