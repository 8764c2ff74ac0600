//! One connection, from its first byte to its last: HTTP/1 or HTTP/2 over whatever it came by.

mod arrival;
mod busy;
mod linger;
mod request;
mod requests;
mod stream;
#[cfg(test)]
mod tests;
mod times;

use std::{future::poll_fn, net::SocketAddr, pin::pin, time::Duration};

use axum::Router;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    sync::watch,
    time::timeout,
};
use tower::ServiceExt;

use crate::framing::{FIELDS_LIMIT, HEAD_LIMIT};
pub use arrival::BODY_TIMEOUT;
pub(crate) use request::Wire;
use stream::Stream;
use times::WRITE_RATE;
pub use times::{HEAD_TIMEOUT, IDLE_TIMEOUT, WRITE_TIMEOUT};

/// Requests that one HTTP/2 connection may have under way.
pub const STREAMS_LIMIT: u32 = 64;
/// What HTTP/1 buffers of a request, and HTTP/2 of each answer.
const BUFFER: usize = 64 * 1024;
/// What the HTTP/2 library reads of a head. Past it the answer is its own bare 431; up to it, ours.
const LIST_LIMIT: u32 = 4 * HEAD_LIMIT as u32;
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
        let builder = http1();
        let Self { house, peer } = self;
        let mut stage = house.stage.clone();
        let mut stream = Stream::framed(io);
        // Between requests nothing is kept but the stream: what the library holds is ten times as much.
        loop {
            let asked = tokio::select! {
                asked = poll_fn(|cx| stream.poll_fill(cx)) => matches!(asked, Ok(true)),
                () = draining(&mut stage) => false,
            };
            if !asked {
                // Whoever has gone does not have to hear it.
                let _ = stream.shutdown().await;
                return;
            }
            match busy::serve(&builder, stream, &house, peer).await {
                Ok(Some(quiet)) => stream = quiet,
                Ok(None) => return,
                Err(cause) => return tracing::debug!(%peer, %cause, "connection ended"),
            }
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
            .max_header_list_size(LIST_LIMIT)
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
        let stream = Stream::bare(io);
        let requests = stream.requests();
        let counted = requests.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let request = request::of_http2(request, &house, peer);
            counted.follow(house.router.clone().oneshot(request))
        });
        let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
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

/// What reads the requests of HTTP/1, once they are framed. Never with `pipeline_flush`: it takes requests without end
/// from whoever reads no answer, and loses answers that a closing connection still owes.
pub(crate) fn http1() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        // The stream keeps the time, and knows heads from silence.
        .header_read_timeout(None)
        .max_headers(FIELDS_LIMIT)
        .max_buf_size(BUFFER);
    builder
}

async fn draining(stage: &mut watch::Receiver<Stage>) {
    // An error means that the listener is gone, which is as good.
    let _ = stage.wait_for(|stage| *stage == Stage::Draining).await;
}
