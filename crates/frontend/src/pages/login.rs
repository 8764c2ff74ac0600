//! `/login`: the form, and what becomes of it.

use std::borrow::Cow;

use askama::Template;
use axum::{
    extract::{FromRequestParts, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, request::Parts};
use secrecy::ExposeSecret;

use super::{NO_STORE, form::Form, render, shell::Shell};
use crate::{
    app::App,
    error::{PageError, answer_later},
    flash::Flash,
    forward_auth::SEVERAL_COOKIES,
    issuer_client::{Issued, LoginError, NotNow, Wait},
    locale::Messages,
    next::Next,
    require_login::{Halt, admit, dismiss, refused_fresh},
    revocation::Ending,
    session::{Current, LoginSession, NewSession, SessionsUnavailable, Tokens},
    visit::Visit,
};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    shell: Shell,
    next: String,
    username: String,
    remember: bool,
    error: Option<Cow<'static, str>>,
    /// How long to wait before it is sent again, if it was sent too often.
    wait: Option<Wait>,
    /// The link to register; none while registration is closed.
    register: Option<String>,
}

/// What was typed, but for the password.
#[derive(Default)]
struct Typed {
    username: String,
    remember: bool,
}

/// Why the form is shown again.
#[derive(Default)]
struct Refused {
    text: Option<Cow<'static, str>>,
    wait: Option<Wait>,
}

/// Tokens that have just been issued to a browser.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) issued: Issued,
    /// Whether the session is to outlive the browser.
    pub(crate) remember: bool,
}

/// `?next=…`, once at the most.
pub(crate) struct Asked {
    pub(crate) next: Next,
    /// An app has refused this browser for its two session cookies.
    several_cookies: bool,
}

impl FromRequestParts<App> for Asked {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let query = parts.uri.query().unwrap_or_default();
        let mut asked = url::form_urlencoded::parse(query.as_bytes())
            .filter_map(|(name, value)| (name == "next").then_some(value));
        let next = asked.next().unwrap_or_default();
        match asked.next() {
            None => Ok(Self {
                next: Next::parse(&next, &app.forward_auth.origins),
                several_cookies: query.split('&').any(|pair| pair == SEVERAL_COOKIES),
            }),
            Some(_) => Err(PageError::BadRequest),
        }
    }
}

/// The form. Somebody who is signed in already goes on; so does whoever comes back to it with the back
/// button. The wall looks first: a proxy that asks for an app can only send people here
/// (`forward_auth`), and here they learn why.
pub(crate) async fn show(
    State(app): State<App>,
    asked: Asked,
    session: LoginSession,
    visit: Visit,
) -> Result<Response, PageError> {
    let told = match admit(&app, &session, &visit).await {
        Ok(_) if asked.several_cookies => return Err(PageError::SeveralCookies),
        Ok(_) => return Ok((NO_STORE, Redirect::to(asked.next.as_str())).into_response()),
        Err(Halt::Stopped(why)) if visit.is_for_a_reader() => dismiss(&app, &session, why).await?,
        // The form says it on top; the session stays.
        Err(Halt::Stopped(_) | Halt::Failed(PageError::KeyMismatch)) => None,
        Err(Halt::Failed(error)) => return Err(error),
    };
    let mut shell = shell(&app, &visit, &asked.next);
    if let Some(flash) = told {
        shell.notice = Some(flash.notice(shell.t));
    }
    let (typed, refused) = (Typed::default(), Refused::default());
    Ok(form(&app, shell, &asked.next, typed, refused))
}

/// Signs in.
pub(crate) async fn submit(
    State(app): State<App>,
    session: LoginSession,
    visit: Visit,
    mut body: Form,
) -> Result<Response, PageError> {
    let t = visit.language.messages();
    let next = body.take_next(&app);
    let username = body.take("username");
    let password = body.take_secret("password");
    let remember = !body.take("remember").is_empty();
    let again = |status: StatusCode, text: Cow<'static, str>, wait: Option<Wait>| {
        let username = username.clone();
        let typed = Typed { username, remember };
        let text = Some(text);
        // On the button only what the visitor's own attempts have led to.
        let counted = wait.filter(|_| status == StatusCode::TOO_MANY_REQUESTS);
        let refused = Refused {
            text,
            wait: counted,
        };
        let mut page = form(&app, shell(&app, &visit, &next), &next, typed, refused);
        answer_later(&mut page, status, wait);
        page
    };
    if username.is_empty() || password.expose_secret().is_empty() {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(again(status, t.login_missing.into(), None));
    }
    let answer = app
        .issuer
        .log_in(&username, &password, remember, &visit.client);
    let answer = answer.await;
    app.counts.sign_in(&answer);
    match answer {
        Ok(issued) => {
            let fresh = Fresh { issued, remember };
            sign_in(&app, &session, &visit, fresh, &next).await
        }
        Err(LoginError::Credentials) => {
            let status = StatusCode::BAD_REQUEST;
            Ok(again(status, t.login_wrong.into(), None))
        }
        Err(LoginError::TooLarge) => Err(PageError::TooLarge),
        Err(LoginError::NotNow(why)) if !visit.wants_page => Err(why.into()),
        Err(LoginError::NotNow(why)) => {
            let (status, text, wait) = explain(why, t);
            Ok(again(status, t.with_wait(text, wait), wait))
        }
    }
}

fn explain(why: NotNow, t: &'static Messages) -> (StatusCode, &'static str, Option<Wait>) {
    let busy = StatusCode::SERVICE_UNAVAILABLE;
    match why {
        NotNow::TooManyAttempts(wait) => (StatusCode::TOO_MANY_REQUESTS, t.login_throttled, wait),
        NotNow::Busy(wait) => (busy, t.login_busy, wait),
        NotNow::Unavailable(wait) => (busy, t.login_unavailable, wait),
    }
}

/// Where a sign-in lands first: if the session cookie has come back, the visitor goes on, and the wall judges
/// the token; if not, going on would only lead back to the form, so the page says why.
pub(crate) async fn done(
    State(app): State<App>,
    asked: Asked,
    session: LoginSession,
    visit: Visit,
) -> Result<Response, PageError> {
    if session.current().await?.is_none() {
        return Err(PageError::CookiesBlocked);
    }
    // What was to be said before signing in is out of date.
    Flash::take(&app, &visit.cookies);
    Ok((NO_STORE, Redirect::to(asked.next.as_str())).into_response())
}

/// Begins the session of a fresh token, once we know that we would accept it ourselves.
pub(crate) async fn sign_in(
    app: &App,
    session: &LoginSession,
    visit: &Visit,
    fresh: Fresh,
    next: &Next,
) -> Result<Response, PageError> {
    let Fresh { issued, remember } = fresh;
    let claims = app.guard.check(issued.access_token.expose_secret()).await;
    let longest = app.sessions.absolute;
    let lasts = issued
        .session_lasts
        .map_or(longest, |lasts| lasts.min(longest));
    let new = NewSession {
        tokens: Tokens {
            access: issued.access_token,
            refresh: issued.refresh_token,
        },
        ends_at: app.clock.now() + lasts,
        remember,
    };
    let end = |tokens| {
        app.revoker.end_later(Ending {
            tokens,
            others: false,
            browser: visit.client.clone(),
        });
    };
    let claims = match claims {
        Ok(claims) => claims,
        Err(reason) => {
            // Nobody will ever use it.
            end(new.tokens);
            return Err(refused_fresh(app, reason));
        }
    };
    match replace(session, &new).await {
        // Nobody can sign it out any more: its cookie is gone.
        Ok(before) => {
            if let Some(before) = before {
                end(before.tokens);
            }
        }
        Err(cause) => {
            // Nobody ever will.
            end(new.tokens);
            return Err(cause.into());
        }
    }
    app.counts.session_begun();
    tracing::info!(
        event = "signed_in",
        user.id = claims.sub,
        "user {} signed in",
        claims.sub
    );
    let landing = next.carried_by("/login/done");
    Ok((NO_STORE, Redirect::to(&landing)).into_response())
}

/// Begins this session; the one that was there before in this browser, if there was one.
async fn replace(
    session: &LoginSession,
    new: &NewSession,
) -> Result<Option<Current>, SessionsUnavailable> {
    let before = session.current().await?;
    session.begin(new).await?;
    Ok(before)
}

fn shell(app: &App, visit: &Visit, next: &Next) -> Shell {
    Shell {
        // The form is sent to /login without a query; the switch has to find the way back.
        here: next.login_page(),
        ..visit.shell(app)
    }
}

fn form(app: &App, shell: Shell, next: &Next, typed: Typed, refused: Refused) -> Response {
    render(&LoginPage {
        shell,
        next: next.to_string(),
        username: typed.username,
        remember: typed.remember,
        error: refused.text,
        wait: refused.wait,
        register: app.registration_open.then(|| next.carried_by("/register")),
    })
}
