//! The wall: nobody passes without a good token in their session, and whoever is sent back is told why.
//!
//! `admission` decides; here is what becomes of whoever does not pass, and of whoever the issuer refuses when a page
//! behind the wall asks it for something (`caller`).

mod admission;
mod caller;

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header::WWW_AUTHENTICATE};
use serde_json::json;
use tegata_guard::token::Reason;
use tegata_server::RequestId;

use crate::{
    app::App,
    cause::Cause,
    error::PageError,
    flash::Flash,
    pages::NO_STORE,
    session::{LoginSession, SessionsUnavailable},
    visit::Visit,
};

pub(crate) use admission::{Halt, SignedIn, admit, refused_by_issuer, refused_fresh};
pub(crate) use caller::Caller;

const TEGATA_REASON: HeaderName = HeaderName::from_static("tegata-reason");

/// Why somebody was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// Never signed in, as far as this browser says.
    Stranger,
    /// Its session is over, unknown or was never one.
    UnknownSession,
    /// The token is not good any more, and there is no other.
    Token(Reason),
    /// The issuer says that the login session is over, and why, if it is one of its own.
    Over(Option<Cause>),
}

impl Stopped {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Stranger => "login_required",
            Self::UnknownSession => "session_unknown",
            Self::Token(reason) => reason.code(),
            Self::Over(_) => Reason::SessionEnded.code(),
        }
    }

    fn cause(self) -> Option<&'static str> {
        match self {
            Self::Over(cause) => cause.map(Cause::code),
            _ => None,
        }
    }

    fn flash(self) -> Option<Flash> {
        match self {
            Self::Stranger => None,
            Self::Over(Some(cause)) => Some(cause.into()),
            _ => Some(Flash::SessionExpired),
        }
    }
}

/// Stands before the walled half of the router.
pub(crate) async fn require_login(
    State(app): State<App>,
    session: LoginSession,
    visit: Visit,
    mut request: Request,
    next: Next,
) -> Response {
    match admit(&app, &session, &visit).await {
        Ok(signed_in) => {
            request.extensions_mut().insert(signed_in);
            let mut response = next.run(request).await;
            match response.extensions_mut().remove::<Halt>() {
                Some(halt) => halt.answer(&app, &session, &visit).await,
                None => response,
            }
        }
        Err(halt) => halt.answer(&app, &session, &visit).await,
    }
}

impl IntoResponse for Halt {
    /// Of a page behind the wall: [`require_login`] puts the answer in its place.
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Halt {
    /// The login page for a person, 401 for a program; and what went wrong for both.
    pub(crate) async fn answer(self, app: &App, session: &LoginSession, visit: &Visit) -> Response {
        match self {
            Self::Failed(error) => error.into_response(),
            Self::Stopped(why) => {
                app.counts.stopped(why);
                if visit.wants_page {
                    send_to_login(app, session, visit, why).await
                } else {
                    unauthorized(why, "/login")
                }
            }
        }
    }
}

/// Only a navigation ends the session and sets the message: of twenty requests that a page sends at
/// expiry, one person reads one message.
async fn send_to_login(app: &App, session: &LoginSession, visit: &Visit, why: Stopped) -> Response {
    match dismiss(app, session, why).await {
        Ok(flash) => {
            if let Some(flash) = flash {
                flash.set(app, &visit.cookies);
            }
            (NO_STORE, Redirect::to(&visit.return_here().login_page())).into_response()
        }
        Err(cause) => PageError::from(cause).into_response(),
    }
}

/// Ends the session of whoever was stopped, if there is one. What they are to be told on the login page.
pub(crate) async fn dismiss(
    app: &App,
    session: &LoginSession,
    why: Stopped,
) -> Result<Option<Flash>, SessionsUnavailable> {
    if let (Stopped::Over(Some(cause)), Some(id)) = (why, session.id()) {
        app.farewells.note(id, cause, app.clock.now());
    }
    session.end().await?;
    let flash = why.flash();
    if flash.is_some() {
        app.counts.session_ended(why.cause().unwrap_or(why.code()));
        tracing::info!(
            event = "session_ended",
            reason = why.code(),
            cause = why.cause(),
            "sent to the login page"
        );
    }
    Ok(flash)
}

/// For scripts: an answer they can act on, never a login page in place of their data.
pub(crate) fn unauthorized(why: Stopped, login: &str) -> Response {
    let mut body = json!({
        "error": "login_required",
        "reason": why.code(),
        "detail": format!("Sign in at {login} and try again"),
    });
    if let Some(cause) = why.cause() {
        body["cause"] = cause.into();
    }
    if let Some(id) = RequestId::current() {
        body["request_id"] = id.as_str().into();
    }
    let mut response = (StatusCode::UNAUTHORIZED, NO_STORE, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(TEGATA_REASON, HeaderValue::from_static(why.code()));
    // RFC 9110 §11.6.1 asks for a challenge; this one makes no browser open a password box.
    headers.insert(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Session realm=\"Tegata\""),
    );
    response
}
