//! What the issuer would do, but not now: because of who asks too often, because of too much to do, or because it
//! is away. Nothing has been done then.

use http::{StatusCode, header::RETRY_AFTER};
use reqwest::Response;

/// Whole seconds to wait before the same question makes sense (RFC 9110 §10.2.3); at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(u32);

impl Wait {
    /// What an answer asks for. None where it says nothing, or a date: our issuer never does.
    pub(super) fn of(answer: &Response) -> Option<Self> {
        let text = answer.headers().get(RETRY_AFTER)?.to_str().ok()?;
        text.parse().ok().map(|seconds: u32| Self(seconds.max(1)))
    }

    pub(crate) fn seconds(self) -> u32 {
        self.0
    }
}

/// Why not now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotNow {
    /// 429: too many attempts at this account or of this browser.
    TooManyAttempts(Option<Wait>),
    /// 503 of an issuer that is well: too many passwords wait for their turn.
    Busy(Option<Wait>),
    /// It cannot be reached, is not well, or does not speak our language. It may say when to come again.
    Unavailable(Option<Wait>),
}

impl NotNow {
    /// What an answer means that is neither what was asked for nor a refusal that the caller knows.
    pub(super) fn of((status, error): (StatusCode, &str), wait: Option<Wait>) -> Self {
        match status {
            StatusCode::TOO_MANY_REQUESTS => Self::TooManyAttempts(wait),
            StatusCode::SERVICE_UNAVAILABLE if error == "busy" => Self::Busy(wait),
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable(wait),
            _ => Self::Unavailable(None),
        }
    }
}
