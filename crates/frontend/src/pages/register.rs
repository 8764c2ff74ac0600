//! `/register`: makes an account and signs it in.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;

use super::{
    NO_STORE,
    form::Form,
    login::{Asked, Fresh, sign_in},
    render,
    shell::Shell,
};
use crate::{
    app::App,
    error::{PageError, answer_later},
    flash::Flash,
    issuer_client::{NewAccount, NotNow, RegisterError, Wait},
    locale::Messages,
    next::Next,
    session::LoginSession,
    visit::Visit,
};

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterPage {
    shell: Shell,
    next: String,
    /// The link to sign in.
    login: String,
    username: String,
    email: String,
    name: String,
    errors: RegisterErrors,
}

#[derive(Default)]
struct RegisterErrors {
    /// How long to wait before it is sent again, if too many were.
    wait: Option<Wait>,
    form: Option<String>,
    username: Option<String>,
    email: Option<String>,
    name: Option<String>,
    password: Option<String>,
}

/// What was typed, but for the password.
struct Typed {
    next: Next,
    username: String,
    email: String,
    name: String,
}

/// The form.
pub(crate) async fn show(
    State(app): State<App>,
    asked: Asked,
    visit: Visit,
) -> Result<Response, PageError> {
    if !app.registration_open {
        return Err(PageError::RegistrationClosed);
    }
    let typed = Typed {
        next: asked.next,
        username: String::new(),
        email: String::new(),
        name: String::new(),
    };
    Ok(form(&app, &visit, typed, RegisterErrors::default()))
}

/// Registers.
pub(crate) async fn submit(
    State(app): State<App>,
    session: LoginSession,
    visit: Visit,
    mut body: Form,
) -> Result<Response, PageError> {
    if !app.registration_open {
        return Err(PageError::RegistrationClosed);
    }
    let typed = Typed {
        next: body.take_next(&app),
        username: body.take("username"),
        email: body.take("email"),
        name: body.take("name"),
    };
    let password = body.take_secret("password");
    let account = NewAccount {
        username: &typed.username,
        email: &typed.email,
        name: &typed.name,
        password: &password,
    };
    let client = &visit.client;
    match app.issuer.register(&account, client).await {
        Ok(()) => {
            let name = &typed.username;
            // Whoever wants to be remembered says so when signing in.
            let remember = false;
            match app.issuer.log_in(name, &password, remember, client).await {
                Ok(issued) => {
                    let fresh = Fresh { issued, remember };
                    sign_in(&app, &session, &visit, fresh, &typed.next).await
                }
                // Signing in did not work at once, but the account is there.
                Err(_) => {
                    Flash::Registered.set(&app, &visit.cookies);
                    Ok((NO_STORE, Redirect::to(&typed.next.login_page())).into_response())
                }
            }
        }
        Err(RegisterError::Closed) => Err(PageError::RegistrationClosed),
        Err(RegisterError::TooLarge) => Err(PageError::TooLarge),
        Err(RegisterError::NotNow(why)) if !visit.wants_page => Err(why.into()),
        Err(refused) => {
            let (status, wait, errors) = explain(&refused, visit.language.messages());
            let mut page = form(&app, &visit, typed, errors);
            answer_later(&mut page, status, wait);
            Ok(page)
        }
    }
}

fn explain(
    refused: &RegisterError,
    t: &'static Messages,
) -> (StatusCode, Option<Wait>, RegisterErrors) {
    let (mut errors, mut asked_to_wait) = (RegisterErrors::default(), None);
    let status = match refused {
        RegisterError::UsernameTaken => {
            errors.username = Some(t.username_taken.to_owned());
            StatusCode::CONFLICT
        }
        RegisterError::EmailTaken => {
            errors.email = Some(t.email_taken.to_owned());
            StatusCode::CONFLICT
        }
        RegisterError::Fields(problems) => {
            for (field, code) in problems {
                errors.note(field, code, t);
            }
            if problems.is_empty() {
                errors.form = Some(t.register_check_fields.to_owned());
            }
            StatusCode::UNPROCESSABLE_ENTITY
        }
        RegisterError::NotNow(why) => {
            let (status, text, wait) = later(*why, t);
            errors.form = Some(t.with_wait(text, wait).into_owned());
            errors.wait = wait.filter(|_| status == StatusCode::TOO_MANY_REQUESTS);
            asked_to_wait = wait;
            status
        }
        RegisterError::Closed | RegisterError::TooLarge => {
            errors.form = Some(t.register_unavailable.to_owned());
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    (status, asked_to_wait, errors)
}

fn later(why: NotNow, t: &'static Messages) -> (StatusCode, &'static str, Option<Wait>) {
    let busy = StatusCode::SERVICE_UNAVAILABLE;
    match why {
        NotNow::TooManyAttempts(wait) => {
            (StatusCode::TOO_MANY_REQUESTS, t.register_throttled, wait)
        }
        NotNow::Busy(wait) => (busy, t.register_busy, wait),
        NotNow::Unavailable(wait) => (busy, t.register_unavailable, wait),
    }
}

impl RegisterErrors {
    /// Puts the issuer's finding into the visitor's words.
    fn note(&mut self, field: &str, code: &str, t: &'static Messages) {
        let (slot, text) = match (field, code) {
            ("username", "missing") => (&mut self.username, t.username_missing),
            ("username", _) => (&mut self.username, t.username_invalid),
            ("email", _) => (&mut self.email, t.email_invalid),
            ("name", _) => (&mut self.name, t.display_name_invalid),
            ("password", "missing") => (&mut self.password, t.password_missing),
            ("password", "password_too_short") => (&mut self.password, t.password_short),
            ("password", "password_too_long") => (&mut self.password, t.password_long),
            ("password", "password_nul") => (&mut self.password, t.password_nul),
            ("password", "password_personal") => (&mut self.password, t.password_personal),
            ("password", _) => (&mut self.password, t.password_common),
            _ => (&mut self.form, t.register_check_fields),
        };
        *slot = Some(text.to_owned());
    }
}

fn form(app: &App, visit: &Visit, typed: Typed, errors: RegisterErrors) -> Response {
    let mut shell = visit.shell(app);
    shell.here = typed.next.carried_by("/register");
    render(&RegisterPage {
        shell,
        next: typed.next.to_string(),
        login: typed.next.login_page(),
        username: typed.username,
        email: typed.email,
        name: typed.name,
        errors,
    })
}
