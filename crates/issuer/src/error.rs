//! Everything that can go wrong at the API, and the one place that turns it into a status and a body:
//! FastAPI's `{"detail"}` with RFC 6749's `error` as a stable code beside it.

mod words;

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use time::Duration;

use crate::{
    accounts::AccountError, hasher::Busy, login_session::EndCause, scope::BadScope,
    sealing::KeyError, store::Unavailable, throttle::Denied,
};
use words::seconds;
pub(crate) use words::{Invalid, Problem};

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
