//! `tegata issuer`: the issuer alone.

use clap::Args;
use tegata_issuer::{Issuer as Service, accounts::Accounts};
use tegata_token::SystemRandom;

use super::{first_account, store};
use crate::{
    Failure,
    settings::{
        issuer::IssuerSettings,
        secret::{self, Missing},
        shared::SharedSettings,
    },
    shutdown::Shutdown,
    telemetry,
};

#[derive(Args, Debug)]
pub(crate) struct Issuer {
    #[command(flatten)]
    shared: SharedSettings,
    #[command(flatten)]
    issuer: IssuerSettings,
}

impl Issuer {
    pub(super) async fn run(self) -> Result<(), Failure> {
        telemetry::start(&self.shared.log);
        let stop = Shutdown::on_signals()?;
        let data = &self.shared.data;
        let secrets = secret::secrets(
            &self.shared.secret,
            &data.data_dir,
            Missing::Refuse,
            &SystemRandom,
        )?;
        let users = store::users(&self.issuer.users, data)?;
        let config = self.issuer.config(&self.shared, &secrets)?;
        let issuer = Service::build(&config, users.store.clone()).await?;
        tracing::info!("issuer listens on http://{}", issuer.address());

        let preparing = stop.unless_asked(async {
            if let Some(server) = &users.server {
                server.wait(|| ()).await?;
            }
            self.first_account(&store::accounts(users.store.clone()))
                .await
        });
        let (served, prepared) = tokio::join!(issuer.run(stop.clone().asked()), preparing);
        users.store.close().await;
        prepared?;
        served?;
        Ok(())
    }

    /// Nobody may be looking, so no random password is made: it would end in a log.
    async fn first_account(&self, accounts: &Accounts) -> Result<(), Failure> {
        if secret::admin_password()?.is_some() {
            first_account::ensure(accounts, &self.issuer).await?;
        } else if accounts.is_empty().await? {
            tracing::warn!(
                "there are no accounts yet: set ADMIN_PASSWORD or run `tegata user add`"
            );
        }
        Ok(())
    }
}
