//! Everything that can go wrong at a page. A handler names it; one layer renders it, as a page in the
//! visitor's language or as JSON, so that errors of axum and of other layers look the same.

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use serde_json::json;
use tegata_guard::token::Reason;

use crate::{
    app::App,
    locale::{Language, Messages, PageText},
    pages::{
        NO_STORE, render,
        shell::{ErrorPage, Shell},
    },
    session::SessionsUnavailable,
    visit::Visit,
};

/// Seconds after which it is worth trying again.
pub(crate) const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

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
    IssuerUnavailable,
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
            Self::Unavailable | Self::IssuerUnavailable | Self::KeyMismatch => {
                StatusCode::SERVICE_UNAVAILABLE
            }
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
            Self::Unavailable | Self::IssuerUnavailable => "temporarily_unavailable",
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
            Self::IssuerUnavailable => &t.sign_in_unavailable,
            Self::CookiesBlocked => &t.cookies_blocked,
            Self::SeveralCookies => &t.several_cookies,
            Self::TokenRefused => &t.refused,
            Self::KeyMismatch => &t.keys_differ,
            Self::RegistrationClosed => &t.registration_closed,
        }
    }

    fn action(self, t: &'static Messages, here: &str) -> (String, &'static str) {
        match self {
            Self::Unavailable | Self::IssuerUnavailable | Self::KeyMismatch => {
                (here.to_owned(), t.action_retry)
            }
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
        let PageText { title, text } = self.text(language.messages());
        self.finish((NO_STORE, format!("{title}\n\n{text}\n")).into_response())
    }

    /// For a program.
    pub(crate) fn as_json(self) -> Response {
        let detail = self.text(Language::English.messages()).text;
        let body = Json(json!({"error": self.code(), "detail": detail}));
        self.finish((NO_STORE, body).into_response())
    }

    fn page(self, shell: Shell) -> Response {
        let text = self.text(shell.t);
        let (action_href, action_label) = self.action(shell.t, &shell.here);
        render(&ErrorPage {
            status: self.status().as_u16(),
            title: text.title,
            text: text.text,
            action_href,
            action_label,
            shell,
        })
    }

    fn finish(self, mut response: Response) -> Response {
        *response.status_mut() = self.status();
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
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

/// For a handler that panicked or hangs: outside of every layer, in the default language.
pub(crate) fn failed(status: StatusCode, language: Language) -> Response {
    let error = if status == StatusCode::SERVICE_UNAVAILABLE {
        PageError::Unavailable
    } else {
        PageError::Internal
    };
    error.as_page(Shell::plain(language))
}
