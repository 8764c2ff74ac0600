//! The first account, made when there is none, so that a newcomer can sign in at once.

use tegata_issuer::{
    accounts::{AccountError, Accounts, Draft},
    password::NewPassword,
    random_password::random_password,
    user::{ADMIN, Username},
};

use crate::{
    Failure,
    settings::{issuer::IssuerSettings, secret::admin_password},
};

/// A first account that was just made.
pub(super) struct FirstAccount {
    pub(super) username: String,
    /// Only when it was not chosen: to be printed once.
    pub(super) random_password: Option<String>,
}

/// What the settings say of it, judged before anything starts.
pub(super) struct Wanted {
    username: Username,
    /// None for a random one.
    password: Option<NewPassword>,
    bcrypt_cost: u32,
}

impl Wanted {
    pub(super) fn parse(settings: &IssuerSettings) -> Result<Self, Failure> {
        let name = &settings.admin_username;
        let username = Username::parse(name)
            .map_err(|why| format!("ADMIN_USERNAME cannot be {name:?}: {why}"))?;
        let password = admin_password()?.map(|text| {
            NewPassword::parse(text, name, None)
                .map_err(|why| format!("ADMIN_PASSWORD cannot be used: {why}"))
        });
        Ok(Self {
            username,
            password: password.transpose()?,
            bcrypt_cost: settings.users.bcrypt_cost,
        })
    }

    /// Whether somebody chose its password.
    pub(super) fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// Makes it when there is no account yet.
    pub(super) async fn ensure(
        &self,
        accounts: &Accounts,
    ) -> Result<Option<FirstAccount>, AccountError> {
        if !accounts.is_empty().await? {
            return Ok(None);
        }
        let (password, random_password) = match &self.password {
            Some(chosen) => (chosen.clone(), None),
            None => {
                let text = random_password(accounts.random.as_ref());
                // A hundred bits are never too easy to guess.
                let password = NewPassword::parse(text.clone(), self.username.as_str(), None)
                    .map_err(|_| AccountError::NotHashed)?;
                (password, Some(text))
            }
        };
        let draft = Draft {
            username: self.username.clone(),
            email: None,
            name: None,
            roles: vec![ADMIN.to_owned()],
        };
        let hash = Accounts::hash(password, self.bcrypt_cost).await?;
        match accounts.add(draft, hash).await {
            Ok(user) => Ok(Some(FirstAccount {
                username: user.username.as_str().to_owned(),
                random_password,
            })),
            // Another process was first.
            Err(AccountError::UsernameTaken) => Ok(None),
            Err(other) => Err(other),
        }
    }
}
