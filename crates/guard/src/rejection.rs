//! Renders a [`Reason`] as an HTTP answer, in the manner of the framework that the clients know.

use axum::response::{IntoResponse, Response};
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde_json::{Value, json};
use tegata_token::Reason;

/// Carries the stable reason code in every dialect.
const TEGATA_REASON: HeaderName = HeaderName::from_static("tegata-reason");
/// Seconds after which a client may try again when the keys or the ended sessions could not be reached.
const RETRY_AFTER_SECONDS: &str = "5";

/// In whose manner a refusal is written. The status, `WWW-Authenticate` and `Tegata-Reason` are the
/// same in all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// `{"error","error_description"}`, as RFC 6750 §3 names them.
    #[default]
    Rfc6750,
    /// `{"detail"}`, as FastAPI's security classes answer.
    FastApi,
}

/// Why a request was refused, ready to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    reason: Reason,
    dialect: Dialect,
}

impl Rejection {
    /// A refusal in the default dialect.
    pub fn new(reason: Reason) -> Self {
        Self {
            reason,
            dialect: Dialect::default(),
        }
    }

    /// The same refusal in another dialect.
    #[must_use]
    pub fn in_dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
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
        match self.dialect {
            Dialect::Rfc6750 => match self.error_code() {
                Some(code) => {
                    json!({"error": code, "error_description": self.reason.to_string()})
                }
                None => json!({"error_description": self.reason.to_string()}),
            },
            Dialect::FastApi => json!({"detail": fastapi_detail(self.reason)}),
        }
    }

    /// RFC 6750 §3: a request that sent no token is told no error code.
    fn error_code(&self) -> Option<&'static str> {
        match self.reason {
            Reason::HeaderMissing | Reason::WrongScheme => None,
            Reason::TokenMissing | Reason::ExtraParts => Some("invalid_request"),
            Reason::ScopeMissing => Some("insufficient_scope"),
            Reason::KeysUnavailable | Reason::RevocationsUnavailable => {
                Some("temporarily_unavailable")
            }
            _ => Some("invalid_token"),
        }
    }

    fn challenge(&self) -> Option<HeaderValue> {
        match self.error_code() {
            _ if self.status() == StatusCode::SERVICE_UNAVAILABLE => None,
            // RFC 6750 §3 asks for at least one parameter.
            None => Some(HeaderValue::from_static("Bearer realm=\"api\"")),
            Some(code) => HeaderValue::from_str(&format!(
                "Bearer error=\"{code}\", error_description=\"{}\"",
                self.reason
            ))
            .ok(),
        }
    }
}

impl IntoResponse for Rejection {
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
        response
    }
}

fn fastapi_detail(reason: Reason) -> &'static str {
    match reason {
        Reason::HeaderMissing | Reason::WrongScheme | Reason::TokenMissing => "Not authenticated",
        Reason::UserUnknown | Reason::UserDisabled => "Inactive user",
        Reason::ScopeMissing => "Not enough permissions",
        Reason::KeysUnavailable => "The keys that check tokens cannot be reached; try again",
        Reason::RevocationsUnavailable => {
            "The list of ended login sessions cannot be reached; try again"
        }
        Reason::ExtraParts
        | Reason::Malformed
        | Reason::AlgorithmNotAllowed
        | Reason::BadSignature
        | Reason::KeyIdMissing
        | Reason::KeyUnknown
        | Reason::KeyMismatch
        | Reason::Expired
        | Reason::NotYetValid
        | Reason::IssuedInFuture
        | Reason::WrongIssuer
        | Reason::WrongAudience
        | Reason::ClaimMissing(_)
        | Reason::WrongType
        | Reason::SessionEnded => "Could not validate credentials",
    }
}
