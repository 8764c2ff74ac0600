//! What the driver says when it fails, as far as it may be told.

use std::time::Duration;

use mongodb::error::{CommandError, Error, ErrorKind, InsertManyError, WriteFailure};
use thiserror::Error;

/// How long a verb that a person waits for may take in all: they are told within three seconds that it does not
/// work now. A little over what finding a server may take, so that whoever finds none is told why.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(1500);
/// How long a verb on very many documents may take, which nobody waits for but a command.
const LONG_ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// How many documents a person may be waiting for.
const MANY: usize = 200;
/// `Unauthorized`
const UNAUTHORIZED: i32 = 13;
/// `DuplicateKey`
const DUPLICATE_KEY: i32 = 11000;

/// MongoDB does not answer, or not with what can be used. Names no password.
#[derive(Clone, Debug, Error)]
pub enum Unavailable {
    /// What the driver says.
    #[error("MongoDB does not answer: {0}")]
    Driver(String),
    /// What the server says, without the documents that it says it of.
    #[error("MongoDB refuses: {0}")]
    Refused(String),
    /// The same, of what this user may not do.
    #[error("MongoDB refuses: {0}")]
    Unauthorized(String),
    /// Silence.
    #[error("MongoDB does not answer within {} seconds", .0.as_secs_f64())]
    Timeout(Duration),
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
    /// Not the error's own text: that repeats the server's raw answer, and with it documents.
    fn from(cause: Error) -> Self {
        match &*cause.kind {
            ErrorKind::Shutdown => Self::Closed,
            ErrorKind::ServerSelection { message, .. } => Self::Driver(servers(message)),
            ErrorKind::Command(error) if error.code == UNAUTHORIZED => {
                Self::Unauthorized(command(error))
            }
            ErrorKind::Command(error) => Self::Refused(command(error)),
            ErrorKind::Write(WriteFailure::WriteError(error)) => {
                Self::Refused(coded(error.code, error.code_name.as_deref()))
            }
            ErrorKind::Write(WriteFailure::WriteConcernError(error)) => {
                Self::Refused(coded(error.code, Some(&error.code_name)))
            }
            ErrorKind::InsertMany(error) => Self::Refused(insertion(error)),
            ErrorKind::BulkWrite(_) | ErrorKind::Custom(_) => {
                Self::Driver("a write failed".to_owned())
            }
            kind => Self::Driver(kind.to_string()),
        }
    }
}

/// The message up to the document in it, if there is one: a refused command is repeated by the server.
fn command(error: &CommandError) -> String {
    let message = error.message.split('{').next().unwrap_or_default().trim();
    format!("{}: {message}", coded(error.code, Some(&error.code_name)))
}

fn coded(code: i32, name: Option<&str>) -> String {
    match name.filter(|name| !name.is_empty()) {
        Some(name) => format!("error {code} ({name})"),
        None => format!("error {code}"),
    }
}

fn insertion(error: &InsertManyError) -> String {
    let first = error.write_errors.iter().flatten().next();
    let concern = error.write_concern_error.as_ref();
    match (first, concern) {
        (Some(error), _) => coded(error.code, error.code_name.as_deref()),
        (None, Some(error)) => coded(error.code, Some(&error.code_name)),
        (None, None) => "some documents were not inserted".to_owned(),
    }
}

/// Waits for the driver's answer, but not for ever.
pub async fn answer<T>(work: impl IntoFuture<Output = Result<T, Error>>) -> Result<T, Unavailable> {
    Ok(within(ANSWER_TIMEOUT, work).await??)
}

/// The same of a verb on so many documents: of very many longer, for nobody but a command asks for them.
pub async fn answer_on<T>(
    documents: usize,
    work: impl IntoFuture<Output = Result<T, Error>>,
) -> Result<T, Unavailable> {
    let limit = if documents > MANY {
        LONG_ANSWER_TIMEOUT
    } else {
        ANSWER_TIMEOUT
    };
    Ok(within(limit, work).await??)
}

/// Waits for whatever the driver answers, for so long.
pub(crate) async fn within<T>(
    limit: Duration,
    work: impl IntoFuture<Output = Result<T, Error>>,
) -> Result<Result<T, Error>, Unavailable> {
    let answer = tokio::time::timeout(limit, work.into_future()).await;
    answer.map_err(|_| Unavailable::Timeout(limit))
}

/// Whether a write was refused because a unique value is there already.
pub fn duplicate(cause: &Error) -> bool {
    match &*cause.kind {
        ErrorKind::Write(WriteFailure::WriteError(error)) => error.code == DUPLICATE_KEY,
        ErrorKind::Command(error) => error.code == DUPLICATE_KEY,
        _ => false,
    }
}

/// The field whose value is there already, of a `findAndModify` that was refused for that.
pub fn duplicated(cause: &Error) -> Option<&str> {
    match &*cause.kind {
        ErrorKind::Command(error) if error.code == DUPLICATE_KEY => {
            duplicated_field(&error.message)
        }
        _ => None,
    }
}

/// The field in the text of a duplicate-key error: the server gives it nowhere else. Not the index's name,
/// which an administrator may have chosen.
pub fn duplicated_field(message: &str) -> Option<&str> {
    let (_, key) = message.split_once(" dup key: { ")?;
    let (field, _) = key.split_once(':')?;
    Some(field)
}

/// What was wrong with each server, out of the driver's description of them all; that, when it cannot be
/// read.
fn servers(message: &str) -> String {
    let faults = message.split("{ Address: ").skip(1).filter_map(|server| {
        let (address, rest) = server.split_once(", Type: ")?;
        let (_, fault) = rest.split_once("Error: Kind: ")?;
        let (fault, _) = fault.split_once(", labels: ")?;
        Some(format!("{address}: {fault}{}", tls_hint(fault)))
    });
    let faults: Vec<String> = faults.collect();
    if faults.is_empty() {
        message.to_owned()
    } else {
        faults.join("; ")
    }
}

/// A server that does not want TLS, or wants nothing else, hangs up without a word.
fn tls_hint(fault: &str) -> &'static str {
    if fault.ends_with("tls handshake eof") {
        " (is this server without TLS? then leave tls=true out)"
    } else if fault.ends_with("unexpected end of file") {
        " (does this server want TLS? then add tls=true)"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_that_does_not_answer_is_named_with_its_fault() {
        let message = "Server selection timeout: No available servers. Topology: { Type: Unknown, Servers: [ \
            { Address: a:1, Type: Unknown, Error: Kind: I/O error: Connection refused (os error 111), labels: {}, source: None, server response: None }, \
            { Address: b:2, Type: Unknown, Error: Kind: I/O error: unexpected end of file, labels: {}, source: None, server response: None } ] }";
        assert_eq!(
            servers(message),
            "a:1: I/O error: Connection refused (os error 111); \
             b:2: I/O error: unexpected end of file (does this server want TLS? then add tls=true)"
        );
        for whole in [
            "Server selection timeout: No available servers. Topology: { Type: ReplicaSetNoPrimary, Servers: [ { Address: a:1, Type: RsSecondary } ] }",
            "something new",
        ] {
            assert_eq!(servers(whole), whole);
        }
    }

    #[test]
    fn the_field_is_read_out_of_the_servers_complaint() {
        let message = r#"E11000 duplicate key error collection: d.users index: mine dup key: { email_key: "a dup key: { _id: 1" }"#;
        assert_eq!(duplicated_field(message), Some("email_key"));
        assert_eq!(duplicated_field("E11000 something else"), None);
    }
}
