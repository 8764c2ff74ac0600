//! The issuer's refusals, in words for the form that they answer.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};

use crate::{error::RETRY_AFTER_SECONDS, locale::Messages};

/// What an answer to a form has besides the form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    status: StatusCode,
    wait: Option<u64>,
}

impl From<StatusCode> for Outcome {
    fn from(status: StatusCode) -> Self {
        Self { status, wait: None }
    }
}

impl Outcome {
    /// Too many attempts, and how many seconds to wait for the next, if that is known.
    pub(super) fn throttled(wait: Option<u64>) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self { status, wait }
    }

    /// Puts it on the form.
    pub(super) fn on(self, mut page: Response) -> Response {
        *page.status_mut() = self.status;
        let headers = page.headers_mut();
        if let Some(wait) = self.wait {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait));
        } else if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        page
    }
}

/// Says that there were too many attempts.
pub(super) fn too_many_attempts(wait: Option<u64>, t: &Messages) -> String {
    match wait {
        Some(seconds) => {
            let text = t.account.too_many_attempts_wait;
            text.replace("{wait}", &t.remaining(seconds))
        }
        None => t.account.too_many_attempts.to_owned(),
    }
}
