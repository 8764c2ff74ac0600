//! `tegata health`: whether the services here are ready, as an exit code. For images without curl.

use std::{io::Write, net::SocketAddr, time::Duration};

use clap::Args;
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use serde_json::Value;
use url::Url;

use super::up::reachable;
use crate::{
    Failure,
    settings::{issuer::address, shared::http_url, transport::TlsSettings},
};

/// Longer than the pages wait for an issuer that does not answer, which makes them no less ready.
const TIME_LIMIT: Duration = Duration::from_secs(3);

#[derive(Args, Debug)]
pub(crate) struct Health {
    /// issuer, frontend, or a URL without a path [default: those of the two that run here]
    #[arg(value_parser = service)]
    service: Option<Service>,

    /// Ask only whether it answers, not whether it can work
    #[arg(long)]
    live: bool,

    /// Where the issuer listens
    #[arg(long, env = "ISSUER_BIND", value_name = "ADDRESS:PORT", value_parser = address,
          default_value = "127.0.0.1:8000")]
    issuer_bind: SocketAddr,

    /// Where the pages listen
    #[arg(long, env = "FRONTEND_BIND", value_name = "ADDRESS:PORT", value_parser = address,
          default_value = "127.0.0.1:8080")]
    frontend_bind: SocketAddr,

    #[command(flatten)]
    tls: TlsSettings,
}

#[derive(Clone, Debug)]
enum Service {
    Issuer,
    Frontend,
    At(Url),
}

impl Health {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let scheme = self.tls.scheme();
        let issuer = reachable(scheme, self.issuer_bind);
        let frontend = reachable(scheme, self.frontend_bind);
        // The certificate names the world's address, not this machine's; nothing is sent there, and little believed.
        let is_here = !matches!(self.service, Some(Service::At(_)));
        let addresses = match &self.service {
            Some(Service::Issuer) => vec![issuer],
            Some(Service::Frontend) => vec![frontend],
            Some(Service::At(url)) => vec![url.as_str().trim_end_matches('/').to_owned()],
            None => vec![issuer, frontend],
        };
        let (path, state) = if self.live {
            ("/health/live", "ok")
        } else {
            ("/health/ready", "ready")
        };
        // A proxy of the environment is for the world outside.
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(TIME_LIMIT)
            .danger_accept_invalid_certs(is_here)
            .build()
            .map_err(|cause| format!("cannot ask: {cause}"))?;

        let mut well = Vec::new();
        for address in &addresses {
            match client.get(format!("{address}{path}")).send().await {
                Ok(answer) => {
                    judge(address, path, state, answer).await?;
                    well.push(address);
                }
                // Either of the two may run alone; in `tegata up` neither outlives the other.
                Err(cause) if nobody_listens(&cause) => {}
                Err(cause) if cause.is_timeout() => {
                    let limit = TIME_LIMIT.as_secs();
                    return Err(format!("{address} does not answer within {limit} seconds").into());
                }
                Err(cause) => return Err(format!("{address} cannot be asked: {cause}").into()),
            }
        }
        if well.is_empty() {
            let addresses = addresses.join(" or ");
            return Err(format!("nothing listens on {addresses}").into());
        }
        let state = if self.live { "alive" } else { "ready" };
        let mut out = std::io::stdout().lock();
        for address in well {
            writeln!(out, "{address} is {state}").map_err(|cause| cause.to_string())?;
        }
        Ok(())
    }
}

/// Takes `200` with that `status` and nothing else: other programs answer `200` too.
async fn judge(address: &str, path: &str, state: &str, answer: Response) -> Result<(), Failure> {
    let status = answer.status();
    let said = answer.text().await.unwrap_or_default();
    if status != StatusCode::OK {
        // What it said says why.
        let said = said.lines().next().unwrap_or_default();
        return Err(format!("{address}{path} answered {status} {said}").into());
    }
    match serde_json::from_str::<Value>(&said) {
        Ok(body) if body["status"] == state => Ok(()),
        _ => Err(format!(
            "{address}{path} answered {status}, but not as tegata does: is it the right address?"
        )
        .into()),
    }
}

fn nobody_listens(cause: &reqwest::Error) -> bool {
    cause.is_connect() && !cause.is_timeout()
}

fn service(text: &str) -> Result<Service, String> {
    let advice = "write issuer, frontend, or an address such as http://127.0.0.1:8000";
    match text {
        "issuer" => Ok(Service::Issuer),
        "frontend" => Ok(Service::Frontend),
        _ => match http_url(text) {
            // It is shown in answers, and an argument in `ps`.
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                Err("write it without user and password: health needs none".to_owned())
            }
            Ok(url) if url.path() == "/" && url.query().is_none() => Ok(Service::At(url)),
            _ => Err(advice.to_owned()),
        },
    }
}
