//! `/account/password`: another password. All other sessions end; this one stays.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use secrecy::ExposeSecret;

use super::refusal::{Later, Outcome};
use crate::{
    error::PageError,
    flash::Flash,
    issuer_client::Refused,
    locale::Messages,
    pages::{NO_STORE, form::Form, render, shell::Shell},
    require_login::{Caller, Halt},
};

const HERE: &str = "/account/password";

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    shell: Shell,
    here: &'static str,
    /// For password managers, and for the script that looks at what is typed.
    username: String,
    errors: PasswordErrors,
}

#[derive(Default)]
struct PasswordErrors {
    form: Option<String>,
    current: Option<String>,
    new: Option<String>,
}

/// The form.
pub(crate) async fn show(caller: Caller) -> Response {
    page(&caller, PasswordErrors::default())
}

/// Changes it.
pub(crate) async fn submit(caller: Caller, mut body: Form) -> Result<Response, Halt> {
    let t = caller.visit.language.messages();
    let current = body.take_secret("current_password");
    let new = body.take_secret("new_password");
    let errors = missing(
        current.expose_secret().is_empty(),
        new.expose_secret().is_empty(),
        t,
    );
    if let Some(errors) = errors {
        let outcome = Outcome::from(StatusCode::UNPROCESSABLE_ENTITY);
        return Ok(outcome.on(page(&caller, errors)));
    }
    let (issuer, browser) = (&caller.app.issuer, &caller.visit.client);
    let both = (&current, &new);
    let call = |token| async move { issuer.change_password(both, &token, browser).await };
    let (outcome, errors) = match caller.ask(call).await {
        Ok(Ok(ended)) => {
            let ended = u16::try_from(ended).unwrap_or(u16::MAX);
            Flash::PasswordSet(ended).set(&caller.app, &caller.visit.cookies);
            return Ok((NO_STORE, Redirect::to("/account")).into_response());
        }
        Ok(Err(Refused::TooLarge)) => return Err(PageError::TooLarge.into()),
        Ok(Err(refused)) => explain(&refused, t),
        Err(halt) => {
            let later = Later::of(halt, &caller, t.account.password_unavailable)?;
            let mut errors = PasswordErrors::default();
            if later.is_throttled {
                errors.current = Some(later.text);
            } else {
                errors.form = Some(later.text);
            }
            (later.outcome, errors)
        }
    };
    Ok(outcome.on(page(&caller, errors)))
}

fn missing(no_current: bool, no_new: bool, t: &'static Messages) -> Option<PasswordErrors> {
    (no_current || no_new).then(|| PasswordErrors {
        form: None,
        current: no_current.then(|| t.account.current_missing.to_owned()),
        new: no_new.then(|| t.account.new_missing.to_owned()),
    })
}

fn explain(refused: &Refused, t: &'static Messages) -> (Outcome, PasswordErrors) {
    let mut errors = PasswordErrors::default();
    let outcome = match refused {
        Refused::WrongPassword => {
            errors.current = Some(t.account.current_wrong.to_owned());
            StatusCode::BAD_REQUEST.into()
        }
        Refused::Fields(problems) => {
            for (field, code) in problems {
                match field.as_str() {
                    "new_password" => errors.new = Some(unfit(code, t).to_owned()),
                    "current_password" => {
                        errors.current = Some(t.account.current_missing.to_owned());
                    }
                    _ => errors.form = Some(t.account.password_again.to_owned()),
                }
            }
            StatusCode::UNPROCESSABLE_ENTITY.into()
        }
        Refused::EmailTaken | Refused::LastAdmin | Refused::TooLarge => return unavailable(t),
    };
    (outcome, errors)
}

/// The same codes as for the password of a new account.
fn unfit(code: &str, t: &'static Messages) -> &'static str {
    match code {
        "missing" => t.account.new_missing,
        "password_too_short" => t.password_short,
        "password_too_long" => t.password_long,
        "password_nul" => t.password_nul,
        "password_personal" => t.password_personal,
        _ => t.password_common,
    }
}

fn unavailable(t: &'static Messages) -> (Outcome, PasswordErrors) {
    let errors = PasswordErrors {
        form: Some(t.account.password_unavailable.to_owned()),
        ..PasswordErrors::default()
    };
    (StatusCode::SERVICE_UNAVAILABLE.into(), errors)
}

fn page(caller: &Caller, errors: PasswordErrors) -> Response {
    render(&PasswordPage {
        shell: caller.shell(HERE),
        here: HERE,
        username: caller.username().to_owned(),
        errors,
    })
}
