//! Accounts: making one.

use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tegata_server::Client;

use super::{IssuerClient, NotNow, OnBehalf, Refusal, Wait};

/// What somebody typed to register.
#[derive(Debug)]
pub(crate) struct NewAccount<'a> {
    pub(crate) username: &'a str,
    pub(crate) email: &'a str,
    pub(crate) name: &'a str,
    pub(crate) password: &'a SecretString,
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
    NotNow(NotNow),
}

impl IssuerClient {
    /// Makes an account.
    pub(crate) async fn register(
        &self,
        account: &NewAccount<'_>,
        browser: &Client,
    ) -> Result<(), RegisterError> {
        let body = json!({
            "username": account.username,
            "email": account.email,
            "name": account.name,
            "password": account.password.expose_secret(),
        });
        let request = self.http.post(self.at("/users")).json(&body);
        let sent = request.on_behalf_of(browser).send().await;
        let answer = sent.map_err(|cause| {
            tracing::warn!(%cause, "the issuer cannot be reached");
            RegisterError::NotNow(NotNow::Unavailable(None))
        })?;
        let (status, wait) = (answer.status(), Wait::of(&answer));
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
                RegisterError::NotNow(NotNow::of((status, error), wait))
            }
        })
    }
}

/// FastAPI's 422 `detail` as pairs.
pub(super) fn problems(detail: &Value) -> Vec<(String, String)> {
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
