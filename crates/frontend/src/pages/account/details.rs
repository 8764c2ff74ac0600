//! `/account`: who I am to the services, what happened lately, and the ways to the rest.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use super::{
    activity::{self, Entry},
    moment::Moment,
    refusal::{Later, Outcome},
};
use crate::{
    error::PageError,
    flash::Flash,
    issuer_client::{Account, Refused},
    locale::Messages,
    pages::{NO_STORE, form::Form, render, shell::Shell},
    require_login::{Caller, Halt},
};

const HERE: &str = "/account";
/// So many lines of what happened lately.
const RECENT: usize = 6;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    shell: Shell,
    here: &'static str,
    /// What the account is called: the display name, if there is one.
    title: String,
    username: String,
    roles: Vec<String>,
    member_since: Option<Moment>,
    name: String,
    email: String,
    errors: DetailsErrors,
    /// None while the issuer does not tell.
    log: Option<Vec<Entry>>,
}

#[derive(Default)]
struct DetailsErrors {
    form: Option<String>,
    name: Option<String>,
    email: Option<String>,
}

/// What was typed.
struct Typed {
    name: String,
    email: String,
}

/// The account.
pub(crate) async fn show(caller: Caller) -> Result<Response, Halt> {
    let account = ask(&caller).await?;
    let typed = Typed {
        name: account.name.clone().unwrap_or_default(),
        email: account.email.clone().unwrap_or_default(),
    };
    page(&caller, Some(account), typed, DetailsErrors::default()).await
}

/// Changes name and address.
pub(crate) async fn submit(caller: Caller, mut body: Form) -> Result<Response, Halt> {
    let typed = Typed {
        name: body.take("name"),
        email: body.take("email"),
    };
    let (issuer, browser) = (&caller.app.issuer, &caller.visit.client);
    let change = (typed.name.as_str(), typed.email.as_str());
    let call = |token| async move { issuer.change_account(change, &token, browser).await };
    let t = caller.visit.language.messages();
    let (outcome, errors) = match caller.ask(call).await {
        Ok(Ok(())) => {
            Flash::AccountSaved.set(&caller.app, &caller.visit.cookies);
            return Ok((NO_STORE, Redirect::to(HERE)).into_response());
        }
        Ok(Err(Refused::TooLarge)) => return Err(PageError::TooLarge.into()),
        Ok(Err(refused)) => explain(&refused, t),
        Err(halt) => {
            let later = Later::of(halt, &caller, t.account.save_unavailable)?;
            let errors = DetailsErrors {
                form: Some(later.text),
                ..DetailsErrors::default()
            };
            (later.outcome, errors)
        }
    };
    let account = if_told(ask(&caller).await)?;
    let page = page(&caller, account, typed, errors).await?;
    Ok(outcome.on(page))
}

async fn ask(caller: &Caller) -> Result<Account, Halt> {
    let (issuer, browser) = (&caller.app.issuer, &caller.visit.client);
    let call = |token| async move { issuer.account(&token, browser).await };
    caller.ask(call).await
}

/// What a page can do without while the issuer is away.
fn if_told<T>(answer: Result<T, Halt>) -> Result<Option<T>, Halt> {
    match answer {
        Ok(told) => Ok(Some(told)),
        Err(Halt::Failed(error)) if error.is_issuers() => Ok(None),
        Err(halt) => Err(halt),
    }
}

fn explain(refused: &Refused, t: &'static Messages) -> (Outcome, DetailsErrors) {
    let mut errors = DetailsErrors::default();
    let outcome = match refused {
        Refused::EmailTaken => {
            errors.email = Some(t.email_taken.to_owned());
            StatusCode::CONFLICT.into()
        }
        Refused::Fields(problems) => {
            for (field, _) in problems {
                match field.as_str() {
                    "email" => errors.email = Some(t.email_invalid.to_owned()),
                    "name" => errors.name = Some(t.display_name_invalid.to_owned()),
                    _ => errors.form = Some(t.account.check_fields.to_owned()),
                }
            }
            StatusCode::UNPROCESSABLE_ENTITY.into()
        }
        Refused::WrongPassword | Refused::LastAdmin | Refused::TooLarge => return unavailable(t),
    };
    (outcome, errors)
}

fn unavailable(t: &'static Messages) -> (Outcome, DetailsErrors) {
    let errors = DetailsErrors {
        form: Some(t.account.save_unavailable.to_owned()),
        ..DetailsErrors::default()
    };
    (StatusCode::SERVICE_UNAVAILABLE.into(), errors)
}

/// With what the token says, where the issuer does not tell.
async fn page(
    caller: &Caller,
    account: Option<Account>,
    typed: Typed,
    errors: DetailsErrors,
) -> Result<Response, Halt> {
    let t = caller.visit.language.messages();
    let found = if_told(activity::ask(caller, None, false).await)?.flatten();
    let log = found.map(|found| {
        let mut log = activity::entries(&found.events, t);
        log.truncate(RECENT);
        log
    });
    let claims = &caller.signed_in.claims;
    let (username, name, roles, since) = match account {
        Some(account) => (
            account.username,
            account.name,
            account.roles,
            Some(account.created_at.into()),
        ),
        None => (
            caller.username().to_owned(),
            None,
            claims.roles.clone(),
            None,
        ),
    };
    Ok(render(&AccountPage {
        shell: caller.shell(HERE),
        here: HERE,
        title: name.unwrap_or_else(|| username.clone()),
        username,
        roles,
        member_since: since,
        name: typed.name,
        email: typed.email,
        errors,
        log,
    }))
}
