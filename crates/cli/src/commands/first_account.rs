//! The first account, made when there is none, so that a newcomer can sign in at once.

use tegata_issuer::{
    accounts::{ADMIN, AccountError, Accounts, Draft},
    password::NewPassword,
    user::Username,
};
use tegata_token::Random;

use crate::{
    Failure,
    settings::{issuer::IssuerSettings, secret::admin_password},
};

/// 32 letters and digits that are not mistaken for each other: five bits each, without bias.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const LETTERS: usize = 20;

/// A first account that was just made.
#[derive(Debug)]
pub(super) struct FirstAccount {
    pub(super) username: String,
    /// Only when it was not chosen: to be printed once.
    pub(super) random_password: Option<String>,
}

/// Makes it, with the password of the setting or else a random one.
pub(super) async fn ensure(
    accounts: &Accounts,
    settings: &IssuerSettings,
) -> Result<Option<FirstAccount>, Failure> {
    if !accounts.is_empty().await? {
        return Ok(None);
    }
    let chosen = admin_password()?;
    let random_password = chosen
        .is_none()
        .then(|| random_password(accounts.random.as_ref()));
    let text = chosen
        .or_else(|| random_password.clone())
        .unwrap_or_default();

    let name = &settings.admin_username;
    let username =
        Username::parse(name).map_err(|why| format!("ADMIN_USERNAME cannot be {name:?}: {why}"))?;
    let password = NewPassword::parse(text, name, None)
        .map_err(|why| format!("ADMIN_PASSWORD cannot be used: {why}"))?;
    let draft = Draft {
        username,
        email: None,
        name: None,
        roles: vec![ADMIN.to_owned()],
    };
    let hash = Accounts::hash(password, settings.users.bcrypt_cost).await?;
    match accounts.add(draft, hash).await {
        Ok(user) => Ok(Some(FirstAccount {
            username: user.username.as_str().to_owned(),
            random_password,
        })),
        // Another process was first.
        Err(AccountError::UsernameTaken) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

pub(super) fn random_password(random: &dyn Random) -> String {
    let mut bytes = [0; LETTERS];
    random.fill(&mut bytes);
    bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect()
}
