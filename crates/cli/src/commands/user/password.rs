//! `tegata user set-password`, and where the text of a new password comes from.

use std::io::IsTerminal;

use clap::Args;
use tegata_issuer::{
    accounts::Accounts,
    password::{NewPassword, PasswordHash},
    random_password::random_password,
    user::Email,
};

use super::{Where, find, say};
use crate::Failure;

#[derive(Args, Debug)]
pub(crate) struct SetPassword {
    username: String,
    /// Make a random password and print it
    #[arg(long)]
    generate: bool,
    #[command(flatten)]
    pub(super) place: Where,
}

impl SetPassword {
    pub(super) async fn run(self, accounts: &Accounts) -> Result<(), Failure> {
        let user = find(accounts, &self.username).await?;
        let names = (
            user.username.as_str(),
            user.email.as_ref().map(Email::as_str),
        );
        let chosen = Chosen::ask(self.generate, names, accounts)?;
        let hash: PasswordHash =
            Accounts::hash(chosen.password, self.place.users.bcrypt_cost).await?;
        let ended = accounts.set_password(&user, hash).await?;
        say(&format!(
            "password of {} set; login sessions ended: {ended}",
            user.username.as_str()
        ))?;
        chosen
            .printed
            .map_or(Ok(()), |password| say(&format!("password {password}")))
    }
}

/// A new password, and its text when somebody has to be told.
pub(super) struct Chosen {
    pub(super) password: NewPassword,
    pub(super) printed: Option<String>,
}

impl Chosen {
    pub(super) fn ask(
        generate: bool,
        (username, email): (&str, Option<&str>),
        accounts: &Accounts,
    ) -> Result<Self, Failure> {
        let (text, printed) = if generate {
            let text = random_password(accounts.random.as_ref());
            (text.clone(), Some(text))
        } else {
            (ask_password()?, None)
        };
        let password = NewPassword::parse(text, username, email)?;
        Ok(Self { password, printed })
    }
}

fn ask_password() -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let first = rpassword::prompt_password("Password: ")?;
    let again = rpassword::prompt_password("Once more: ")?;
    if first == again {
        Ok(first)
    } else {
        Err("the two passwords differ: nothing was changed".into())
    }
}
