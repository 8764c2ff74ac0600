//! `tegata user remove`.

use std::io::{IsTerminal, Write};

use clap::Args;
use tegata_issuer::accounts::Accounts;

use super::{Where, find, say};
use crate::Failure;

#[derive(Args, Debug)]
pub(crate) struct Remove {
    username: String,
    /// Do not ask whether that is meant
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    pub(super) place: Where,
}

impl Remove {
    pub(super) async fn run(self, accounts: &Accounts) -> Result<(), Failure> {
        let user = find(accounts, &self.username).await?;
        let username = user.username.as_str();
        if !self.yes && !confirmed(username)? {
            return Err("nothing was removed".into());
        }
        let ended = accounts.remove(user.id).await?;
        say(&format!(
            "{username} removed; login sessions ended: {ended}"
        ))
    }
}

fn confirmed(username: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!(
            "removing {username} cannot be undone: add --yes if that is meant"
        )));
    }
    let mut stderr = std::io::stderr();
    write!(
        stderr,
        "Remove {username} for good and end their login sessions? [y/N] "
    )?;
    stderr.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    let answer = answer.trim().to_ascii_lowercase();
    Ok(matches!(answer.as_str(), "y" | "yes"))
}
