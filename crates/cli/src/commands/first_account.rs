//! The first account, made when there is none, so that a newcomer can sign in at once.

use secrecy::{ExposeSecret, SecretString};
use tegata_issuer::{
    accounts::{AccountError, Accounts, Draft},
    password::NewPassword,
    random_password::random_password,
    store::Store,
    user::{ADMIN, Username},
};

use super::store::{Hindrance, Opened};
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

/// What the settings say of it.
pub(super) struct Wanted {
    username: Username,
    /// None for a random one. Judged when an account is made of it, and not at every start: the estimator's tables
    /// take six MiB.
    password: Option<SecretString>,
    bcrypt_cost: u32,
}

impl Wanted {
    pub(super) fn parse(settings: &IssuerSettings) -> Result<Self, Failure> {
        let name = &settings.admin_username;
        let username = Username::parse(name)
            .map_err(|why| format!("ADMIN_USERNAME cannot be {name:?}: {why}"))?;
        Ok(Self {
            username,
            password: admin_password()?.map(SecretString::from),
            bcrypt_cost: settings.users.bcrypt_cost,
        })
    }

    /// Refuses a password that cannot be used before anything starts, if the users are on this machine and there
    /// are none. A server may not be there yet: then [`Wanted::ensure`] refuses it.
    pub(super) async fn judge(&self, users: &Opened<dyn Store>) -> Result<(), Failure> {
        if users.server.is_none() && matches!(users.store.any_user().await, Ok(false)) {
            self.chosen()?;
        }
        Ok(())
    }

    fn chosen(&self) -> Result<Option<NewPassword>, Failure> {
        let judged = self.password.as_ref().map(|text| {
            let text = text.expose_secret().to_owned();
            NewPassword::parse(text, self.username.as_str(), None)
                .map_err(|why| format!("ADMIN_PASSWORD cannot be used: {why}").into())
        });
        judged.transpose()
    }

    /// Whether somebody chose its password.
    pub(super) fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// Makes it when there is no account yet.
    pub(super) async fn ensure(
        &self,
        accounts: &Accounts,
    ) -> Result<Option<FirstAccount>, Hindrance> {
        if !accounts.is_empty().await.map_err(Hindrance::Away)? {
            return Ok(None);
        }
        let (password, random_password) = match self.chosen().map_err(Hindrance::Refused)? {
            Some(chosen) => (chosen, None),
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
            Err(other) => Err(other.into()),
        }
    }
}
