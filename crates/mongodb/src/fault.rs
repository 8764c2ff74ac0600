//! What the driver says when it fails, as far as it may be told.

use std::time::Duration;

use mongodb::error::{Error, ErrorKind, WriteFailure};
use thiserror::Error;

/// How long a verb may take in all: five seconds to find a server, as long again to be answered.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// `DuplicateKey`
const DUPLICATE_KEY: i32 = 11000;

/// MongoDB does not answer, or not with what can be used. Names no password.
#[derive(Clone, Debug, Error)]
pub enum Unavailable {
    /// What the driver says.
    #[error("MongoDB does not answer: {0}")]
    Driver(String),
    /// Silence.
    #[error("MongoDB does not answer within {} seconds", ANSWER_TIMEOUT.as_secs())]
    Timeout,
    /// It has not been reached since the start.
    #[error("MongoDB has not been reached yet")]
    Unprepared,
    /// `Database::close` was called.
    #[error("the connection to MongoDB is closed")]
    Closed,
    /// Somebody else wrote a document that is not what it should be.
    #[error("the document {document} cannot be read: {why}")]
    Unreadable {
        /// Its collection and id.
        document: String,
        /// What is wrong with it.
        why: String,
    },
}

impl From<Error> for Unavailable {
    /// Not the error's own text: that repeats the server's raw answer.
    fn from(cause: Error) -> Self {
        match *cause.kind {
            ErrorKind::Shutdown => Self::Closed,
            ref kind => Self::Driver(kind.to_string()),
        }
    }
}

/// Waits for the driver's answer, but not for ever.
pub async fn answer<T>(work: impl IntoFuture<Output = Result<T, Error>>) -> Result<T, Unavailable> {
    match tokio::time::timeout(ANSWER_TIMEOUT, work.into_future()).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Unavailable::Timeout),
    }
}

/// Whether a write was refused because a unique value is there already.
pub fn duplicate(cause: &Error) -> bool {
    match &*cause.kind {
        ErrorKind::Write(WriteFailure::WriteError(error)) => error.code == DUPLICATE_KEY,
        ErrorKind::Command(error) => error.code == DUPLICATE_KEY,
        _ => false,
    }
}

/// The name of the index in the text of a duplicate-key error: the server gives it nowhere else.
pub fn violated_index(message: &str) -> Option<&str> {
    let (_, after) = message.split_once(" index: ")?;
    let (name, _) = after.split_once(" dup key")?;
    Some(name)
}
