//! `tegata user`: accounts, from the command line. Works on the database itself, beside a running issuer
//! or without one.

mod add;
mod change;
mod everybody;
mod export;
mod format;
mod import;
mod list;
mod names;
mod password;
mod remove;
mod show;

use std::{io::Write, sync::Arc};

use clap::{Args, Subcommand};
use tegata_issuer::{
    accounts::{AccountError, Accounts},
    store::Store,
    user::User as Account,
};

pub(super) use self::names::Names;
use self::{
    add::Add, change::Change, export::Export, import::Import, list::list, password::SetPassword,
    remove::Remove, show::Show,
};
use super::store;
use crate::{
    Failure,
    settings::{
        issuer::UserStoreSettings,
        shared::{DataSettings, LogFormat, LogLevel, LogSettings},
    },
    telemetry,
};

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add an account; the password is asked for, or read from standard input
    Add(Add),
    /// List all accounts
    List(Where),
    /// Show one account, and who has to wait there after wrong passwords
    Show(Show),
    /// Give an account another username, address, name or roles
    Change(Change),
    /// Give an account another password and end its login sessions; it is asked for, or read from standard input
    SetPassword(SetPassword),
    /// Let an account in no more and end its login sessions
    Disable(Named),
    /// Let a disabled account in again
    Enable(Named),
    /// Forget the wrong passwords at an account, so that its owner need not wait; an address that has failed too often
    /// waits on
    Unblock(Named),
    /// Remove an account for good and end its login sessions
    Remove(Remove),
    /// Add the users of a file or a MongoDB collection, with the bcrypt hashes that they have
    #[command(after_help = import::HELP)]
    Import(Import),
    /// Write all users, with their password hashes, in a form that import takes
    #[command(after_help = export::HELP)]
    Export(Export),
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
    pub(super) data: DataSettings,
    #[command(flatten)]
    pub(super) users: UserStoreSettings,
}

impl Where {
    /// The store there, reached now or not at all.
    pub(super) async fn open(&self) -> Result<Arc<dyn Store>, Failure> {
        let users = store::users(&self.users, &self.data)?;
        if let Some(server) = &users.server {
            server.reach().await?;
        }
        Ok(users.store)
    }
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
            Self::Show(show) => &show.place,
            Self::Change(change) => &change.place,
            Self::SetPassword(set) => &set.place,
            Self::Disable(named) | Self::Enable(named) | Self::Unblock(named) => &named.place,
            Self::Remove(remove) => &remove.place,
            Self::Import(import) => &import.place,
            Self::Export(export) => &export.place,
        };
        let users = store::users(&place.users, &place.data)?;
        if let Some(server) = &users.server {
            server.reach().await?;
        }
        let accounts = store::accounts(users.store.clone());
        let done = match self {
            Self::Add(add) => add.run(&accounts).await,
            Self::List(_) => list(&accounts).await,
            Self::Show(show) => show.run(&accounts).await,
            Self::Change(change) => change.run(&accounts).await,
            Self::SetPassword(set) => set.run(&accounts).await,
            Self::Disable(named) => named.set_disabled(&accounts, true).await,
            Self::Enable(named) => named.set_disabled(&accounts, false).await,
            Self::Unblock(named) => named.unblock(&accounts).await,
            Self::Remove(remove) => remove.run(&accounts).await,
            Self::Import(import) => import.run(&accounts, users.server.as_ref()).await,
            Self::Export(export) => export.run(&accounts).await,
        };
        accounts.audit.close().await;
        users.store.close().await;
        done
    }
}

impl Named {
    async fn set_disabled(self, accounts: &Accounts, disabled: bool) -> Result<(), Failure> {
        let user = find(accounts, &self.username).await?;
        let ended = accounts.set_disabled(&user, disabled).await?;
        let username = user.username.as_str();
        if disabled {
            say(&format!(
                "{username} disabled; login sessions ended: {ended}"
            ))
        } else {
            say(&format!("{username} enabled"))
        }
    }

    async fn unblock(self, accounts: &Accounts) -> Result<(), Failure> {
        let user = find(accounts, &self.username).await?;
        let forgotten = accounts.unblock(user.id).await?;
        let username = user.username.as_str();
        say(&match forgotten {
            0 => format!("nobody has failed at {username} within the hour"),
            _ => format!("{username} unblocked: nobody waits for wrong passwords at it any more"),
        })
    }
}

pub(super) async fn find(accounts: &Accounts, username: &str) -> Result<Account, Failure> {
    match accounts.find(username).await {
        Ok(user) => Ok(user),
        Err(AccountError::Unknown) => {
            Err(format!("there is no user {username:?}: `tegata user list` shows them all").into())
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
