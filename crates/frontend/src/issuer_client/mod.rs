//! The issuer, met over HTTP. Its answers become values here; its errors never reach a page as they are.
//!
//! Here: the connections, and what every call carries. A file for each matter: `tokens` (RFC 6749, 7009),
//! `accounts`, `me`, `sessions`.

mod accounts;
mod call;
mod me;
mod not_now;
mod origin;
mod sessions;
mod tokens;

use std::time::Duration;

use http::{HeaderName, StatusCode, header};
use reqwest::{Client as HttpClient, Response, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use tegata_server::{Client, metrics::Timer};
use url::Url;

use crate::config::ClientCredentials;

use call::{Call, Http};

pub(crate) use accounts::{NewAccount, RegisterError};
pub(crate) use call::QUESTIONS;
pub(crate) use me::{Account, Event, Events, EventsAsked, Refused, SignIn};
pub(crate) use not_now::{NotNow, Wait};
pub(crate) use tokens::{Issued, LoginError, RefreshError};

/// A connection that takes longer will not come.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A login may wait behind others for its turn at the password hash.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(14);
/// Shorter than the issuer, or a proxy before it, keeps a connection: nothing is sent just when that closes.
const KEPT: Duration = Duration::from_secs(45);
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A client of one issuer; clones share its connections.
#[derive(Clone, Debug)]
pub(crate) struct IssuerClient {
    http: Http,
    base: Url,
    credentials: Option<ClientCredentials>,
}

/// Why a call in somebody's name came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallError {
    /// The token is not good there (401): most often its login session has been ended.
    Refused,
    /// See [`NotNow`].
    NotNow(NotNow),
}

/// What the issuer says when it does not do what it was asked.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: String,
    #[serde(default)]
    detail: Value,
    #[serde(default)]
    cause: Option<String>,
}

impl IssuerClient {
    /// A client of the issuer at `base`, timed by this.
    ///
    /// # Errors
    /// The TLS set-up of this machine cannot be read.
    pub(crate) fn new(
        base: &Url,
        credentials: Option<ClientCredentials>,
        timer: Timer,
    ) -> Result<Self, reqwest::Error> {
        let client = match base.scheme() {
            // Nobody shows a certificate: those of the authorities, which take long to read, are left where they are.
            "http" => HttpClient::builder().tls_certs_only([]),
            _ => HttpClient::builder(),
        };
        let client = client
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .pool_idle_timeout(KEPT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()?;
        let base = base.clone();
        Ok(Self {
            http: Http::new(client, timer),
            base,
            credentials,
        })
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }
}

/// What every call on behalf of a browser carries, so that the issuer knows whose it is.
trait OnBehalf: Sized {
    fn on_behalf_of(self, browser: &Client) -> Self;
    fn with_token(self, token: &SecretString) -> Self;
}

impl OnBehalf for Call {
    fn on_behalf_of(mut self, browser: &Client) -> Self {
        if let Some(address) = browser.address {
            self = self.header(FORWARDED_FOR, address.to_string());
        }
        if let Some(program) = &browser.user_agent {
            self = self.header(header::USER_AGENT, program);
        }
        self
    }

    fn with_token(self, token: &SecretString) -> Self {
        self.bearer_auth(token.expose_secret())
    }
}

/// The answer of a call that somebody's token allows.
async fn answer(request: Call) -> Result<Response, CallError> {
    let answer = request.send().await.map_err(|cause| {
        tracing::warn!(%cause, "the issuer cannot be reached");
        CallError::NotNow(NotNow::Unavailable(None))
    })?;
    let status = answer.status();
    match status {
        StatusCode::UNAUTHORIZED => Err(CallError::Refused),
        StatusCode::TOO_MANY_REQUESTS => Err(CallError::NotNow(not_now(answer).await)),
        _ if status.is_server_error() => Err(CallError::NotNow(not_now(answer).await)),
        _ => Ok(answer),
    }
}

/// What an answer means that does nothing now; its body says more of a 503.
async fn not_now(answer: Response) -> NotNow {
    let (status, wait) = (answer.status(), Wait::of(&answer));
    let refusal: Refusal = answer.json().await.unwrap_or_default();
    let error = refusal.error.as_str();
    tracing::warn!(status = status.as_u16(), error, "the issuer does not serve");
    NotNow::of((status, error), wait)
}
