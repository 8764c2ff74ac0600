//! One connection, from its first byte to its last: HTTP/1 or HTTP/2 over whatever it came by.

mod arrival;
mod linger;
mod request;
mod stream;
#[cfg(test)]
mod tests;

use std::{
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::Router;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::{Instant, sleep_until, timeout},
};
use tower::ServiceExt;

use crate::framing::{FIELDS_LIMIT, HEAD_LIMIT};
pub use arrival::BODY_TIMEOUT;
pub(crate) use request::Wire;
use stream::Stream;
pub use stream::{HEAD_TIMEOUT, IDLE_TIMEOUT, WRITE_TIMEOUT};

/// Requests that one HTTP/2 connection may have under way.
pub const STREAMS_LIMIT: u32 = 64;
/// What HTTP/1 buffers of a request, and HTTP/2 of each answer.
const BUFFER: usize = 64 * 1024;
/// An HTTP/2 client that does not answer a ping within this time is gone.
const PING: Duration = Duration::from_secs(20);
/// How long an HTTP/2 connection without a request may take to end when asked.
const PARTING: Duration = Duration::from_secs(5);

/// How far the service is on its way to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Serving,
    /// Proxies are told, and may still send.
    Leaving,
    /// What is under way is finished, and nothing begins.
    Draining,
}

/// What every connection of a listener is told.
#[derive(Clone, Debug)]
pub(crate) struct House {
    pub(crate) router: Router,
    pub(crate) stage: watch::Receiver<Stage>,
    /// Whether browsers come by https, here or at a proxy.
    pub(crate) https: bool,
}

/// A connection, as long as it lasts.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) house: House,
    pub(crate) peer: SocketAddr,
}

impl Connection {
    /// Speaks HTTP/1 until one side is done.
    pub(crate) async fn http1<IO>(self, io: IO)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            // The stream keeps the time, and knows heads from silence.
            .header_read_timeout(None)
            .max_headers(FIELDS_LIMIT)
            .max_buf_size(BUFFER)
            .pipeline_flush(true);
        let Self { house, peer } = self;
        let mut stage = house.stage.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let request = request::of_http1(request, &house, peer);
            house.router.clone().oneshot(request)
        });
        let mut serving = pin!(builder.serve_connection(TokioIo::new(Stream::framed(io)), service));
        let ended = tokio::select! {
            ended = &mut serving => ended,
            () = draining(&mut stage) => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        if let Err(cause) = ended {
            tracing::debug!(%peer, %cause, "connection ended");
        }
    }

    /// Speaks HTTP/2 until one side is done.
    pub(crate) async fn http2<IO>(self, io: IO)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_LIMIT)
            .max_header_list_size(HEAD_LIMIT as u32)
            .max_send_buf_size(BUFFER)
            .initial_stream_window_size(BUFFER as u32)
            .initial_connection_window_size(4 * BUFFER as u32)
            // Those who open streams to reset them at once (CVE-2023-44487), or to make us reset them.
            .max_pending_accept_reset_streams(20)
            .max_local_error_reset_streams(64)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING);
        let Self { house, peer } = self;
        let mut stage = house.stage.clone();
        let requests = Arc::new(Requests::default());
        let counted = Arc::clone(&requests);
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let request = request::of_http2(request, &house, peer);
            let (router, counted) = (house.router.clone(), counted.begin());
            async move {
                let answer = router.oneshot(request).await;
                drop(counted);
                answer
            }
        });
        let mut serving = pin!(builder.serve_connection(TokioIo::new(Stream::bare(io)), service));
        let ended = tokio::select! {
            ended = &mut serving => Some(ended),
            () = draining(&mut stage) => {
                serving.as_mut().graceful_shutdown();
                Some(serving.await)
            }
            () = requests.idle() => {
                serving.as_mut().graceful_shutdown();
                timeout(PARTING, serving).await.ok()
            }
        };
        if let Some(Err(cause)) = ended {
            tracing::debug!(%peer, %cause, "connection ended");
        }
    }
}

async fn draining(stage: &mut watch::Receiver<Stage>) {
    // An error means that the listener is gone, which is as good.
    let _ = stage.wait_for(|stage| *stage == Stage::Draining).await;
}

/// The requests of an HTTP/2 connection: pings go on without any, so bytes do not tell.
#[derive(Debug, Default)]
struct Requests {
    begun: AtomicUsize,
    under_way: AtomicUsize,
}

impl Requests {
    fn begin(self: &Arc<Self>) -> UnderWay {
        self.begun.fetch_add(1, Relaxed);
        self.under_way.fetch_add(1, Relaxed);
        UnderWay(Arc::clone(self))
    }

    /// Resolves when there has been none for a while: after one to two of the time that an idle connection is kept.
    async fn idle(&self) {
        loop {
            let before = self.begun.load(Relaxed);
            sleep_until(Instant::now() + IDLE_TIMEOUT).await;
            if self.under_way.load(Relaxed) == 0 && self.begun.load(Relaxed) == before {
                return;
            }
        }
    }
}

struct UnderWay(Arc<Requests>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Relaxed);
    }
}
