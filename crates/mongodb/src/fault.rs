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
            ErrorKind::ServerSelection { ref message, .. } => Self::Driver(servers(message)),
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
    fn the_index_is_read_out_of_the_servers_complaint() {
        let message = r#"E11000 duplicate key error collection: d.users index: email_key dup key: { email_key: "a index: _id_ dup key" }"#;
        assert_eq!(violated_index(message), Some("email_key"));
        assert_eq!(violated_index("E11000 something else"), None);
    }
}
