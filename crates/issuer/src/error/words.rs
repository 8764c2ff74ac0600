//! What an error says: FastAPI's `detail`, RFC 6749's `error`, or Flask-JWT's three members.

use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use tegata_server::RequestId;
use time::Duration;

use super::ApiError;

/// The body of a 422: FastAPI's, with RFC 6749's `error` beside it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Invalid<'a> {
    detail: &'a [Problem],
    #[schema(example = "invalid_request")]
    error: &'static str,
    /// As in the header `X-Request-Id`, and in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

/// One entry of FastAPI's 422 `detail`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Problem {
    /// pydantic's error type, such as `missing`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// Where: `["body", "username"]`.
    pub(crate) loc: Vec<String>,
    /// What is expected, in English.
    pub(crate) msg: String,
    /// What was sent; `null` for passwords.
    pub(crate) input: Value,
}

impl ApiError {
    /// With the id of the request, by which the log is searched. Flask-JWT's clients know three members, and the
    /// header has it.
    pub(super) fn named_body(&self) -> Value {
        let mut body = self.body();
        if let Some(id) = RequestId::current()
            && !matches!(self, Self::FlaskCredentials | Self::FlaskTooMany(_))
        {
            body["request_id"] = id.as_str().into();
        }
        body
    }

    fn body(&self) -> Value {
        let (error, detail) = match self {
            Self::Invalid(problems) => {
                return json!(Invalid {
                    detail: problems,
                    error: "invalid_request",
                    request_id: None,
                });
            }
            Self::FlaskCredentials => {
                return json!({
                    "status_code": 401,
                    "error": "Bad Request",
                    "description": "Invalid credentials",
                });
            }
            Self::TooMany(wait) => {
                return json!({
                    "error": "too_many_attempts",
                    "detail": try_again_in(*wait),
                    "retry_after": seconds(*wait),
                });
            }
            Self::FlaskTooMany(wait) => {
                return json!({
                    "status_code": 429,
                    "error": "Too Many Requests",
                    "description": try_again_in(*wait),
                });
            }
            Self::UnreadableBody(detail) => ("invalid_request", *detail),
            Self::UnsupportedMediaType => (
                "unsupported_media_type",
                "Send the body as application/x-www-form-urlencoded or application/json",
            ),
            Self::TooLarge => ("body_too_large", "The body is larger than 64 KiB"),
            Self::Unreadable(status) => unreadable(*status),
            Self::InvalidGrant => ("invalid_grant", "Incorrect username or password"),
            Self::RefreshRefused(_) => (
                "invalid_grant",
                "The refresh token is not good, or not any more; log in again",
            ),
            Self::UnsupportedGrantType => (
                "unsupported_grant_type",
                "The grant_type should be password, refresh_token or client_credentials",
            ),
            Self::PasswordGrantOff => (
                "unsupported_grant_type",
                "Passwords are not taken here (PASSWORD_GRANT=off)",
            ),
            Self::InvalidClient => (
                "invalid_client",
                "The client is not known, or did not prove who it is: check its id and its secret",
            ),
            Self::ClientTwice => (
                "invalid_request",
                "The client should authenticate in one way: in the Authorization header or in the body",
            ),
            Self::InvalidScope(why) => {
                return described("invalid_scope", &why.to_string());
            }
            Self::NotRevocable => (
                "unsupported_token_type",
                "This token belongs to no login session; it ends by itself",
            ),
            Self::WrongPassword => ("wrong_password", "The current password is not right"),
            Self::NoSuchSession => ("not_found", "There is no such login session of yours"),
            Self::BadCursor => (
                "invalid_request",
                "since is no cursor of ours; leave it out to get everything",
            ),
            Self::UsernameTaken => ("username_taken", "This username is already taken"),
            Self::EmailTaken => ("email_taken", "This email address is already taken"),
            Self::LastAdmin => (
                "last_admin",
                "This is the last enabled account with the role admin; give another one that role first",
            ),
            Self::NoSuchUser => ("not_found", "There is no such user"),
            Self::NoSuchSessionOfUser => {
                ("not_found", "There is no such login session of this user")
            }
            Self::RegistrationClosed => (
                "registration_closed",
                "Registration is closed; ask an administrator for an account",
            ),
            Self::NotFound => ("not_found", "Not Found"),
            Self::MethodNotAllowed => ("method_not_allowed", "Method Not Allowed"),
            Self::Hashing(_) => (
                "busy",
                "Too many passwords are waiting to be checked; try again",
            ),
            Self::Busy => ("busy", "Too much is under way; try again"),
            Self::Unavailable(_) => (
                "temporarily_unavailable",
                "The user store cannot be reached; try again",
            ),
            Self::Keys(_) => (
                "temporarily_unavailable",
                "The keys of this service cannot be used; its log says why",
            ),
            Self::Internal => ("internal", "Internal Server Error"),
        };
        let mut body = described(error, detail);
        if let Self::RefreshRefused(Some(cause)) = self {
            body["cause"] = Value::from(cause.code());
        }
        body
    }
}

/// For a request that was refused before any handler saw it.
fn unreadable(status: StatusCode) -> (&'static str, &'static str) {
    let detail = match status {
        StatusCode::REQUEST_TIMEOUT => "The request took too long to arrive",
        StatusCode::URI_TOO_LONG => "The address is longer than 8 KiB",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "Send the body as it is, without a Content-Encoding",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            "The headers are more than 64, or larger than 16 KiB"
        }
        StatusCode::HTTP_VERSION_NOT_SUPPORTED => "Speak HTTP/1.1",
        _ => "The request cannot be read",
    };
    ("invalid_request", detail)
}

/// Whole seconds after which a wait is over: rounded up, and one at least.
pub(super) fn seconds(wait: Duration) -> i64 {
    let rest = i64::from(wait.subsec_nanoseconds() > 0);
    wait.whole_seconds().saturating_add(rest).max(1)
}

fn try_again_in(wait: Duration) -> String {
    match seconds(wait) {
        1 => "Too many attempts; try again in 1 second".to_owned(),
        more => format!("Too many attempts; try again in {more} seconds"),
    }
}

fn described(error: &str, detail: &str) -> Value {
    json!({"detail": detail, "error": error, "error_description": detail})
}
