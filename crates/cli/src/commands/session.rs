//! `tegata session`: login sessions, from the command line. Works on the database itself, beside a running
//! issuer or without one; whoever follows its feed hears of an end within two seconds.

use std::sync::Arc;

use clap::{Args, Subcommand};
use tegata_issuer::{
    accounts::Accounts,
    kept_keys::KeptKeys,
    login_session::{EndCause, LoginSession, Sid},
    sealing::Sealing,
    store::Store,
};
use tegata_token::{Clock, SystemClock, SystemRandom};
use time::{OffsetDateTime, macros::format_description};

use super::{
    store,
    user::{Names, Where, find, say},
};
use crate::{
    Failure,
    settings::{
        secret::{self, Missing},
        shared::{LogFormat, LogLevel, LogSettings, SecretSettings},
    },
    telemetry,
};

/// Sessions fetched at a time.
const PAGE: usize = 500;

#[derive(Debug, Subcommand)]
pub(crate) enum Session {
    /// List live login sessions
    List(List),
    /// End login sessions: one, all of a user, or all
    End(End),
}

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only this user's
    #[arg(long, value_name = "USERNAME")]
    user: Option<String>,
    #[command(flatten)]
    place: Where,
}

#[derive(Args, Debug)]
pub(crate) struct End {
    #[command(flatten)]
    which: Which,
    /// Make a new key of refresh tokens as well; needs SECRET_KEY, and a restart of the issuers
    #[arg(long, requires = "everybody")]
    new_key: bool,
    #[command(flatten)]
    secret: SecretSettings,
    #[command(flatten)]
    place: Where,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Which {
    /// The session of this id, as `tegata session list` shows it
    #[arg(value_name = "SESSION", allow_hyphen_values = true)]
    id: Option<Sid>,
    /// All of this user
    #[arg(long, value_name = "USERNAME")]
    user: Option<String>,
    /// All of all users
    #[arg(long)]
    everybody: bool,
}

impl Session {
    pub(super) async fn run(self) -> Result<(), Failure> {
        telemetry::start(&LogSettings {
            log: LogLevel::Warn,
            log_format: LogFormat::Text,
        });
        let place = match &self {
            Self::List(list) => &list.place,
            Self::End(end) => &end.place,
        };
        let users = place.open().await?;
        let done = match &self {
            Self::List(list) => list.run(&users).await,
            Self::End(end) => end.run(&users).await,
        };
        users.close().await;
        done
    }
}

impl List {
    async fn run(&self, store: &Arc<dyn Store>) -> Result<(), Failure> {
        let now = SystemClock.now();
        say("USERNAME\tSESSION\tSIGNED IN\tLAST USED\tFROM\tWITH")?;
        if let Some(username) = &self.user {
            let user = find(&store::accounts(store.clone()), username).await?;
            let sessions = store.sessions_of(user.id, now, usize::MAX).await?;
            let name = user.username.as_str();
            return sessions.iter().try_for_each(|one| say(&line(name, one)));
        }
        let mut names = Names::default();
        let mut after = None;
        loop {
            let page = store.sessions_after(after, now, PAGE).await?;
            for session in &page {
                let name = names.of(store.as_ref(), session.user).await?;
                say(&line(&name, session))?;
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.id),
                _ => return Ok(()),
            }
        }
    }
}

impl End {
    async fn run(&self, store: &Arc<dyn Store>) -> Result<(), Failure> {
        let accounts = store::accounts(store.clone());
        let ended = self.end(store, &accounts).await;
        accounts.audit.close().await;
        ended
    }

    async fn end(&self, store: &Arc<dyn Store>, accounts: &Accounts) -> Result<(), Failure> {
        let sessions = accounts.sessions();
        let cause = EndCause::EndedByAdmin;
        if let Some(id) = self.which.id {
            return if sessions.end(id, None, cause).await? {
                say("1 login session ended")
            } else {
                Err(format!(
                    "there is no live login session {id}: `tegata session list` shows them all"
                )
                .into())
            };
        }
        // What is refused, is refused before anybody is signed out.
        let sealing = if self.new_key {
            let folder = &self.place.data.data_dir;
            let secrets = secret::secrets(&self.secret, folder, Missing::Refuse, &SystemRandom)?;
            Some(Sealing::of(&secrets.shared.now())?)
        } else {
            None
        };
        let ended = match &self.which.user {
            Some(username) => {
                let user = find(accounts, username).await?;
                sessions.end_all_of(user.id, None, cause).await?
            }
            None => sessions.end_all(cause).await?,
        };
        say(&format!("login sessions ended: {ended}"))?;
        if let Some(sealing) = sealing {
            KeptKeys::renew_refresh(store.as_ref(), &sealing, &SystemRandom).await?;
            say("a new key of refresh tokens was made: restart the issuers that run")?;
        }
        Ok(())
    }
}

fn line(username: &str, session: &LoginSession) -> String {
    let minute = format_description!("[year]-[month]-[day] [hour]:[minute]Z");
    let moment = |at: OffsetDateTime| at.format(&minute).unwrap_or_default();
    let client = &session.client;
    [
        username.to_owned(),
        session.id.to_string(),
        moment(session.created_at),
        moment(session.used_at),
        client
            .address
            .map_or("-".to_owned(), |address| address.to_string()),
        client.user_agent.clone().unwrap_or_else(|| "-".to_owned()),
    ]
    .join("\t")
}
