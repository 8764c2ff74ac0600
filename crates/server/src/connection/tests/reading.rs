//! Whoever reads slowly, or never.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use axum::{body::Body, http::Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{advance, timeout},
};

use super::{Guest, STEP, WHOLE, guest, speaking};
use crate::connection::WRITE_TIMEOUT;

#[tokio::test(start_paused = true)]
async fn who_never_reads_is_left() {
    let mut guest = guest(1024);
    guest.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let Guest {
        io, ended, began, ..
    } = guest;
    ended.await.unwrap();
    let after = began.elapsed();
    assert!(after >= WRITE_TIMEOUT && after < WHOLE, "{after:?}");
    drop(io);
}

#[tokio::test(start_paused = true)]
async fn who_asks_on_and_on_and_never_reads_is_left_and_costs_a_few_answers() {
    let mut guest = guest(1024);
    let asks = "GET /big HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3);
    let sent = timeout(WHOLE, async {
        // With an end, so that a server that takes them all is found out.
        for _ in 0..20 {
            if guest.io.write_all(asks.as_bytes()).await.is_err() {
                break;
            }
        }
    });
    sent.await.unwrap();
    let made = guest.made.load(Relaxed);
    assert!((1..=2).contains(&made), "{made} answers wait");
    guest.ended.await.unwrap();
    assert!(guest.began.elapsed() < WHOLE);
}

#[tokio::test(start_paused = true)]
async fn who_reads_a_little_now_and_then_is_left_too_and_who_reads_steadily_is_not() {
    for (pause, finishes) in [
        (Duration::from_secs(10), false),
        (Duration::from_millis(100), true),
    ] {
        let mut guest = guest(1024);
        guest.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let mut read = 0;
        loop {
            let mut some = [0; 1024];
            match guest.io.read(&mut some).await {
                Ok(0) | Err(_) => break,
                Ok(length) => read += length,
            }
            if read > 1024 * 1024 {
                break;
            }
            advance(pause).await;
        }
        assert_eq!(read > 1024 * 1024, finishes, "{read} bytes");
        assert!(guest.began.elapsed() < Duration::from_secs(300));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_read_slowly_is_not_cut_for_resting() {
    let mut guest = guest(1024);
    guest.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut read = 0;
    while read < 100 * 1024 {
        let mut some = [0; 1024];
        read += guest.io.read(&mut some).await.unwrap();
        tokio::time::advance(Duration::from_millis(if read % 10 == 0 {
            1500
        } else {
            10
        }))
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_over_http2_and_never_reads_is_left_too() {
    for window in [0, 1, 1000] {
        let Guest {
            io,
            ended,
            began,
            _stage,
            ..
        } = speaking(64 * 1024, true);
        let mut builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
        builder.initial_stream_window_size(window);
        let (mut client, connection) = builder.handshake(TokioIo::new(io)).await.unwrap();
        tokio::spawn(connection);
        let ask = |path: &str| {
            let request = Request::builder().uri(format!("http://a{path}"));
            request.body(Body::empty()).unwrap()
        };
        let unread = client.send_request(ask("/big")).await.unwrap();
        // Whatever else it asks.
        while client.send_request(ask("/slow")).await.is_ok() {
            assert!(began.elapsed() < WHOLE, "{window}");
        }
        ended.await.unwrap();
        assert!(
            (WRITE_TIMEOUT..WHOLE + STEP).contains(&began.elapsed()),
            "{window}"
        );
        drop(unread);
    }
}
