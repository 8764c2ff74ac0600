//! `tegata frontend`: the pages alone.

use clap::Args;
use tegata_frontend::Frontend as Service;
use tegata_token::SystemRandom;

use super::store;
use crate::{
    Failure, handles,
    settings::{
        frontend::{FrontendSettings, IssuerUrlSettings},
        secret::{self, Missing},
        shared::SharedSettings,
    },
    shutdown::Shutdown,
    telemetry,
};

#[derive(Args, Debug)]
pub(crate) struct Frontend {
    #[command(flatten)]
    shared: SharedSettings,
    #[command(flatten)]
    frontend: FrontendSettings,
    #[command(flatten)]
    issuer: IssuerUrlSettings,
}

impl Frontend {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let traces = telemetry::start_service(&self.shared.log, "tegata-frontend")?;
        handles::raise();
        let stop = Shutdown::on_signals()?;
        let data = &self.shared.data;
        // The keys of pairs are the issuer's to tell.
        let secrets = match self.shared.secret.by_key_pairs() {
            true => None,
            false => Some(secret::secrets(
                &self.shared.secret,
                &data.data_dir,
                Missing::Refuse,
                &SystemRandom,
            )?),
        };
        let sessions = store::sessions(&self.frontend, &self.shared.sessions, data)?;
        let config =
            self.frontend
                .config(&self.shared, secrets.as_ref(), self.issuer.issuer_url)?;
        let frontend = Service::build(&config, sessions.store.clone()).await?;
        let scheme = self.shared.transport.tls.scheme();
        tracing::info!("pages listen on {scheme}://{}", frontend.address());
        tracing::info!("sessions are kept in {}", sessions.place);

        let servers = [sessions.server];
        let preparing = stop.unless_asked(store::once_there(&servers, || (), async || Ok(())));
        let (served, prepared) = tokio::join!(frontend.run(stop.clone().asked()), preparing);
        sessions.store.close().await;
        traces.finish(stop.left()).await;
        prepared?;
        served?;
        Ok(())
    }
}
