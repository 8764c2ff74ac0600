//! The account of whoever is signed in: what it is, what happened to it, where it is in use, and what its owner
//! changes. Every call here needs their token.

use http::StatusCode;
use reqwest::Response;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tegata_server::Client;
use time::OffsetDateTime;

use super::{Call, CallError, IssuerClient, NotNow, OnBehalf, Refusal, accounts::problems, answer};

/// An account, as its owner sees it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Account {
    pub(crate) username: String,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) roles: Vec<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
}

/// A login session of the account that lives.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SignIn {
    pub(crate) id: String,
    /// Whether it is the one that asks.
    pub(crate) current: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) last_used_at: OffsetDateTime,
    pub(crate) address: Option<String>,
    pub(crate) user_agent: Option<String>,
}

/// Something that happened to the account.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Event {
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) at: OffsetDateTime,
    /// A code; newer issuers may know more than we do.
    pub(crate) kind: String,
    /// The login session it happened in.
    pub(crate) session: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) user_agent: Option<String>,
    /// Why, as a code; of a change, what was changed.
    pub(crate) cause: Option<String>,
    /// Of how many, where it is about several at once.
    pub(crate) count: Option<u64>,
    /// `you` or `administrator`, as far as anybody knows.
    pub(crate) by: Option<String>,
}

/// Some events, latest first.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Events {
    pub(crate) events: Vec<Event>,
    /// What to ask for those before them with, if there are any.
    pub(crate) next: Option<String>,
}

/// Why the issuer did not do what the owner of an account asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// `(field, code)` of each thing that is wrong.
    Fields(Vec<(String, String)>),
    EmailTaken,
    WrongPassword,
    /// Nobody would be left to administer accounts.
    LastAdmin,
    /// What was typed is longer than anybody reads.
    TooLarge,
}

#[derive(Deserialize)]
struct SignIns {
    sessions: Vec<SignIn>,
}

#[derive(Deserialize)]
struct Ended {
    ended: u64,
}

/// Which events are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventsAsked<'a> {
    /// Those before what an earlier answer named.
    pub(crate) before: Option<&'a str>,
    /// So many at most.
    pub(crate) limit: u8,
    /// Refreshes too, of which there are many.
    pub(crate) refreshes: bool,
}

impl IssuerClient {
    /// The account.
    pub(crate) async fn account(
        &self,
        token: &SecretString,
        browser: &Client,
    ) -> Result<Account, CallError> {
        let request = self.http.get(self.at("/users/me"));
        read(answer(request.with_token(token).on_behalf_of(browser)).await?).await
    }

    /// Sets what it is called and its address; an empty one removes it.
    pub(crate) async fn change_account(
        &self,
        (name, email): (&str, &str),
        token: &SecretString,
        browser: &Client,
    ) -> Result<Result<(), Refused>, CallError> {
        let body = json!({"name": name, "email": email});
        let request = self.http.patch(self.at("/users/me")).json(&body);
        let done = change(request.with_token(token).on_behalf_of(browser)).await?;
        Ok(done.map(drop))
    }

    /// Sets another password, and ends all login sessions but the caller's own: so many.
    pub(crate) async fn change_password(
        &self,
        (current, new): (&SecretString, &SecretString),
        token: &SecretString,
        browser: &Client,
    ) -> Result<Result<u64, Refused>, CallError> {
        let body = json!({
            "current_password": current.expose_secret(),
            "new_password": new.expose_secret(),
        });
        let request = self.http.put(self.at("/users/me/password")).json(&body);
        match change(request.with_token(token).on_behalf_of(browser)).await? {
            Ok(answer) => Ok(Ok(read::<Ended>(answer).await?.ended)),
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// Removes the account and all that belongs to it.
    pub(crate) async fn delete_account(
        &self,
        password: &SecretString,
        token: &SecretString,
        browser: &Client,
    ) -> Result<Result<(), Refused>, CallError> {
        let body = json!({"password": password.expose_secret()});
        let request = self.http.delete(self.at("/users/me")).json(&body);
        let done = change(request.with_token(token).on_behalf_of(browser)).await?;
        Ok(done.map(drop))
    }

    /// Where the account is signed in, latest use first.
    pub(crate) async fn sign_ins(
        &self,
        token: &SecretString,
        browser: &Client,
    ) -> Result<Vec<SignIn>, CallError> {
        let request = self.http.get(self.at("/users/me/sessions"));
        let answer = answer(request.with_token(token).on_behalf_of(browser)).await?;
        Ok(read::<SignIns>(answer).await?.sessions)
    }

    /// Ends one of the account's login sessions. False when there is no such one, or no more.
    pub(crate) async fn end_sign_in(
        &self,
        id: &str,
        token: &SecretString,
        browser: &Client,
    ) -> Result<bool, CallError> {
        let mut url = self.at("/users/me/sessions");
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(id);
        }
        let request = self.http.delete(url);
        let answer = answer(request.with_token(token).on_behalf_of(browser)).await?;
        match answer.status() {
            StatusCode::NO_CONTENT => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            status => Err(not_ours(status)),
        }
    }

    /// What happened to the account lately, or before what an earlier answer named. None when no answer names that.
    pub(crate) async fn events(
        &self,
        asked: EventsAsked<'_>,
        token: &SecretString,
        browser: &Client,
    ) -> Result<Option<Events>, CallError> {
        let mut url = self.at("/users/me/events");
        url.query_pairs_mut()
            .append_pair("limit", &asked.limit.to_string())
            .append_pair("refreshes", if asked.refreshes { "true" } else { "false" })
            .extend_pairs(asked.before.map(|id| ("before", id)));
        let request = self.http.get(url);
        let answer = answer(request.with_token(token).on_behalf_of(browser)).await?;
        match answer.status() {
            StatusCode::UNPROCESSABLE_ENTITY => Ok(None),
            _ => read(answer).await.map(Some),
        }
    }
}

/// What becomes of something that the owner wants changed.
async fn change(request: Call) -> Result<Result<Response, Refused>, CallError> {
    let answer = answer(request).await?;
    let status = answer.status();
    if status.is_success() {
        return Ok(Ok(answer));
    }
    let refusal: Refusal = answer.json().await.unwrap_or_default();
    Ok(Err(match refusal.error.as_str() {
        "email_taken" => Refused::EmailTaken,
        "wrong_password" => Refused::WrongPassword,
        "last_admin" => Refused::LastAdmin,
        "body_too_large" => Refused::TooLarge,
        "invalid_request" if refusal.detail != Value::Null => {
            Refused::Fields(problems(&refusal.detail))
        }
        _ => return Err(not_ours(status)),
    }))
}

async fn read<T: DeserializeOwned>(answer: Response) -> Result<T, CallError> {
    let status = answer.status();
    if !status.is_success() {
        return Err(not_ours(status));
    }
    // Not the error's own text: that may repeat what it read.
    answer.json().await.map_err(|_| not_ours(status))
}

fn not_ours(status: StatusCode) -> CallError {
    let status = status.as_u16();
    tracing::error!(status, "the issuer's answer is not one of ours");
    CallError::NotNow(NotNow::Unavailable(None))
}
