//! `tegata user add`.

use clap::Args;
use tegata_issuer::{
    accounts::{Accounts, Draft},
    user::{DisplayName, Email, Username, role, roles},
};

use super::{Where, password::Chosen, say};
use crate::Failure;

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// 1 to 64 letters, digits or . _ - @ +
    username: String,
    #[arg(long)]
    email: Option<String>,
    /// What to call them
    #[arg(long)]
    name: Option<String>,
    /// A role, such as admin; may be given several times
    #[arg(long = "role", value_name = "ROLE", value_parser = role)]
    roles: Vec<String>,
    /// Make a random password and print it
    #[arg(long)]
    generate: bool,
    #[command(flatten)]
    pub(super) place: Where,
}

impl Add {
    pub(super) async fn run(self, accounts: &Accounts) -> Result<(), Failure> {
        let draft = Draft {
            username: Username::parse(&self.username)?,
            email: self.email.as_deref().map(Email::parse).transpose()?,
            name: self.name.as_deref().map(DisplayName::parse).transpose()?,
            roles: roles(&self.roles)?,
        };
        let email = self.email.as_deref();
        let chosen = Chosen::ask(self.generate, (&self.username, email), accounts)?;
        let hash = Accounts::hash(chosen.password, self.place.users.bcrypt_cost).await?;
        let user = accounts.add(draft, hash).await?;
        say(&format!("added {}", user.username.as_str()))?;
        chosen
            .printed
            .map_or(Ok(()), |password| say(&format!("password {password}")))
    }
}
