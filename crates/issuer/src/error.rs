//! Everything that can go wrong at the API, and the one place that turns it into a status and a body:
//! FastAPI's `{"detail"}` with RFC 6749's `error` as a stable code beside it.

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;
use serde_json::{Value, json};
use tegata_server::RequestId;
use time::Duration;

use crate::{
    accounts::AccountError, hasher::Busy, login_session::EndCause, scope::BadScope,
    sealing::KeyError, store::Unavailable, throttle::Denied,
};

/// Seconds after which it is worth trying again.
const RETRY_AFTER_SECONDS: &str = "5";

/// How a client should authenticate (RFC 7617 §2).
const BASIC_CHALLENGE: HeaderValue =
    HeaderValue::from_static("Basic realm=\"api\", charset=\"UTF-8\"");

/// A refusal or a failure, named.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// Members of the body are missing or wrong.
    Invalid(Vec<Problem>),
    /// A parameter was given twice (RFC 6749 §3.2), or the body could not be read.
    UnreadableBody(&'static str),
    /// Neither a form nor JSON.
    UnsupportedMediaType,
    /// The body is larger than we read.
    TooLarge,
    /// The request could not be read, for the reason that this status names.
    Unreadable(StatusCode),
    /// RFC 6749 §5.2 `invalid_grant`.
    InvalidGrant,
    /// RFC 6749 §5.2 `invalid_grant`, of a refresh token. The cause is for the bearer of a genuine one.
    RefreshRefused(Option<EndCause>),
    /// RFC 6749 §5.2 `unsupported_grant_type`.
    UnsupportedGrantType,
    /// RFC 6749 §5.2 `unsupported_grant_type`, of a password where none is taken.
    PasswordGrantOff,
    /// RFC 6749 §5.2 `invalid_client`: there is no client, or it is not who it says.
    InvalidClient,
    /// RFC 6749 §2.3: a client authenticates in one way, once.
    ClientTwice,
    /// RFC 6749 §5.2 `invalid_scope`.
    InvalidScope(BadScope),
    /// RFC 7009 §2.2.1 `unsupported_token_type`: nothing ends before this token's time.
    NotRevocable,
    /// The current password, which has to be given again, is another.
    WrongPassword,
    /// The caller has no such login session.
    NoSuchSession,
    /// A cursor that we never wrote.
    BadCursor,
    /// The keys that the store keeps cannot be used.
    Keys(KeyError),
    /// Flask-JWT's answer to bad credentials.
    FlaskCredentials,
    /// The name is somebody else's.
    UsernameTaken,
    /// The address is somebody else's.
    EmailTaken,
    /// It would leave nobody who administers.
    LastAdmin,
    /// Nobody has that id.
    NoSuchUser,
    /// That user has no such login session.
    NoSuchSessionOfUser,
    /// Accounts are made by an administrator here.
    RegistrationClosed,
    /// No such route.
    NotFound,
    /// The route is there, the method is not.
    MethodNotAllowed,
    /// After too many failures, or at too many requests: try again after so long.
    TooMany(Duration),
    /// The same in the words of Flask-JWT's errors.
    FlaskTooMany(Duration),
    /// Too many passwords are waiting.
    Hashing(Busy),
    /// Too much is under way.
    Busy,
    /// The store does not answer.
    Unavailable(Unavailable),
    /// A handler panicked, or a token could not be signed.
    Internal,
}

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
    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UnreadableBody(_)
            | Self::InvalidGrant
            | Self::RefreshRefused(_)
            | Self::UnsupportedGrantType
            | Self::PasswordGrantOff
            | Self::ClientTwice
            | Self::InvalidScope(_)
            | Self::NotRevocable
            | Self::WrongPassword
            | Self::BadCursor => StatusCode::BAD_REQUEST,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreadable(status) => *status,
            Self::FlaskCredentials | Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::UsernameTaken | Self::EmailTaken | Self::LastAdmin => StatusCode::CONFLICT,
            Self::RegistrationClosed => StatusCode::FORBIDDEN,
            Self::NotFound | Self::NoSuchSession | Self::NoSuchUser | Self::NoSuchSessionOfUser => {
                StatusCode::NOT_FOUND
            }
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooMany(_) | Self::FlaskTooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Hashing(_) | Self::Busy | Self::Unavailable(_) | Self::Keys(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// With the id of the request, by which the log is searched. Flask-JWT's clients know three members, and the
    /// header has it.
    fn named_body(&self) -> Value {
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
fn seconds(wait: Duration) -> i64 {
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

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Unavailable(cause) = &self {
            tracing::error!(%cause, "store unavailable");
        }
        if let Self::Keys(cause) = &self {
            tracing::error!(%cause, "keys unavailable");
        }
        let status = self.status();
        let mut response = (status, self.named_body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(self, Self::InvalidClient) {
            headers.insert(WWW_AUTHENTICATE, BASIC_CHALLENGE);
        }
        if let Self::TooMany(wait) | Self::FlaskTooMany(wait) = self {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds(wait)));
        }
        if let Self::Hashing(Busy { retry_after }) = self {
            headers.insert(RETRY_AFTER, HeaderValue::from(retry_after));
        } else if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        response
    }
}

impl From<Unavailable> for ApiError {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause)
    }
}

impl From<KeyError> for ApiError {
    fn from(cause: KeyError) -> Self {
        match cause {
            KeyError::Unavailable(cause) => Self::Unavailable(cause),
            other => Self::Keys(other),
        }
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Wait(wait) => Self::TooMany(wait),
            Denied::Busy => Self::Busy,
            Denied::Unavailable(cause) => Self::Unavailable(cause),
        }
    }
}

impl From<Busy> for ApiError {
    fn from(busy: Busy) -> Self {
        Self::Hashing(busy)
    }
}

impl From<AccountError> for ApiError {
    fn from(cause: AccountError) -> Self {
        match cause {
            AccountError::UsernameTaken => Self::UsernameTaken,
            AccountError::EmailTaken => Self::EmailTaken,
            AccountError::LastAdmin => Self::LastAdmin,
            AccountError::Unknown => Self::NoSuchUser,
            AccountError::Unavailable(cause) => Self::Unavailable(cause),
            AccountError::IdTaken | AccountError::NotHashed => Self::Internal,
        }
    }
}
