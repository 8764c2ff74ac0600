//! `tegata user change`.

use clap::Args;
use tegata_issuer::{
    accounts::Accounts,
    store::Change as Changes,
    user::{BadName, DisplayName, Email, Username, role, roles},
};

use super::{Where, find, say};
use crate::Failure;

/// What is not given stays as it is.
#[derive(Args, Debug)]
pub(crate) struct Change {
    /// As it is now
    #[arg(value_name = "USERNAME")]
    user: String,
    /// Another username; the id stays, and with it whose the account is
    #[arg(long, value_name = "USERNAME")]
    username: Option<String>,
    /// Another address; an empty one removes it
    #[arg(long)]
    email: Option<String>,
    /// What to call them; an empty one removes it
    #[arg(long)]
    name: Option<String>,
    /// A role, such as admin; may be given several times. All that are not given are taken away
    #[arg(long = "role", value_name = "ROLE", value_parser = role)]
    roles: Vec<String>,
    /// Take all roles away
    #[arg(long, conflicts_with = "roles")]
    no_roles: bool,
    #[command(flatten)]
    pub(super) place: Where,
}

impl Change {
    pub(super) async fn run(self, accounts: &Accounts) -> Result<(), Failure> {
        let changes = self.changes()?;
        if changes.is_empty() {
            return Err(Failure::usage(
                "say what to change: --username, --email, --name, --role or --no-roles",
            ));
        }
        let user = find(accounts, &self.user).await?;
        let changed = accounts.change(user.id, changes).await?.user;
        let (before, after) = (user.username.as_str(), changed.username.as_str());
        if before == after {
            say(&format!("{after} changed"))
        } else {
            say(&format!("{before} changed, and is {after} now"))
        }
    }

    fn changes(&self) -> Result<Changes, BadName> {
        Ok(Changes {
            username: self.username.as_deref().map(Username::parse).transpose()?,
            email: replacement(self.email.as_deref(), Email::parse)?,
            name: replacement(self.name.as_deref(), DisplayName::parse)?,
            roles: if self.no_roles || !self.roles.is_empty() {
                Some(roles(&self.roles)?)
            } else {
                None
            },
            ..Changes::default()
        })
    }
}

/// Another one, none any more, or the one that there is.
fn replacement<T>(
    given: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, BadName>,
) -> Result<Option<Option<T>>, BadName> {
    match given {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => parse(text).map(|parsed| Some(Some(parsed))),
    }
}
