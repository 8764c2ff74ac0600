//! `tegata user show`.

use clap::Args;
use tegata_issuer::{
    accounts::Accounts,
    throttle::{Wait, Whose},
    user::{DisplayName, Email},
};
use time::{Duration, macros::format_description};

use super::{Where, find, say};
use crate::{Failure, settings::throttling::WaitSettings};

#[derive(Args, Debug)]
pub(crate) struct Show {
    username: String,
    #[command(flatten)]
    waits: WaitSettings,
    #[command(flatten)]
    pub(super) place: Where,
}

impl Show {
    pub(super) async fn run(self, accounts: &Accounts) -> Result<(), Failure> {
        let settings = self.waits.throttling()?;
        let user = find(accounts, &self.username).await?;
        let waits = accounts.waits(user.id, &settings).await?;
        let day = format_description!("[year]-[month]-[day]");
        for (what, value) in [
            ("username", user.username.as_str()),
            ("id", &user.id.to_string()),
            ("email", user.email.as_ref().map_or("-", Email::as_str)),
            ("name", user.name.as_ref().map_or("-", DisplayName::as_str)),
            ("roles", &user.roles.join(",")),
            ("state", if user.disabled { "disabled" } else { "active" }),
            ("created", &user.created_at.format(&day).unwrap_or_default()),
        ] {
            say(&format!(
                "{what}\t{}",
                if value.is_empty() { "-" } else { value }
            ))?;
        }
        if waits.is_empty() {
            say("waits\tnobody")?;
        }
        waits.iter().try_for_each(|wait| say(&told(wait)))
    }
}

fn told(wait: &Wait) -> String {
    let left = time_left(wait.left);
    match &wait.whose {
        Whose::From(origin) => format!("waits\twhoever comes from {origin}, another {left}"),
        Whose::Anybody => format!("waits\twhoever logs in, another {left}"),
        Whose::SignedIn => {
            format!("waits\twhoever is signed in and gives the password again, another {left}")
        }
    }
}

/// Rounded up, so that it is over then.
fn time_left(left: Duration) -> String {
    let seconds = left.whole_seconds() + i64::from(left.subsec_nanoseconds() > 0);
    match seconds {
        ..120 => format!("{seconds} s"),
        _ => format!("{} min", (seconds + 59) / 60),
    }
}
