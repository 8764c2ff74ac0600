//! Everything that can go wrong at a page. A handler names it; one layer renders it, as a page in the
//! visitor's language or as JSON, so that errors of axum and of other layers look the same.

mod rendering;

use std::borrow::Cow;

use http::StatusCode;
use tegata_guard::token::Reason;

use crate::{
    issuer_client::{NotNow, Wait},
    locale::{Messages, PageText},
    session::SessionsUnavailable,
};
pub(crate) use rendering::{answer_later, failed, render_errors};

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
