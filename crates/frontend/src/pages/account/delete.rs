//! `/account/delete`: the end of an account, once its owner has given the password.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use secrecy::ExposeSecret;

use super::refusal::{Later, Outcome};
use crate::{
    cause::Cause,
    error::PageError,
    flash::Flash,
    issuer_client::Refused,
    locale::Messages,
    pages::{CLEAR_SITE_DATA, NO_STORE, form::Form, render, shell::Shell},
    require_login::{Caller, Halt},
};

const HERE: &str = "/account/delete";

#[derive(Template)]
#[template(path = "delete.html")]
struct DeletePage {
    shell: Shell,
    here: &'static str,
    username: String,
    of: String,
    errors: DeleteErrors,
}

#[derive(Default)]
struct DeleteErrors {
    form: Option<String>,
    password: Option<String>,
}

/// The question.
pub(crate) async fn show(caller: Caller) -> Response {
    page(&caller, DeleteErrors::default())
}

/// Deletes it, and signs out.
pub(crate) async fn submit(caller: Caller, mut body: Form) -> Result<Response, Halt> {
    let t = caller.visit.language.messages();
    let password = body.take_secret("password");
    if password.expose_secret().is_empty() {
        let outcome = Outcome::from(StatusCode::UNPROCESSABLE_ENTITY);
        let errors = DeleteErrors {
            form: None,
            password: Some(t.password_missing.to_owned()),
        };
        return Ok(outcome.on(page(&caller, errors)));
    }
    let (issuer, browser, password) = (&caller.app.issuer, &caller.visit.client, &password);
    let call = |token| async move { issuer.delete_account(password, &token, browser).await };
    let (outcome, errors) = match caller.ask(call).await {
        Ok(Ok(())) => return leave(&caller).await,
        Ok(Err(Refused::TooLarge)) => return Err(PageError::TooLarge.into()),
        Ok(Err(refused)) => explain(&refused, t),
        Err(halt) => {
            let later = Later::of(halt, &caller, t.account.goodbye_unavailable)?;
            let mut errors = DeleteErrors::default();
            if later.is_throttled {
                errors.password = Some(later.text);
            } else {
                errors.form = Some(later.text);
            }
            (later.outcome, errors)
        }
    };
    Ok(outcome.on(page(&caller, errors)))
}

/// The issuer has ended all sessions of the account; here is the end of this browser's.
async fn leave(caller: &Caller) -> Result<Response, Halt> {
    caller.session.end().await.map_err(PageError::from)?;
    caller.app.counts.session_ended(Cause::UserDeleted.code());
    Flash::AccountDeleted.set(&caller.app, &caller.visit.cookies);
    tracing::info!(
        event = "signed_out",
        "signed out, and the account is deleted"
    );
    Ok((NO_STORE, [CLEAR_SITE_DATA], Redirect::to("/login")).into_response())
}

fn explain(refused: &Refused, t: &'static Messages) -> (Outcome, DeleteErrors) {
    let mut errors = DeleteErrors::default();
    let outcome = match refused {
        Refused::WrongPassword => {
            errors.password = Some(t.account.goodbye_wrong.to_owned());
            StatusCode::BAD_REQUEST.into()
        }
        Refused::Fields(_) => {
            errors.password = Some(t.password_missing.to_owned());
            StatusCode::UNPROCESSABLE_ENTITY.into()
        }
        Refused::LastAdmin => {
            errors.form = Some(t.account.goodbye_last_admin.to_owned());
            StatusCode::CONFLICT.into()
        }
        Refused::EmailTaken | Refused::TooLarge => return unavailable(t),
    };
    (outcome, errors)
}

fn unavailable(t: &'static Messages) -> (Outcome, DeleteErrors) {
    let errors = DeleteErrors {
        form: Some(t.account.goodbye_unavailable.to_owned()),
        password: None,
    };
    (StatusCode::SERVICE_UNAVAILABLE.into(), errors)
}

fn page(caller: &Caller, errors: DeleteErrors) -> Response {
    let t = caller.visit.language.messages();
    let username = caller.username();
    render(&DeletePage {
        shell: caller.shell(HERE),
        here: HERE,
        of: t.account.goodbye_of.replace("{name}", username),
        username: username.to_owned(),
        errors,
    })
}
