//! The names of users whose ids stand in a list, each looked up once.

use std::collections::HashMap;

use tegata_issuer::store::{Store, Unavailable};
use uuid::Uuid;

/// Those that were looked up; none of whoever is gone.
#[derive(Debug, Default)]
pub(in crate::commands) struct Names(HashMap<Uuid, Option<String>>);

impl Names {
    /// The name, or the id of whoever is gone. A user that somebody has spoilt is told of in the log, and does not
    /// end the list.
    pub(in crate::commands) async fn of(
        &mut self,
        store: &dyn Store,
        id: Uuid,
    ) -> Result<String, Unavailable> {
        let name = match self.0.get(&id) {
            Some(known) => known.clone(),
            None => {
                let name = match store.user_by_id(id).await {
                    Ok(user) => user.map(|user| user.username.as_str().to_owned()),
                    Err(cause) if cause.is_of_one_record() => {
                        tracing::error!(%cause, "the name of a user was left out");
                        None
                    }
                    Err(cause) => return Err(cause),
                };
                self.0.insert(id, name.clone());
                name
            }
        };
        Ok(name.unwrap_or_else(|| id.to_string()))
    }
}
