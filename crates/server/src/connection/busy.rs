//! An HTTP/1 connection while it is asked: until it ends, or has been quiet for a while.

use std::{
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::atomic::Ordering::Relaxed,
    task::Poll,
};

use axum::body::Body;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tower::ServiceExt;

use super::{House, draining, request, stream::Stream};

/// Gives the stream back when it is quiet: whatever was asked is answered, and every byte of that is sent.
pub(super) async fn serve<IO>(
    builder: &http1::Builder,
    stream: Stream<IO>,
    house: &House,
    peer: SocketAddr,
) -> hyper::Result<Option<Stream<IO>>>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let quiet = stream.quiet();
    let requests = stream.requests();
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let request: hyper::Request<Body> = request::of_http1(request, house, peer);
        let answering = house.router.clone().oneshot(request);
        requests.follow(answering)
    });
    let mut serving = builder.serve_connection(TokioIo::new(stream), service);
    let mut stage = house.stage.clone();
    let ended = {
        let mut draining = pin!(draining(&mut stage));
        let mut asked_to_end = false;
        poll_fn(|cx| {
            if !asked_to_end && draining.as_mut().poll(cx).is_ready() {
                asked_to_end = true;
                Pin::new(&mut serving).graceful_shutdown();
            }
            // What was said of another moment is not said of this one.
            quiet.store(false, Relaxed);
            match Pin::new(&mut serving).poll(cx) {
                Poll::Ready(ended) => Poll::Ready(Some(ended)),
                Poll::Pending if quiet.load(Relaxed) && requests.are_none() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    };
    match ended {
        Some(ended) => ended.map(|()| None),
        None => {
            let parts = serving.into_parts();
            // It reads nothing that it does not take at once; if it did, nobody else may.
            Ok(parts.read_buf.is_empty().then(|| parts.io.into_inner()))
        }
    }
}
