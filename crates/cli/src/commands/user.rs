//! `tegata user`: accounts, from the command line. Works on the database itself, beside a running issuer
//! or without one.

use std::io::{IsTerminal, Write};

use clap::{Args, Subcommand};
use tegata_issuer::{
    accounts::Draft,
    accounts::{AccountError, Accounts},
    password::{NewPassword, PasswordHash},
    user::{DisplayName, Email, User as Account, Username, role},
};
use time::macros::format_description;

use super::{first_account::random_password, store};
use crate::{
    Failure,
    settings::{
        issuer::UserStoreSettings,
        shared::{DataSettings, LogFormat, LogLevel, LogSettings},
    },
    telemetry,
};

/// Users fetched at a time for a list.
const PAGE: usize = 500;

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add an account; the password is asked for, or read from standard input
    Add(Add),
    /// List all accounts
    List(Where),
    /// Give an account another password; it is asked for, or read from standard input
    SetPassword(SetPassword),
    /// Let an account in no more
    Disable(Named),
    /// Let a disabled account in again
    Enable(Named),
}

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
    place: Where,
}

#[derive(Args, Debug)]
pub(crate) struct SetPassword {
    username: String,
    /// Make a random password and print it
    #[arg(long)]
    generate: bool,
    #[command(flatten)]
    place: Where,
}

#[derive(Args, Debug)]
pub(crate) struct Named {
    username: String,
    #[command(flatten)]
    place: Where,
}

#[derive(Args, Debug)]
pub(crate) struct Where {
    #[command(flatten)]
    data: DataSettings,
    #[command(flatten)]
    users: UserStoreSettings,
}

impl User {
    pub(super) async fn run(self) -> Result<(), Failure> {
        telemetry::start(&LogSettings {
            log: LogLevel::Warn,
            log_format: LogFormat::Text,
        });
        let place = match &self {
            Self::Add(add) => &add.place,
            Self::List(place) => place,
            Self::SetPassword(set) => &set.place,
            Self::Disable(named) | Self::Enable(named) => &named.place,
        };
        let users = store::users(&place.users, &place.data)?;
        if let Some(server) = &users.server {
            server.reach().await?;
        }
        let accounts = store::accounts(users.store.clone());
        let done = match self {
            Self::Add(add) => add.run(&accounts).await,
            Self::List(_) => list(&accounts).await,
            Self::SetPassword(set) => set.run(&accounts).await,
            Self::Disable(named) => named.set_disabled(&accounts, true).await,
            Self::Enable(named) => named.set_disabled(&accounts, false).await,
        };
        users.store.close().await;
        done
    }
}

impl Add {
    async fn run(self, accounts: &Accounts) -> Result<(), Failure> {
        let draft = Draft {
            username: Username::parse(&self.username)?,
            email: self.email.as_deref().map(Email::parse).transpose()?,
            name: self.name.as_deref().map(DisplayName::parse).transpose()?,
            roles: self.roles,
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

impl SetPassword {
    async fn run(self, accounts: &Accounts) -> Result<(), Failure> {
        let user = find(accounts, &self.username).await?;
        let names = (
            user.username.as_str(),
            user.email.as_ref().map(Email::as_str),
        );
        let chosen = Chosen::ask(self.generate, names, accounts)?;
        let hash: PasswordHash =
            Accounts::hash(chosen.password, self.place.users.bcrypt_cost).await?;
        accounts.set_password(&user, &hash).await?;
        say(&format!("password of {} set", user.username.as_str()))?;
        chosen
            .printed
            .map_or(Ok(()), |password| say(&format!("password {password}")))
    }
}

impl Named {
    async fn set_disabled(self, accounts: &Accounts, disabled: bool) -> Result<(), Failure> {
        let user = find(accounts, &self.username).await?;
        accounts.set_disabled(&user, disabled).await?;
        let state = if disabled { "disabled" } else { "enabled" };
        say(&format!("{} {state}", user.username.as_str()))
    }
}

async fn find(accounts: &Accounts, username: &str) -> Result<Account, Failure> {
    match accounts.find(username).await {
        Ok(user) => Ok(user),
        Err(AccountError::Unknown) => {
            Err(format!("there is no user {username:?}: `tegata user list` shows them all").into())
        }
        Err(other) => Err(other.into()),
    }
}

async fn list(accounts: &Accounts) -> Result<(), Failure> {
    let day = format_description!("[year]-[month]-[day]");
    say("USERNAME\tEMAIL\tROLES\tSTATE\tCREATED")?;
    let mut after = None;
    loop {
        let page = accounts.store.users_after(after, PAGE).await?;
        for user in &page {
            let or_dash = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
            say(&[
                user.username.as_str().to_owned(),
                or_dash(user.email.as_ref().map_or("", Email::as_str)),
                or_dash(&user.roles.join(",")),
                if user.disabled { "disabled" } else { "active" }.to_owned(),
                user.created_at.format(&day).unwrap_or_default(),
            ]
            .join("\t"))?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.id),
            _ => return Ok(()),
        }
    }
}

/// A new password, and its text when somebody has to be told.
struct Chosen {
    password: NewPassword,
    printed: Option<String>,
}

impl Chosen {
    fn ask(
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

fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
