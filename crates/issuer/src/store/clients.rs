//! Clients, in verbs.

use std::fmt::Debug;

use async_trait::async_trait;

use super::Unavailable;
use crate::oauth_client::{ClientId, ClientName, OAuthClient};

/// Clients. There are few: somebody adds each by hand.
#[async_trait]
pub trait Clients: Debug + Send + Sync {
    /// Keeps a new client. False when another has its name.
    async fn add_client(&self, client: &OAuthClient) -> Result<bool, Unavailable>;

    /// The client of this id.
    async fn client(&self, id: ClientId) -> Result<Option<OAuthClient>, Unavailable>;

    /// All of them that can be read, in the order of their names.
    async fn clients(&self) -> Result<Vec<OAuthClient>, Unavailable>;

    /// Removes the client of this name, readable or not. Gives its id as the store has it, none when there is
    /// no such client.
    async fn remove_client(&self, name: &ClientName) -> Result<Option<String>, Unavailable>;
}
