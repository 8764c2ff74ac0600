//! Renders a [`Reason`] as an HTTP answer, in the manner of the framework that the clients know. What
//! the dialects share is here: status, `Tegata-Reason`, `Retry-After`. Each dialect's words have a file.

mod auth0;
mod fast_api;
mod flask_jwt;
mod manner;
mod rfc6750;

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde_json::Value;
use tegata_token::Reason;

pub(crate) use manner::Manner;

/// Carries the stable reason code in every dialect.
const TEGATA_REASON: HeaderName = HeaderName::from_static("tegata-reason");
/// Seconds after which a client may try again when the keys or the ended sessions could not be reached.
const RETRY_AFTER_SECONDS: &str = "5";

/// In whose manner a refusal is written. The status and `Tegata-Reason` are the same in all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// `{"error","error_description"}`, as RFC 6750 §3 names them, and its `WWW-Authenticate`.
    #[default]
    Rfc6750,
    /// `{"detail"}`, as FastAPI's security classes answer, with the `WWW-Authenticate` of RFC 6750.
    FastApi,
    /// `{"code","description"}`, as Auth0's Python samples answer. As theirs, no answer carries
    /// `WWW-Authenticate`.
    Auth0,
    /// `{"status_code","error","description"}`, as Flask-JWT answers. As there, the answer to a request
    /// without an `Authorization` header carries `WWW-Authenticate: JWT realm="Login Required"`, and no
    /// other does.
    FlaskJwt,
}

/// Why a request was refused, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    reason: Reason,
    manner: Arc<Manner>,
}

impl Rejection {
    /// A refusal in the default dialect.
    pub fn new(reason: Reason) -> Self {
        Self::in_manner(reason, Arc::default())
    }

    /// A refusal in the manner of its route.
    pub(crate) fn in_manner(reason: Reason, manner: Arc<Manner>) -> Self {
        Self { reason, manner }
    }

    /// The same refusal in another dialect.
    #[must_use]
    pub fn in_dialect(mut self, dialect: Dialect) -> Self {
        Arc::make_mut(&mut self.manner).dialect = dialect;
        self
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// 401, but 403 for a missing scope or role and 503 when it cannot be told now.
    pub fn status(&self) -> StatusCode {
        match self.reason {
            Reason::ScopeMissing => StatusCode::FORBIDDEN,
            reason if reason.is_temporary() => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    /// The body, by dialect.
    pub fn body(&self) -> Value {
        match self.manner.dialect {
            Dialect::Rfc6750 => rfc6750::body(self.reason, &self.manner),
            Dialect::FastApi => fast_api::body(self.reason),
            Dialect::Auth0 => auth0::body(self.reason),
            Dialect::FlaskJwt => flask_jwt::body(self.reason, self.status()),
        }
    }

    /// `WWW-Authenticate`, by dialect. Never with a 503: another token would not help.
    fn challenge(&self) -> Option<HeaderValue> {
        let challenge = match self.manner.dialect {
            _ if self.reason.is_temporary() => None,
            Dialect::Rfc6750 | Dialect::FastApi => {
                Some(rfc6750::challenge(self.reason, &self.manner))
            }
            Dialect::Auth0 => None,
            Dialect::FlaskJwt => flask_jwt::challenge(self.reason, &self.manner),
        };
        challenge.and_then(|challenge| HeaderValue::try_from(challenge).ok())
    }
}

impl IntoResponse for Rejection {
    /// The [`Reason`] is among the answer's extensions, for a layer around that counts.
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(TEGATA_REASON, HeaderValue::from_static(self.reason.code()));
        if let Some(challenge) = self.challenge() {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if self.reason.is_temporary() {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        response.extensions_mut().insert(self.reason);
        response
    }
}

/// What a person is told when it cannot be told now whether the token is good.
fn try_again(reason: Reason) -> String {
    format!("{reason}; try again")
}
