//! `tegata issuer`: the issuer alone.

use clap::Args;
use tegata_issuer::Issuer as Service;
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
        let data_dir = &self.shared.data.data_dir;
        let secrets = secret::secrets(
            &self.shared.secret,
            data_dir,
            Missing::Refuse,
            &SystemRandom,
        )?;
        let users = store::users(&self.issuer.users, data_dir)?;
        let issuer =
            Service::build(&self.issuer.config(&self.shared, &secrets)?, users.clone()).await?;

        let accounts = store::accounts(users);
        // Nobody may be looking, so no random password is made: it would end in a log.
        if secret::admin_password()?.is_some() {
            first_account::ensure(&accounts, &self.issuer).await?;
        } else if accounts.is_empty().await? {
            tracing::warn!(
                "there are no accounts yet: set ADMIN_PASSWORD or run `tegata user add`"
            );
        }
        tracing::info!("issuer listens on http://{}", issuer.address());
        issuer.run(stop.asked()).await?;
        Ok(())
    }
}
