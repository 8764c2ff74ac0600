//! Tokens: for a password, for a refresh token, and the end of both.

use std::time::Duration;

use http::StatusCode;
use reqwest::Response;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tegata_server::Client;
use url::form_urlencoded::byte_serialize;

use super::{Call, CallError, IssuerClient, NotNow, OnBehalf, Refusal, Wait, not_now};
use crate::{cause::Cause, config::ClientCredentials};

/// What the issuer gives for a password or a refresh token.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) access_token: SecretString,
    /// None from an issuer that knows no login sessions.
    pub(crate) refresh_token: Option<SecretString>,
    /// How long the login session lasts at most.
    pub(crate) session_lasts: Option<time::Duration>,
}

/// Why nobody was logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginError {
    /// What was typed is longer than anybody reads.
    TooLarge,
    /// Incorrect username or password.
    Credentials,
    /// See [`NotNow`]. The password has not been judged.
    NotNow(NotNow),
}

/// Why there are no fresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefreshError {
    /// The issuer refuses: the login session is over. Why, it says only of a session of its own.
    Over(Option<Cause>),
    /// No answer arrived whole. The tokens may have been rotated: the same refresh token, sent again within
    /// the grace, gets the same successor.
    Lost,
    /// The issuer is not well, or does not speak our language. Here, too, it may have rotated them.
    Unclear,
    /// 429: this session has been refreshed too often lately. Nothing has changed there.
    TooOften(Option<Wait>),
    /// It was not reached, or was not willing: nothing has changed there.
    Unavailable,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    refresh_token: Option<String>,
    refresh_expires_in: Option<u32>,
}

impl IssuerClient {
    /// Logs somebody in (RFC 6749 §4.3). One who is not to be remembered gets a shorter login session.
    pub(crate) async fn log_in(
        &self,
        username: &str,
        password: &SecretString,
        remember: bool,
        browser: &Client,
    ) -> Result<Issued, LoginError> {
        let form = [
            ("grant_type", "password"),
            ("username", username),
            ("password", password.expose_secret()),
            ("remember", if remember { "true" } else { "false" }),
        ];
        let mut request = self.http.post(self.at("/token")).form(&form);
        if let Some(client) = &self.credentials {
            request = as_client(request, client);
        }
        let sent = request.on_behalf_of(browser).send().await;
        let answer = sent.map_err(|cause| {
            tracing::warn!(%cause, "the issuer cannot be reached");
            LoginError::NotNow(NotNow::Unavailable(None))
        })?;
        let (status, wait) = (answer.status(), Wait::of(&answer));
        if status == StatusCode::OK {
            let none = LoginError::NotNow(NotNow::Unavailable(None));
            return issued(answer).await.map_err(|_| none);
        }
        let refusal: Refusal = answer.json().await.unwrap_or_default();
        match refusal.error.as_str() {
            "invalid_grant" | "invalid_request" => Err(LoginError::Credentials),
            "body_too_large" => Err(LoginError::TooLarge),
            error => {
                tracing::warn!(status = status.as_u16(), error, "the issuer did not log in");
                Err(LoginError::NotNow(NotNow::of((status, error), wait)))
            }
        }
    }

    /// Fresh tokens for a refresh token (RFC 6749 §6), within `limit`.
    pub(crate) async fn refresh(
        &self,
        refresh_token: &SecretString,
        browser: &Client,
        limit: Duration,
    ) -> Result<Issued, RefreshError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose_secret()),
        ];
        let request = self.http.post(self.at("/token")).form(&form).timeout(limit);
        let answer = sent(request.on_behalf_of(browser)).await?;
        let (status, wait) = (answer.status(), Wait::of(&answer));
        match status {
            StatusCode::OK => return issued(answer).await,
            // A balancer, whose issuer went away in the middle.
            StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => {
                return Err(RefreshError::Lost);
            }
            _ => {}
        }
        let refusal: Refusal = answer.json().await.unwrap_or_default();
        if status == StatusCode::BAD_REQUEST && refusal.error == "invalid_grant" {
            let cause = refusal.cause.as_deref().and_then(Cause::parse);
            return Err(RefreshError::Over(cause));
        }
        tracing::warn!(
            status = status.as_u16(),
            error = refusal.error,
            "the issuer did not refresh"
        );
        Err(match status {
            StatusCode::TOO_MANY_REQUESTS => RefreshError::TooOften(wait),
            _ if status.is_server_error() => RefreshError::Unclear,
            _ => RefreshError::Unavailable,
        })
    }

    /// Ends the login session of a token (RFC 7009), within `limit`.
    pub(crate) async fn revoke(
        &self,
        token: &SecretString,
        browser: &Client,
        limit: Duration,
    ) -> Result<(), CallError> {
        let form = [("token", token.expose_secret())];
        let request = self
            .http
            .post(self.at("/revoke"))
            .form(&form)
            .timeout(limit);
        match request.on_behalf_of(browser).send().await {
            Ok(answer) if answer.status() == StatusCode::OK => Ok(()),
            Ok(answer) => {
                let why = not_now(answer).await;
                tracing::warn!(?why, "the issuer did not end a login session");
                Err(CallError::NotNow(why))
            }
            Err(cause) => {
                tracing::warn!(%cause, "the issuer cannot be reached");
                Err(CallError::NotNow(NotNow::Unavailable(None)))
            }
        }
    }
}

/// Proves who the pages are: both parts are form-urlencoded first (RFC 6749 §2.3.1).
fn as_client(request: Call, client: &ClientCredentials) -> Call {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let secret = encoded(client.secret.expose_secret());
    request.basic_auth(encoded(&client.id), secret)
}

/// Only what never left is not lost.
async fn sent(request: Call) -> Result<Response, RefreshError> {
    request.send().await.map_err(|cause| {
        tracing::warn!(%cause, "the issuer did not answer");
        if cause.is_connect() {
            RefreshError::Unavailable
        } else {
            RefreshError::Lost
        }
    })
}

async fn issued(answer: Response) -> Result<Issued, RefreshError> {
    let body = answer.bytes().await.map_err(|cause| {
        tracing::warn!(%cause, "the issuer's answer broke off");
        RefreshError::Lost
    })?;
    // Not the error's own text: that may repeat what it read.
    let answer: TokenAnswer = serde_json::from_slice(&body).map_err(|_| {
        tracing::error!("the issuer's answer is not one of ours");
        RefreshError::Unclear
    })?;
    Ok(Issued {
        access_token: SecretString::from(answer.access_token),
        refresh_token: answer.refresh_token.map(SecretString::from),
        session_lasts: answer
            .refresh_expires_in
            .map(|seconds| time::Duration::seconds(seconds.into())),
    })
}
