//! A bound socket: it knows its address before it serves, and stops when it is told to.

use std::{io, net::SocketAddr, pin::Pin, time::Duration};

use axum::{Router, extract::connect_info::IntoMakeServiceWithConnectInfo};
use axum_server::{Handle, Server};
use thiserror::Error;
use tokio::net::TcpListener;

use crate::admission::Admission;

/// Open connections at the most; one more is closed at once.
const MAX_CONNECTIONS: usize = 4096;
/// How long a client may take to send a request's head, and how long an idle connection is kept.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// How long answers under way may take once the service has been told to stop.
pub const DRAIN: Duration = Duration::from_secs(10);
const ASK_AGAIN: Duration = Duration::from_millis(100);

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

/// A socket that listens but does not answer yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens on `address`; port 0 takes a free one. `setting` is named when that fails.
    pub async fn bind(address: SocketAddr, setting: &'static str) -> Result<Self, BindError> {
        let refused = |cause: io::Error| match cause.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse { address, setting },
            _ => BindError::Refused {
                address,
                setting,
                cause,
            },
        };
        let socket = TcpListener::bind(address).await.map_err(refused)?;
        let address = socket.local_addr().map_err(refused)?;
        Ok(Self { socket, address })
    }

    /// Where it listens, with the port that port 0 became.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` resolves, then drains: no new connection, ten seconds for the rest.
    pub async fn serve(
        self,
        router: Router,
        stop: impl Future<Output = ()> + Send,
    ) -> io::Result<()> {
        let handle: Handle<SocketAddr> = Handle::new();
        let mut server = Server::from_listener(self.socket)
            .handle(handle.clone())
            .acceptor(Admission::at_most(MAX_CONNECTIONS))
            .http1_only();
        server
            .http_builder()
            .http1()
            .timer(hyper_util::rt::TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .pipeline_flush(true);

        let service: IntoMakeServiceWithConnectInfo<Router, SocketAddr> =
            router.into_make_service_with_connect_info();
        let serving = server.serve(service);
        tokio::pin!(serving, stop);
        tokio::select! {
            ended = &mut serving => ended,
            () = &mut stop => drain(&handle, serving.as_mut()).await,
        }
    }
}

/// Asks until it is done: a connection that was being accepted when the server was asked does not hear
/// the first time.
async fn drain(
    handle: &Handle<SocketAddr>,
    mut serving: Pin<&mut impl Future<Output = io::Result<()>>>,
) -> io::Result<()> {
    let mut again = tokio::time::interval(ASK_AGAIN);
    loop {
        tokio::select! {
            ended = &mut serving => return ended,
            _ = again.tick() => handle.graceful_shutdown(Some(DRAIN)),
        }
    }
}
