//! The issuer, met over HTTP. Its answers become values here; its errors never reach a page as they are.

use std::time::Duration;

use http::StatusCode;
use reqwest::{Client, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

/// A connection that takes longer will not come.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A login may wait behind others for its turn at the password hash.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(14);
/// Readiness asks often and wants to know soon.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);

/// A client of one issuer; clones share its connections.
#[derive(Clone, Debug)]
pub(crate) struct IssuerClient {
    http: Client,
    token: Url,
    users: Url,
    ready: Url,
}

/// Why nobody was logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginError {
    /// What was typed is longer than anybody reads.
    TooLarge,
    /// Incorrect username or password.
    Credentials,
    /// The issuer cannot be reached, is overloaded, or does not speak our language.
    Unavailable,
}

/// Why no account was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RegisterError {
    /// `(field, code)` of each thing that is wrong.
    Fields(Vec<(String, String)>),
    UsernameTaken,
    EmailTaken,
    Closed,
    /// What was typed is longer than anybody reads.
    TooLarge,
    Unavailable,
}

/// What somebody typed to register.
#[derive(Debug)]
pub(crate) struct NewAccount<'a> {
    pub(crate) username: &'a str,
    pub(crate) email: &'a str,
    pub(crate) name: &'a str,
    pub(crate) password: &'a SecretString,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: String,
    #[serde(default)]
    detail: Value,
}

#[derive(Deserialize)]
struct Readiness {
    keys: KeyIds,
}

#[derive(Deserialize)]
struct KeyIds {
    signing: String,
}

impl IssuerClient {
    /// A client of the issuer at `base`.
    ///
    /// # Errors
    /// The TLS set-up of this machine cannot be read.
    pub(crate) fn new(base: &Url) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()?;
        let at = |path: &str| {
            let mut url = base.clone();
            url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
            url
        };
        Ok(Self {
            http,
            token: at("/token"),
            users: at("/users"),
            ready: at("/health/ready"),
        })
    }

    /// Logs somebody in (RFC 6749 §4.3).
    pub(crate) async fn log_in(
        &self,
        username: &str,
        password: &SecretString,
    ) -> Result<SecretString, LoginError> {
        let form = [
            ("grant_type", "password"),
            ("username", username),
            ("password", password.expose_secret()),
        ];
        let sent = self.http.post(self.token.clone()).form(&form).send().await;
        let answer = sent.map_err(|cause| {
            tracing::warn!(%cause, "the issuer cannot be reached");
            LoginError::Unavailable
        })?;
        let status = answer.status();
        if status == StatusCode::OK {
            let token = answer.json::<TokenAnswer>().await.map_err(|cause| {
                tracing::error!(%cause, "the issuer's answer is not one of ours");
                LoginError::Unavailable
            })?;
            return Ok(SecretString::from(token.access_token));
        }
        let refusal: Refusal = answer.json().await.unwrap_or_default();
        match refusal.error.as_str() {
            "invalid_grant" | "invalid_request" => Err(LoginError::Credentials),
            "body_too_large" => Err(LoginError::TooLarge),
            error => {
                tracing::warn!(status = status.as_u16(), error, "the issuer did not log in");
                Err(LoginError::Unavailable)
            }
        }
    }

    /// Makes an account.
    pub(crate) async fn register(&self, account: &NewAccount<'_>) -> Result<(), RegisterError> {
        let body = json!({
            "username": account.username,
            "email": account.email,
            "name": account.name,
            "password": account.password.expose_secret(),
        });
        let sent = self.http.post(self.users.clone()).json(&body).send().await;
        let answer = sent.map_err(|cause| {
            tracing::warn!(%cause, "the issuer cannot be reached");
            RegisterError::Unavailable
        })?;
        let status = answer.status();
        if status == StatusCode::CREATED {
            return Ok(());
        }
        let refusal: Refusal = answer.json().await.unwrap_or_default();
        Err(match refusal.error.as_str() {
            "username_taken" => RegisterError::UsernameTaken,
            "email_taken" => RegisterError::EmailTaken,
            "registration_closed" => RegisterError::Closed,
            "body_too_large" => RegisterError::TooLarge,
            "invalid_request" => RegisterError::Fields(problems(&refusal.detail)),
            error => {
                tracing::warn!(
                    status = status.as_u16(),
                    error,
                    "the issuer did not register"
                );
                RegisterError::Unavailable
            }
        })
    }

    /// The `kid` that the issuer signs with now; none when it cannot be reached.
    pub(crate) async fn signing_key_id(&self) -> Option<String> {
        let request = self.http.get(self.ready.clone()).timeout(HEALTH_TIMEOUT);
        let answer = request.send().await.ok()?;
        let readiness: Readiness = answer.json().await.ok()?;
        Some(readiness.keys.signing)
    }
}

/// FastAPI's 422 `detail` as pairs.
fn problems(detail: &Value) -> Vec<(String, String)> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let entries = detail.as_array().map(Vec::as_slice).unwrap_or_default();
    entries
        .iter()
        .map(|entry| {
            let field = entry.get("loc").and_then(Value::as_array);
            (
                text(field.and_then(|loc| loc.last())),
                text(entry.get("type")),
            )
        })
        .collect()
}
