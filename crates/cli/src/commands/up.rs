//! `tegata up`: the pair in one process.

use std::{
    cell::Cell,
    io::Write,
    net::{Ipv4Addr, SocketAddr},
};

use clap::Args;
use tegata_frontend::{Frontend, config::ClientCredentials};
use tegata_issuer::{Issuer, client_registry::authenticate, event::By, store::Store};
use tegata_token::SystemRandom;
use url::Url;

use super::{
    first_account::{FirstAccount, Wanted},
    store::{self, Hindrance},
};
use crate::{
    Failure, handles,
    settings::{
        frontend::FrontendSettings,
        issuer::{IssuerSettings, PasswordGrant},
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
        let traces = telemetry::start_service(&self.shared.log, "tegata")?;
        handles::raise();
        let stop = Shutdown::on_signals()?;
        self.judge_password_grant()?;
        let data = &self.shared.data;
        let secrets = secret::secrets(
            &self.shared.secret,
            &data.data_dir,
            Missing::Make,
            &SystemRandom,
        )?;
        let first = Wanted::parse(&self.issuer)?;
        let users = store::users_for_service(&self.issuer, data)?;
        first.judge(&users).await?;
        let sessions = store::sessions(&self.frontend, &self.shared.sessions, data)?;

        let mut config = self.issuer.config(&self.shared, &secrets)?;
        // The pages pass on where a browser is; they are on this machine, and ask from where the issuer listens.
        let proxies = config.trusted_proxies.and_loopback();
        config.trusted_proxies = proxies.and(config.bind.ip());
        let mut issuer = Issuer::build(&config, users.store.clone()).await?;
        let scheme = self.shared.transport.tls.scheme();
        let issuer_url = match config.transport.tls {
            Some(_) => reachable("http", issuer.listen_inside().await?),
            None => reachable(scheme, issuer.address()),
        };
        let by_secret = !self.shared.secret.by_key_pairs();
        let config = self.frontend.config(
            &self.shared,
            by_secret.then_some(&secrets),
            Url::parse(&issuer_url).map_err(|cause| cause.to_string())?,
        )?;
        let pages_client = config.issuer_client.clone();
        let frontend = Frontend::build(&config, sessions.store.clone()).await?;
        tracing::info!("users are kept in {}", users.place);
        tracing::info!("sessions are kept in {}", sessions.place);
        let pages = match &self.frontend.public_url {
            Some((text, _)) => text.clone(),
            None => format!("{scheme}://localhost:{}", frontend.address().port()),
        };
        let api = reachable(scheme, issuer.address());

        let app = issuer.app().clone();
        let accounts = app.accounts(By::command_line());
        let servers = [users.server, sessions.server];
        let preparing = stop.unless_asked(async {
            let greeting = Greeting::new(&pages, &api);
            let away = || greeting.places();
            let first = store::once_there(&servers, away, async || {
                app.open_keys().await?;
                judge_client(users.store.as_ref(), pages_client.as_ref()).await?;
                first.ensure(&accounts).await
            });
            let first = first.await?;
            greeting.places();
            first.iter().for_each(Greeting::account);
            Ok::<_, Failure>(())
        });
        // When one half ends, for whatever reason, the other is asked to end too.
        let (one, other, prepared) = tokio::join!(
            async {
                let ended = issuer.run(stop.clone().asked()).await;
                stop.ask();
                ended
            },
            async {
                let ended = frontend.run(stop.clone().asked()).await;
                stop.ask();
                ended
            },
            preparing,
        );
        users.store.close().await;
        sessions.store.close().await;
        traces.finish(stop.left()).await;
        prepared?;
        one.and(other)?;
        Ok(())
    }
}

impl Up {
    /// The pages sign people in by their passwords: does the issuer take these from them?
    fn judge_password_grant(&self) -> Result<(), Failure> {
        match self.issuer.password_grant {
            PasswordGrant::Clients if self.frontend.client_id.is_none() => Err(
                "PASSWORD_GRANT=clients, and the pages are no client yet: run `tegata client add pages` and set CLIENT_ID and CLIENT_SECRET as it prints them"
                    .into(),
            ),
            PasswordGrant::Off => {
                tracing::warn!("PASSWORD_GRANT=off: nobody can sign in, neither on the pages nor at the API");
                Ok(())
            }
            PasswordGrant::Open | PasswordGrant::Clients => Ok(()),
        }
    }
}

/// Says it loudly when the pages are a client that the issuer does not take.
async fn judge_client(
    store: &dyn Store,
    pages: Option<&ClientCredentials>,
) -> Result<(), Hindrance> {
    let Some(pages) = pages else {
        return Ok(());
    };
    let known = authenticate(store, &pages.id, &pages.secret).await;
    if known.map_err(Hindrance::Away)?.is_none() {
        tracing::error!(
            "CLIENT_ID and CLIENT_SECRET of the pages are no client of the issuer, so nobody can sign in there: set both as `tegata client add` printed them"
        );
    }
    Ok(())
}

/// An address that a program on this machine can open.
pub(super) fn reachable(scheme: &str, address: SocketAddr) -> String {
    let ip = if address.ip().is_unspecified() {
        Ipv4Addr::LOCALHOST.into()
    } else {
        address.ip()
    };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}

/// What whoever started it reads. Without it the service runs all the same: nobody may be reading.
struct Greeting {
    places: String,
    said: Cell<bool>,
}

impl Greeting {
    fn new(pages: &str, issuer: &str) -> Self {
        let places = format!(
            "Tegata is running; Ctrl-C stops it.\n\n  Pages   {pages}\n  API     {issuer}/docs\n\n"
        );
        Self {
            places,
            said: Cell::new(false),
        }
    }

    /// Once.
    fn places(&self) {
        if !self.said.replace(true) {
            say(&self.places);
        }
    }

    fn account(first: &FirstAccount) {
        let password = first.random_password.as_deref();
        say(&format!(
            "  First account (its password is not shown again)\n    username  {}\n    password  {}\n\n",
            first.username,
            password.unwrap_or("as set in ADMIN_PASSWORD"),
        ));
    }
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    if let Err(cause) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        tracing::warn!(
            %cause,
            "the greeting could not be printed; `tegata user set-password` sets a password that is lost"
        );
    }
}
