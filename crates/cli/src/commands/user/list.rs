//! `tegata user list`.

use tegata_issuer::{accounts::Accounts, user::Email};
use time::macros::format_description;

use super::{everybody::everybody, say};
use crate::Failure;

pub(super) async fn list(accounts: &Accounts) -> Result<(), Failure> {
    let day = format_description!("[year]-[month]-[day]");
    say("USERNAME\tEMAIL\tROLES\tSTATE\tCREATED")?;
    let left_out = everybody(accounts, |user| {
        let or_dash = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
        say(&[
            user.username.as_str().to_owned(),
            or_dash(user.email.as_ref().map_or("", Email::as_str)),
            or_dash(&user.roles.join(",")),
            if user.disabled { "disabled" } else { "active" }.to_owned(),
            user.created_at.format(&day).unwrap_or_default(),
        ]
        .join("\t"))
    });
    left_out.await?.judge()
}
