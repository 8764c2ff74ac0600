//! `tegata up`: the pair in one process.

use std::{
    io::Write,
    net::{Ipv4Addr, SocketAddr},
};

use clap::Args;
use tegata_frontend::Frontend;
use tegata_issuer::Issuer;
use tegata_token::SystemRandom;
use url::Url;

use super::{
    first_account::{self, FirstAccount},
    store,
};
use crate::{
    Failure,
    settings::{
        frontend::FrontendSettings,
        issuer::IssuerSettings,
        secret::{self, Missing},
        shared::SharedSettings,
    },
    shutdown::Shutdown,
    telemetry,
};

#[derive(Args, Debug)]
pub(crate) struct Up {
    #[command(flatten)]
    shared: SharedSettings,
    #[command(flatten)]
    issuer: IssuerSettings,
    #[command(flatten)]
    frontend: FrontendSettings,
}

impl Up {
    pub(super) async fn run(self) -> Result<(), Failure> {
        telemetry::start(&self.shared.log);
        let stop = Shutdown::on_signals()?;
        let data_dir = &self.shared.data.data_dir;
        let secrets = secret::secrets(&self.shared.secret, data_dir, Missing::Make, &SystemRandom)?;
        let users = store::users(&self.issuer.users, data_dir)?;
        let sessions = store::sessions(&self.frontend, data_dir)?;

        let issuer =
            Issuer::build(&self.issuer.config(&self.shared, &secrets)?, users.clone()).await?;
        let issuer_url = reachable(issuer.address());
        let config = self.frontend.config(
            &self.shared,
            &secrets,
            Url::parse(&issuer_url).map_err(|cause| cause.to_string())?,
        )?;
        let frontend = Frontend::build(&config, sessions).await?;

        let first = first_account::ensure(&store::accounts(users), &self.issuer).await?;
        let pages = match &self.frontend.public_url {
            Some((text, _)) => text.clone(),
            None => format!("http://localhost:{}", frontend.address().port()),
        };
        greet(&pages, &issuer_url, first.as_ref());

        // When one half ends, for whatever reason, the other is asked to end too.
        let (one, other) = tokio::join!(
            async {
                let ended = issuer.run(stop.clone().asked()).await;
                stop.ask();
                ended
            },
            async {
                let ended = frontend.run(stop.clone().asked()).await;
                stop.ask();
                ended
            }
        );
        one.and(other)?;
        Ok(())
    }
}

/// An address that a program on this machine can open.
fn reachable(address: SocketAddr) -> String {
    let ip = if address.ip().is_unspecified() {
        Ipv4Addr::LOCALHOST.into()
    } else {
        address.ip()
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// All at once, and without it the service runs all the same: whoever started it may not be reading.
fn greet(pages: &str, issuer: &str, first: Option<&FirstAccount>) {
    let mut text = format!(
        "Tegata is running; Ctrl-C stops it.\n\n  Pages   {pages}\n  API     {issuer}/docs\n"
    );
    if let Some(first) = first {
        let password = first.random_password.as_deref();
        text += &format!(
            "\n  First account (its password is not shown again)\n    username  {}\n    password  {}\n",
            first.username,
            password.unwrap_or("as set in ADMIN_PASSWORD"),
        );
    }
    text.push('\n');
    let mut out = std::io::stdout().lock();
    if let Err(cause) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        tracing::warn!(
            %cause,
            "the greeting could not be printed; `tegata user set-password` sets a password that is lost"
        );
    }
}
