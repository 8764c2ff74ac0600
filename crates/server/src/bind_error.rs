//! Why an address could not be listened on, and what to do about it.

use std::{io, net::SocketAddr};

use thiserror::Error;

/// Why an address could not be listened on. The text says what to do.
#[derive(Debug, Error)]
pub enum BindError {
    /// Another process listens there.
    #[error(
        "{address} is in use by another program: stop that one, or set {setting} to another address"
    )]
    InUse {
        /// The address asked for.
        address: SocketAddr,
        /// The setting that names it.
        setting: &'static str,
    },
    /// The system refused for another reason.
    #[error("cannot listen on {address}: {cause}: set {setting} to an address of this machine")]
    Refused {
        /// The address asked for.
        address: SocketAddr,
        /// The setting that names it.
        setting: &'static str,
        /// What the system said.
        cause: io::Error,
    },
}
