//! The two services, as whoever asks them over HTTP sees them.

use std::{net::SocketAddr, time::Duration};

use reqwest::{Client, header::DATE};
use serde_json::Value;
use tegata_token::{Clock, SystemClock};
use time::OffsetDateTime;

use super::report::Report;
use crate::{
    Failure,
    commands::asking::{self, reason},
};

/// Longer than the pages wait for an issuer that does not answer.
const TIME_LIMIT: Duration = Duration::from_secs(4);
/// Readiness has some hundred bytes.
const MOST_BYTES: usize = 64 * 1024;

/// What is at an address.
#[derive(Debug)]
pub(super) enum Found {
    Nobody,
    /// Something that is not ours, or says nothing.
    Strange(String),
    Ours(Answer),
}

/// An answer of readiness.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Value,
    /// The `Date` of it, and our own time before and after.
    pub(super) date: Option<String>,
    pub(super) asked: OffsetDateTime,
    pub(super) answered: OffsetDateTime,
}

impl Found {
    pub(super) fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Ours(answer) => Some(answer),
            Self::Nobody | Self::Strange(_) => None,
        }
    }
}

/// A proxy of the environment is for the world outside, and so are the names in certificates: what answers `here`, on
/// this machine, may show any.
pub(super) fn client(here: bool) -> Result<Client, Failure> {
    let client = asking::client(TIME_LIMIT).no_proxy();
    let client = client.danger_accept_invalid_certs(here).build();
    Ok(client.map_err(|cause| format!("cannot ask: {cause}"))?)
}

pub(super) async fn probe(http: &Client, at: &str) -> Found {
    let asked = SystemClock.now();
    let mut answer = match http.get(format!("{at}/health/ready")).send().await {
        Ok(answer) => answer,
        Err(cause) if cause.is_connect() && !cause.is_timeout() => return Found::Nobody,
        Err(cause) => return Found::Strange(reason(cause)),
    };
    let answered = SystemClock.now();
    let status = answer.status();
    let date = answer
        .headers()
        .get(DATE)
        .and_then(|date| date.to_str().ok());
    let date = date.map(str::to_owned);
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MOST_BYTES => {
                body.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => {
                return Found::Strange(format!("it answered {status} with more than is read"));
            }
            Ok(None) => break,
            Err(cause) => return Found::Strange(reason(cause)),
        }
    }
    match serde_json::from_slice::<Value>(&body) {
        Ok(body) if body["keys"]["verifying"].is_array() && body["status"].is_string() => {
            Found::Ours(Answer {
                body,
                date,
                asked,
                answered,
            })
        }
        _ => Found::Strange(format!("it answered {status}, but not as tegata does")),
    }
}

pub(super) fn judge_ports(report: &mut Report, issuer: SocketAddr, frontend: SocketAddr) {
    let same_place = issuer.ip() == frontend.ip()
        || issuer.ip().is_unspecified()
        || frontend.ip().is_unspecified();
    if issuer.port() == frontend.port() && issuer.port() != 0 && same_place {
        report.fail(
            "ports",
            format!(
                "ISSUER_BIND and FRONTEND_BIND are both port {}",
                issuer.port()
            ),
            "give each a port of its own",
        );
    }
}

pub(super) fn judge(
    report: &mut Report,
    (issuer_at, issuer): (&str, &Found),
    (frontend_at, frontend): (&str, &Found),
) {
    match (issuer, frontend) {
        (Found::Nobody, Found::Ours(_)) => report.fail(
            "issuer",
            format!("the pages run, and nobody answers at {issuer_at}: nobody can sign in"),
            "start the issuer, or correct ISSUER_URL",
        ),
        _ => judge_one(report, "issuer", issuer_at, issuer),
    }
    judge_one(report, "pages", frontend_at, frontend);
}

fn judge_one(report: &mut Report, service: &'static str, at: &str, found: &Found) {
    match found {
        Found::Nobody => report.skip(service, format!("not running here: nobody listens at {at}")),
        Found::Strange(why) => report.fail(
            service,
            format!("something else is at {at}: {why}"),
            "stop it, or choose another address with ISSUER_BIND or FRONTEND_BIND",
        ),
        Found::Ours(answer) => {
            let body = &answer.body;
            let away = body["checks"].as_object().into_iter().flatten();
            let away: Vec<String> = away
                .filter(|(_, state)| *state != "ok")
                .map(|(name, state)| format!("{name} {}", state.as_str().unwrap_or_default()))
                .collect();
            if body["status"] == "ready" {
                report.ok(service, format!("ready at {at}"));
            } else {
                report.fail(
                    service,
                    format!("not ready at {at} ({})", away.join(", ")),
                    "see what else failed here, and its log",
                );
            }
            for warning in body["warnings"].as_array().into_iter().flatten() {
                let warning = warning.as_str().unwrap_or_default();
                report.warn(
                    service,
                    format!("it warns: {warning}"),
                    "see docs/operations.md",
                );
            }
        }
    }
}
