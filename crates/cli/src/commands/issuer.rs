//! `tegata issuer`: the issuer alone.

use clap::Args;
use tegata_issuer::{Issuer as Service, event::By};
use tegata_token::SystemRandom;

use super::{
    first_account::Wanted,
    store::{self, Hindrance},
};
use crate::{
    Failure, handles,
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
        let traces = telemetry::start_service(&self.shared.log, "tegata-issuer")?;
        handles::raise();
        let stop = Shutdown::on_signals()?;
        let data = &self.shared.data;
        let secrets = secret::secrets(
            &self.shared.secret,
            &data.data_dir,
            Missing::Refuse,
            &SystemRandom,
        )?;
        let first = Wanted::parse(&self.issuer)?;
        let users = store::users_for_service(&self.issuer, data)?;
        first.judge(&users).await?;
        let config = self.issuer.config(&self.shared, &secrets)?;
        let issuer = Service::build(&config, users.store.clone()).await?;
        let scheme = self.shared.transport.tls.scheme();
        if scheme == "https" && self.shared.issuer_public_url.scheme() == "http" {
            tracing::warn!(
                "ISSUER_PUBLIC_URL is http, and the issuer answers by https alone: set it to the address that others use"
            );
        }
        tracing::info!("issuer listens on {scheme}://{}", issuer.address());
        tracing::info!("users are kept in {}", users.place);

        let app = issuer.app().clone();
        let accounts = app.accounts(By::command_line());
        let servers = [users.server];
        let preparing = stop.unless_asked(store::once_there(
            &servers,
            || (),
            // Nobody may be looking, so no random password is made: it would end in a log.
            async || {
                app.open_keys().await?;
                if first.has_password() {
                    first.ensure(&accounts).await?;
                } else if accounts.is_empty().await.map_err(Hindrance::Away)? {
                    tracing::warn!(
                        "there are no accounts yet: set ADMIN_PASSWORD or run `tegata user add`"
                    );
                }
                Ok(())
            },
        ));
        let (served, prepared) = tokio::join!(issuer.run(stop.clone().asked()), preparing);
        users.store.close().await;
        traces.finish(stop.left()).await;
        prepared?;
        served?;
        Ok(())
    }
}
