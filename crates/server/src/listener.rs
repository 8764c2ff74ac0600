//! A bound socket: it knows its address before it serves, and stops when it is told to.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

use crate::{
    Metrics,
    bind_error::BindError,
    connection::{Connection, House, Stage},
    tls::{HTTP2, Tls},
};

/// Open connections at the most, unless the settings say otherwise.
pub const MAX_CONNECTIONS: usize = 16_384;
/// How long a client may take to agree on TLS.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long it takes at most to end, once the service has been told to stop.
pub const DRAIN: Duration = Duration::from_secs(10);
/// How much of that proxies get to notice that they should send elsewhere.
pub const NOTICE: Duration = Duration::from_secs(3);
/// How long nothing is accepted once the system has refused.
const BREATH: Duration = Duration::from_millis(200);
/// What goes wrong with every connection is told so often.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// Whoever connected within this time may be a proxy that asks on a new connection each time.
const LATELY: Duration = Duration::from_secs(60);
const BACKLOG: u32 = 4096;

/// How a service meets the network.
#[derive(Clone, Debug)]
pub struct Transport {
    /// Open connections at the most; one more is closed at once.
    pub max_connections: usize,
    /// What is shown to those who come by https. None: they come by http.
    pub tls: Option<Tls>,
    /// Whether proxies stand in front: they are given notice of an end.
    pub proxied: bool,
}

impl Default for Transport {
    /// Plain http, and nobody in front.
    fn default() -> Self {
        Self {
            max_connections: MAX_CONNECTIONS,
            tls: None,
            proxied: false,
        }
    }
}

/// A socket that listens but does not answer yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    transport: Transport,
    https: bool,
    metrics: Option<Metrics>,
}

impl Listener {
    /// Listens on `address`; port 0 takes a free one. `setting` is named when that fails. `https` is whether browsers
    /// come by https, here or at a proxy.
    ///
    /// # Errors
    /// [`BindError`]
    pub async fn bind(
        address: SocketAddr,
        setting: &'static str,
        transport: Transport,
        https: bool,
    ) -> Result<Self, BindError> {
        let refused = |cause: io::Error| match cause.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse { address, setting },
            _ => BindError::Refused {
                address,
                setting,
                cause,
            },
        };
        let socket = socket(address).map_err(refused)?;
        let address = socket.local_addr().map_err(refused)?;
        Ok(Self {
            socket,
            address,
            https: https || transport.tls.is_some(),
            transport,
            metrics: None,
        })
    }

    /// Counts the connections that are open.
    #[must_use]
    pub fn counted_in(self, metrics: Metrics) -> Self {
        let metrics = Some(metrics);
        Self { metrics, ..self }
    }

    /// Where it listens, with the port that port 0 became.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` resolves, then drains: notice to proxies, no new connection, ten seconds for the rest.
    pub async fn serve(
        self,
        router: Router,
        stop: impl Future<Output = ()> + Send,
    ) -> io::Result<()> {
        let (stage, watched) = watch::channel(Stage::Serving);
        let connections = TaskTracker::new();
        let mut accepting = Accepting {
            house: House {
                router,
                stage: watched,
                https: self.https,
            },
            room: Arc::new(Semaphore::new(self.transport.max_connections)),
            connections: connections.clone(),
            tls: self.transport.tls.clone(),
            metrics: self.metrics,
            last_told: None,
            last_admitted: None,
        };
        connections.close();
        let following = async {
            match &self.transport.tls {
                Some(tls) => tls.follow().await,
                None => std::future::pending().await,
            }
        };
        let stop = async {
            tokio::select! {
                () = stop => {}
                never = following => match never {},
            }
        };
        tokio::select! {
            never = accepting.go_on(&self.socket) => match never {},
            () = stop => {}
        }
        let end = Instant::now() + DRAIN;
        if self.transport.proxied && (!connections.is_empty() || accepting.saw_somebody_lately()) {
            stage.send_replace(Stage::Leaving);
            tokio::select! {
                never = accepting.go_on(&self.socket) => match never {},
                () = sleep_until(Instant::now() + NOTICE) => {}
            }
        }
        // No new connection: the socket goes with it.
        drop((accepting, self.socket));
        stage.send_replace(Stage::Draining);
        if timeout_at(end, connections.wait()).await.is_err() {
            let open = connections.len();
            tracing::warn!(open, "connections are cut: their answers took too long");
        }
        Ok(())
    }
}

/// As `TcpListener::bind`, with room for those who come at once.
fn socket(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4(),
        SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

struct Accepting {
    house: House,
    room: Arc<Semaphore>,
    connections: TaskTracker,
    tls: Option<Tls>,
    metrics: Option<Metrics>,
    last_told: Option<Instant>,
    last_admitted: Option<Instant>,
}

impl Accepting {
    async fn go_on(&mut self, socket: &TcpListener) -> Infallible {
        loop {
            match socket.accept().await {
                Ok((stream, peer)) => self.admit(stream, peer),
                Err(cause) if is_of_one_connection(&cause) => {}
                Err(cause) => {
                    // Out of handles, most often: at once it would only fail again.
                    if self.may_tell() {
                        tracing::error!(%cause, "no connection can be accepted");
                    }
                    sleep_until(Instant::now() + BREATH).await;
                }
            }
        }
    }

    /// Past the cap the connection is closed at once: a queue of silent connections helps nobody.
    fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else {
            if self.may_tell() {
                tracing::warn!("connections are refused: too many are open (MAX_CONNECTIONS)");
            }
            return;
        };
        self.last_admitted = Some(Instant::now());
        // Answers are written as a whole.
        let _ = stream.set_nodelay(true);
        let house = self.house.clone();
        let mut stage = house.stage.clone();
        let config = self.tls.as_ref().map(Tls::config);
        let connection = Connection { house, peer };
        let open = self.metrics.as_ref().map(Metrics::connection);
        self.connections.spawn(async move {
            let _open = open;
            // The tracker's wait must not outlive the drain, and neither must this.
            tokio::select! {
                () = converse(connection, stream, config, permit) => {}
                () = cut(&mut stage) => {}
            }
        });
    }

    fn saw_somebody_lately(&self) -> bool {
        let last = self.last_admitted;
        last.is_some_and(|last| last + LATELY > Instant::now())
    }

    fn may_tell(&mut self) -> bool {
        let now = Instant::now();
        let may = self.last_told.is_none_or(|last| now > last + TELL_EVERY);
        if may {
            self.last_told = Some(now);
        }
        may
    }
}

async fn converse(
    connection: Connection,
    stream: TcpStream,
    config: Option<Arc<ServerConfig>>,
    _permit: OwnedSemaphorePermit,
) {
    let Some(config) = config else {
        return connection.http1(stream).await;
    };
    let peer = connection.peer;
    // Boxed, as what follows: else a plain connection would have the room for it too.
    let shaking = Box::pin(TlsAcceptor::from(config).accept(stream));
    match timeout(HANDSHAKE_TIMEOUT, shaking).await {
        Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(HTTP2) => {
            Box::pin(connection.http2(stream)).await;
        }
        Ok(Ok(stream)) => Box::pin(connection.http1(stream)).await,
        Ok(Err(cause)) => tracing::debug!(%peer, %cause, "no TLS connection"),
        Err(_) => tracing::debug!(%peer, "no TLS connection: it took too long"),
    }
}

/// Resolves when the listener is gone: its time to drain is over.
async fn cut(stage: &mut watch::Receiver<Stage>) {
    while stage.changed().await.is_ok() {}
}

/// Whether the next one may well be accepted.
fn is_of_one_connection(cause: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        cause.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
