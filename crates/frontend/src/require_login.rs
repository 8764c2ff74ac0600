//! The wall: nobody passes without a good token in their session, and whoever is sent back is told why.

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header::WWW_AUTHENTICATE};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tegata_guard::token::{Claims, Reason};

use crate::{
    app::App, cookies::SessionCookieSent, error::PageError, flash::Flash, pages::NO_STORE,
    session::LoginSession, visit::Visit,
};

const TEGATA_REASON: HeaderName = HeaderName::from_static("tegata-reason");

/// Who is signed in, for the pages behind the wall.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) claims: Claims,
    pub(crate) token: SecretString,
}

/// Why somebody was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopped {
    /// Never signed in, as far as this browser says.
    Stranger,
    /// Its session is over, unknown or was never one.
    UnknownSession,
    /// The token is not good any more.
    Token(Reason),
}

impl Stopped {
    fn code(self) -> &'static str {
        match self {
            Self::Stranger => "login_required",
            Self::UnknownSession => "session_unknown",
            Self::Token(reason) => reason.code(),
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
    let cookie = request.extensions().get::<SessionCookieSent>().copied();
    match admit(&app, &session, cookie).await {
        Ok(signed_in) => {
            request.extensions_mut().insert(signed_in);
            next.run(request).await
        }
        Err(Halt::Failed(error)) => error.into_response(),
        Err(Halt::Stopped(why)) if visit.wants_page => {
            send_to_login(&app, &session, &visit, why).await
        }
        Err(Halt::Stopped(why)) => unauthorized(why),
    }
}

enum Halt {
    Stopped(Stopped),
    Failed(PageError),
}

async fn admit(
    app: &App,
    session: &LoginSession,
    cookie: Option<SessionCookieSent>,
) -> Result<SignedIn, Halt> {
    let token = session
        .access_token()
        .await
        .map_err(|cause| Halt::Failed(cause.into()))?;
    let Some(token) = token else {
        return Err(Halt::Stopped(match cookie {
            Some(SessionCookieSent(true)) => Stopped::UnknownSession,
            _ => Stopped::Stranger,
        }));
    };
    match app.guard.check(token.expose_secret()).await {
        Ok(claims) => Ok(SignedIn { claims, token }),
        Err(Reason::KeysUnavailable) => Err(Halt::Failed(PageError::Unavailable)),
        Err(reason) => Err(Halt::Stopped(Stopped::Token(reason))),
    }
}

/// Only a navigation ends the session and sets the message: of twenty requests that a page sends at
/// expiry, one person reads one message.
async fn send_to_login(app: &App, session: &LoginSession, visit: &Visit, why: Stopped) -> Response {
    if let Err(cause) = session.end().await {
        return PageError::from(cause).into_response();
    }
    if why != Stopped::Stranger {
        tracing::info!(
            event = "session_ended",
            reason = why.code(),
            "sent to the login page"
        );
        Flash::SessionExpired.set(app, &visit.cookies);
    }
    (NO_STORE, Redirect::to(&visit.return_here().login_page())).into_response()
}

/// For scripts: an answer they can act on, never a login page in place of their data.
fn unauthorized(why: Stopped) -> Response {
    let body = json!({
        "error": "login_required",
        "reason": why.code(),
        "detail": "Sign in at /login and try again",
    });
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
