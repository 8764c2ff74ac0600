//! Everything that can go wrong at a page. A handler names it; one layer renders it, as a page in the
//! visitor's language or as JSON, so that errors of axum and of other layers look the same.

use std::borrow::Cow;

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use serde_json::json;
use tegata_guard::token::Reason;
use tegata_server::RequestId;

use crate::{
    app::App,
    issuer_client::{NotNow, Wait},
    locale::{Language, Messages, PageText},
    pages::{
        NO_STORE, render,
        shell::{ErrorPage, Shell},
    },
    session::SessionsUnavailable,
    visit::Visit,
};

/// Seconds after which it is worth trying again, where nobody knows better.
const RETRY_AFTER_SECONDS: u32 = 5;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageError {
    BadRequest,
    CrossSite,
    NotFound,
    MethodNotAllowed,
    TooLarge,
    Internal,
    /// The session store or the keys cannot be reached, or the clocks of the two services differ.
    Unavailable,
    /// The issuer does not answer, and without it nobody can tell whether this session goes on.
    IssuerUnavailable(Option<Wait>),
    /// It is well, and asks for some patience; the session goes on.
    IssuerBusy(Option<Wait>),
    /// Of this account or from this address, and the issuer wants a pause.
    TooManyAttempts(Option<Wait>),
    /// The browser did not send back the session cookie it had just been given.
    CookiesBlocked,
    /// The browser sends an app two session cookies, so that the app never lets it in.
    SeveralCookies,
    /// A fresh token of the issuer is refused here.
    TokenRefused,
    /// The two have different keys, so that nobody can tell who is signed in. Nothing ends for that.
    KeyMismatch,
    RegistrationClosed,
}

impl PageError {
    /// A token that the issuer has just made is refused here. Logged, because the operator can mend it.
    pub(crate) fn of_fresh_token(reason: Reason) -> Self {
        if reason.is_temporary() {
            return Self::Unavailable;
        }
        if is_about_time(reason) {
            tracing::error!(
                reason = reason.code(),
                "the issuer's fresh token is refused here: the clocks of the two services differ by more than ten seconds"
            );
            return Self::Unavailable;
        }
        tracing::error!(
            reason = reason.code(),
            "the issuer's fresh token is refused here: compare SECRET_KEY, ISSUER and AUDIENCE"
        );
        if is_about_keys(reason) {
            Self::KeyMismatch
        } else {
            Self::TokenRefused
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::BadRequest | Self::CookiesBlocked | Self::SeveralCookies => {
                StatusCode::BAD_REQUEST
            }
            Self::CrossSite | Self::RegistrationClosed => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable
            | Self::IssuerUnavailable(_)
            | Self::IssuerBusy(_)
            | Self::KeyMismatch => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooManyAttempts(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::TokenRefused => StatusCode::BAD_GATEWAY,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::CrossSite => "cross_site",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooLarge => "body_too_large",
            Self::Internal => "internal",
            Self::Unavailable | Self::IssuerUnavailable(_) | Self::IssuerBusy(_) => {
                "temporarily_unavailable"
            }
            Self::TooManyAttempts(_) => "too_many_attempts",
            Self::CookiesBlocked => "cookies_blocked",
            Self::SeveralCookies => "several_cookies",
            Self::TokenRefused => "token_refused",
            Self::KeyMismatch => "key_mismatch",
            Self::RegistrationClosed => "registration_closed",
        }
    }

    fn text(self, t: &'static Messages) -> &'static PageText {
        match self {
            Self::BadRequest => &t.bad_request,
            Self::CrossSite => &t.forbidden,
            Self::NotFound => &t.not_found,
            Self::MethodNotAllowed => &t.method_not_allowed,
            Self::TooLarge => &t.too_large,
            Self::Internal => &t.internal,
            Self::Unavailable => &t.unavailable,
            Self::IssuerUnavailable(_) => &t.sign_in_unavailable,
            Self::IssuerBusy(_) => &t.sign_in_busy,
            Self::TooManyAttempts(_) => &t.too_many_attempts,
            Self::CookiesBlocked => &t.cookies_blocked,
            Self::SeveralCookies => &t.several_cookies,
            Self::TokenRefused => &t.refused,
            Self::KeyMismatch => &t.keys_differ,
            Self::RegistrationClosed => &t.registration_closed,
        }
    }

    /// How long to wait, if that was said.
    fn wait(self) -> Option<Wait> {
        match self {
            Self::IssuerUnavailable(wait)
            | Self::IssuerBusy(wait)
            | Self::TooManyAttempts(wait) => wait,
            _ => None,
        }
    }

    /// Whether the issuer did not do what it was asked for, and may do it later.
    pub(crate) fn is_issuers(self) -> bool {
        matches!(
            self,
            Self::IssuerUnavailable(_) | Self::IssuerBusy(_) | Self::TooManyAttempts(_)
        )
    }

    /// Title and text, with the wait put in.
    fn words(self, t: &'static Messages) -> (&'static str, Cow<'static, str>) {
        let PageText { title, text } = self.text(t);
        (title, t.with_wait(text, self.wait()))
    }

    fn action(self, t: &'static Messages, here: &str) -> (String, &'static str) {
        match self {
            Self::Unavailable
            | Self::IssuerUnavailable(_)
            | Self::IssuerBusy(_)
            | Self::TooManyAttempts(_)
            | Self::KeyMismatch => (here.to_owned(), t.action_retry),
            Self::CookiesBlocked | Self::TokenRefused | Self::RegistrationClosed => {
                ("/login".to_owned(), t.action_login)
            }
            _ => ("/".to_owned(), t.action_home),
        }
    }

    /// As a page in this frame.
    pub(crate) fn as_page(self, shell: Shell) -> Response {
        self.finish(self.page(shell))
    }

    /// As plain text, for where our style sheet is not.
    pub(crate) fn as_text(self, language: Language) -> Response {
        let (title, text) = self.words(language.messages());
        let id = RequestId::current().map(|id| format!("\nX-Request-Id: {id}\n"));
        let id = id.unwrap_or_default();
        self.finish((NO_STORE, format!("{title}\n\n{text}\n{id}")).into_response())
    }

    /// For a program.
    pub(crate) fn as_json(self) -> Response {
        let (_, detail) = self.words(Language::English.messages());
        let mut body = json!({"error": self.code(), "detail": detail});
        if let Some(wait) = self.wait() {
            body["retry_after"] = wait.seconds().into();
        }
        if let Some(id) = RequestId::current() {
            body["request_id"] = id.as_str().into();
        }
        self.finish((NO_STORE, Json(body)).into_response())
    }

    fn page(self, shell: Shell) -> Response {
        let (title, text) = self.words(shell.t);
        let (action_href, action_label) = self.action(shell.t, &shell.here);
        render(&ErrorPage {
            status: self.status().as_u16(),
            title,
            text,
            action_href,
            action_label,
            request_id: RequestId::current(),
            shell,
        })
    }

    fn finish(self, mut response: Response) -> Response {
        answer_later(&mut response, self.status(), self.wait());
        response
    }
}

impl IntoResponse for PageError {
    /// A bare status that carries its name; [`render_errors`] puts the page around it.
    fn into_response(self) -> Response {
        let mut response = self.finish(().into_response());
        response.extensions_mut().insert(self);
        response
    }
}

/// Puts a status on an answer, and `Retry-After` where the status is for now only: what is known, and of a 503 some
/// seconds in any case.
pub(crate) fn answer_later(response: &mut Response, status: StatusCode, wait: Option<Wait>) {
    *response.status_mut() = status;
    let seconds = match (wait, status) {
        (Some(wait), _) => wait.seconds(),
        (None, StatusCode::SERVICE_UNAVAILABLE) => RETRY_AFTER_SECONDS,
        (None, _) => return,
    };
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
}

impl From<NotNow> for PageError {
    fn from(why: NotNow) -> Self {
        match why {
            NotNow::TooManyAttempts(wait) => Self::TooManyAttempts(wait),
            NotNow::Busy(wait) => Self::IssuerBusy(wait),
            NotNow::Unavailable(wait) => Self::IssuerUnavailable(wait),
        }
    }
}

impl From<SessionsUnavailable> for PageError {
    fn from(cause: SessionsUnavailable) -> Self {
        tracing::error!(%cause, "session store unavailable");
        Self::Unavailable
    }
}

/// Whether a token may be as good as ever, and it is the keys of the two services that do not fit: another
/// secret, or another kind of key.
pub(crate) fn is_about_keys(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::KeyMismatch | Reason::KeyUnknown | Reason::AlgorithmNotAllowed
    )
}

/// Whether the clocks of the two services differ: that passes, and nothing ends for it.
fn is_about_time(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Expired | Reason::NotYetValid | Reason::IssuedInFuture
    )
}

/// The layer that renders what [`PageError`] names.
pub(crate) async fn render_errors(
    State(app): State<App>,
    visit: Visit,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    let Some(error) = response.extensions().get::<PageError>().copied() else {
        return response;
    };
    if visit.wants_page {
        error.as_page(visit.shell(&app))
    } else {
        error.as_json()
    }
}

/// For what no handler answered, as it panicked, hangs, or could not be given that: outside of every layer, in the
/// default language.
pub(crate) fn failed(status: StatusCode, language: Language) -> Response {
    let error = match status {
        StatusCode::SERVICE_UNAVAILABLE => PageError::Unavailable,
        StatusCode::PAYLOAD_TOO_LARGE => PageError::TooLarge,
        StatusCode::METHOD_NOT_ALLOWED => PageError::MethodNotAllowed,
        // A 5xx, but of the client's making.
        StatusCode::HTTP_VERSION_NOT_SUPPORTED => PageError::BadRequest,
        status if status.is_client_error() => PageError::BadRequest,
        _ => PageError::Internal,
    };
    let mut answer = error.as_page(Shell::plain(language));
    // Of the many ways to be unreadable, a page knows one.
    *answer.status_mut() = status;
    answer
}
