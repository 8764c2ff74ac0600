//! `tegata doctor`: what is wrong with this set-up, and what to do. Looks at settings, files, stores and services;
//! makes, changes and migrates nothing, and prints no secret.

mod ages;
mod clock;
mod cookies;
mod files;
mod keys;
mod proxies;
mod report;
mod secrets;
mod services;
mod settings;
mod stores;

use clap::Args;
use url::Url;

use self::report::{Outcome, Report};
use super::up::reachable;
use crate::{
    Failure,
    settings::{
        frontend::FrontendSettings,
        issuer::IssuerSettings,
        known_secrets,
        shared::{LogFormat, LogLevel, LogSettings, SharedSettings, http_url},
    },
    telemetry,
};

#[derive(Args, Debug)]
pub(crate) struct Doctor {
    /// Write one JSON object
    #[arg(long)]
    json: bool,

    /// Fail for warnings too
    #[arg(long)]
    strict: bool,

    /// Where the issuer answers [default: ISSUER_BIND]
    #[arg(long, env = "ISSUER_URL", value_name = "URL", value_parser = http_url)]
    issuer_url: Option<Url>,

    #[command(flatten)]
    shared: SharedSettings,
    #[command(flatten)]
    issuer: IssuerSettings,
    #[command(flatten)]
    frontend: FrontendSettings,
}

impl Doctor {
    pub(super) async fn run(self) -> Result<(), Failure> {
        telemetry::start(&LogSettings {
            log: LogLevel::Error,
            log_format: LogFormat::Text,
        });
        let mut report = Report::default();
        self.look(&mut report).await?;
        report.print(self.json)?;
        let failed = report.count(Outcome::Failed);
        let warnings = report.count(Outcome::Warning);
        if failed > 0 {
            return Err(format!("checks that failed: {failed}, warnings: {warnings}").into());
        }
        if self.strict && warnings > 0 {
            return Err(format!("warnings: {warnings}").into());
        }
        Ok(())
    }

    async fn look(&self, report: &mut Report) -> Result<(), Failure> {
        let data_dir = &self.shared.data.data_dir;
        let known = match known_secrets::look(data_dir) {
            Ok(known) => known,
            Err(failure) => {
                report.fail("secret", failure.message, "then run this again");
                known_secrets::KnownSecrets::default()
            }
        };
        let insecure = self.shared.secret.insecure_allow_weak_secret;
        let kids = secrets::judge(report, &known, insecure);
        let scheme = self.shared.transport.tls.scheme();
        let issuer_url = match &self.issuer_url {
            Some(url) => url.clone(),
            None => Url::parse(&reachable(scheme, self.issuer.issuer_bind))?,
        };
        settings::judge(
            report,
            &self.shared,
            (&self.issuer, &self.frontend),
            issuer_url.clone(),
            known.current.is_some(),
        );
        let by_key_pairs = self.shared.secret.by_key_pairs();
        if !by_key_pairs {
            ages::judge_secret(report, &known);
        }
        let signing_key = self.issuer.key_pairs.signing_key_file.as_deref();
        files::judge(report, data_dir, &known, signing_key);

        let is_here = self.issuer_url.is_none();
        let http = services::client(false)?;
        let here = services::client(true)?;
        let issuer_at = issuer_url.as_str().trim_end_matches('/').to_owned();
        let frontend_at = reachable(scheme, self.frontend.frontend_bind);
        services::judge_ports(report, self.issuer.issuer_bind, self.frontend.frontend_bind);
        let asking = if is_here { &here } else { &http };
        let issuer = services::probe(asking, &issuer_at).await;
        let frontend = services::probe(&here, &frontend_at).await;
        services::judge(report, (&issuer_at, &issuer), (&frontend_at, &frontend));
        keys::judge(report, &kids, issuer.answer(), frontend.answer());
        for (service, found) in [("issuer", &issuer), ("pages", &frontend)] {
            if let Some(answer) = found.answer() {
                clock::judge(report, service, answer);
            }
        }
        let public = self.frontend.public_url.as_ref();
        cookies::judge(
            report,
            &http,
            public,
            frontend.answer().map(|_| frontend_at.as_str()),
        )
        .await;

        let users = stores::users(report, &self.issuer.users, &self.shared.data).await;
        stores::sessions(report, &self.frontend, &self.shared).await;
        proxies::judge_settings(report, public, self.shared.trusted_proxies.as_ref());
        if by_key_pairs {
            ages::judge_pairs(report, &self.issuer.key_pairs, &known, users.as_deref()).await;
        }
        if let Some(users) = users {
            stores::judge_kept_key(report, users.as_ref(), &kids).await;
            proxies::judge_addresses(report, public, users.as_ref()).await;
            users.close().await;
        }
        Ok(())
    }
}
