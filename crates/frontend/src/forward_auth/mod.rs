//! `GET /forward-auth`: a proxy holds a request back and asks whether it may pass to the app behind.
//!
//! The wall decides, as before our own pages. Here is what the proxy is told: who it is (`identity`), or a refusal in
//! the manner that it can use (`question`). docs/forward-auth.md is for those who set up the proxy.

mod identity;
mod question;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderValue, header::LOCATION};

use crate::{
    app::App,
    cookies::SessionCookieSent,
    error::PageError,
    pages::NO_STORE,
    require_login::{Halt, Stopped, admit, dismiss, unauthorized},
    session::LoginSession,
    visit::Visit,
};

use question::{Manner, Question};

/// Tells the login page that the app's host has two session cookies. The pages' own may have the one good of them, and
/// would send the browser back to be refused again, and so on; and nobody can remove the other from here.
pub(crate) const SEVERAL_COOKIES: &str = "cookies=several";

pub(crate) async fn answer(
    State(app): State<App>,
    question: Question,
    session: LoginSession,
    visit: Visit,
) -> Response {
    match admit(&app, &session, &visit).await {
        Ok(signed_in) => identity::headers(&signed_in, app.forward_auth.token && question.by_proxy),
        Err(Halt::Stopped(why)) => {
            app.counts.stopped(why);
            match question.manner {
                Manner::Status => refuse(&app, &question, &visit, why),
                Manner::Redirect => send_to_login(&app, &question, &session, &visit, why).await,
            }
        }
        Err(Halt::Failed(error)) => fail(&app, &question, visit, error),
    }
}

/// Changes nothing: of this answer the browser gets what the proxy makes of it. The login page, to which
/// `Location` leads, looks at the session itself and says why.
fn refuse(app: &App, question: &Question, visit: &Visit, why: Stopped) -> Response {
    let mut response = unauthorized(why, &app.public_url.at("/login"));
    if visit.wants_page {
        let mut login = question.login_page(app);
        if visit.session_cookie == SessionCookieSent::Several {
            login.push(if login.contains('?') { '&' } else { '?' });
            login.push_str(SEVERAL_COOKIES);
        }
        match HeaderValue::from_str(&login) {
            Ok(login) => response.headers_mut().insert(LOCATION, login),
            Err(_) => return PageError::Internal.as_json(),
        };
    }
    response
}

/// The browser gets this answer as it is: what the wall does.
async fn send_to_login(
    app: &App,
    question: &Question,
    session: &LoginSession,
    visit: &Visit,
    why: Stopped,
) -> Response {
    if !visit.wants_page {
        return unauthorized(why, &app.public_url.at("/login"));
    }
    match dismiss(app, session, why).await {
        Ok(flash) => {
            if let Some(flash) = flash {
                flash.set(app, &visit.cookies);
            }
            (NO_STORE, Redirect::to(&question.login_page(app))).into_response()
        }
        Err(cause) => fail(app, question, visit.clone(), cause.into()),
    }
}

/// It cannot be told now. At an app's own address there is no style sheet of ours, and no form of ours works.
fn fail(app: &App, question: &Question, mut visit: Visit, error: PageError) -> Response {
    if question.manner == Manner::Status || !visit.wants_page {
        return error.as_json();
    }
    if !question.at_pages {
        return error.as_text(visit.language);
    }
    visit.here = question.next.to_string();
    error.as_page(visit.shell(app))
}
