//! The issuer's refusals, in words for the form that they answer.

use axum::response::Response;
use http::StatusCode;

use crate::{
    error::{PageError, answer_later},
    issuer_client::Wait,
    require_login::{Caller, Halt},
};

/// What an answer to a form has besides the form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    status: StatusCode,
    wait: Option<Wait>,
}

impl From<StatusCode> for Outcome {
    fn from(status: StatusCode) -> Self {
        Self { status, wait: None }
    }
}

impl Outcome {
    /// Puts it on the form.
    pub(super) fn on(self, mut page: Response) -> Response {
        answer_later(&mut page, self.status, self.wait);
        page
    }
}

/// What a form says of something that the issuer does not do now.
#[derive(Debug)]
pub(super) struct Later {
    pub(super) outcome: Outcome,
    pub(super) text: String,
    /// It is about the password, of which too many were tried.
    pub(super) is_throttled: bool,
}

impl Later {
    /// `unconfirmed` is said when nobody knows whether it was done.
    ///
    /// # Errors
    /// The halt itself, where the form has nothing to say of it: to a program, and to whoever is signed in no more.
    pub(super) fn of(halt: Halt, caller: &Caller, unconfirmed: &'static str) -> Result<Self, Halt> {
        let t = caller.visit.language.messages();
        let error = match halt {
            Halt::Failed(error) if caller.visit.wants_page => error,
            halt => return Err(halt),
        };
        let (status, text, wait) = match error {
            PageError::TooManyAttempts(wait) => (
                StatusCode::TOO_MANY_REQUESTS,
                t.account.too_many_attempts,
                wait,
            ),
            PageError::IssuerBusy(wait) => (StatusCode::SERVICE_UNAVAILABLE, t.account.busy, wait),
            PageError::IssuerUnavailable(wait) => {
                (StatusCode::SERVICE_UNAVAILABLE, unconfirmed, wait)
            }
            _ => return Err(halt),
        };
        Ok(Self {
            outcome: Outcome { status, wait },
            text: t.with_wait(text, wait).into_owned(),
            is_throttled: status == StatusCode::TOO_MANY_REQUESTS,
        })
    }
}
