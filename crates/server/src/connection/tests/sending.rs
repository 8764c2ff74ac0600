//! Whoever sends slowly.

use std::time::Duration;

use tokio::time::{Instant, advance};

use super::{STEP, WHOLE, guest};
use crate::connection::{BODY_TIMEOUT, HEAD_TIMEOUT};

#[tokio::test(start_paused = true)]
async fn a_head_that_drips_is_cut() {
    let (said, after) = guest(64 * 1024)
        .drip("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n")
        .await;
    assert_eq!(said, "", "closed");
    assert!(
        (HEAD_TIMEOUT..HEAD_TIMEOUT + STEP).contains(&after),
        "{after:?}"
    );
    // A second one on a connection that was well behaved so far.
    let mut guest = guest(64 * 1024);
    guest.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(guest.status().await, "HTTP/1.1 200");
    guest.began = Instant::now();
    let (said, after) = guest.drip("GET / HTTP/1.1\r\n").await;
    assert!(said.is_empty() && after < HEAD_TIMEOUT + STEP, "{after:?}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_408_and_closed() {
    for (head, drop) in [
        (
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
            "x",
        ),
        (
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n",
            "x",
        ),
    ] {
        let mut guest = guest(64 * 1024);
        guest.send(head).await;
        let (said, after) = guest.drip(drop).await;
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
        assert!(said.contains("connection: close"), "{said}");
        assert!(said.contains("strict-transport-security"), "{said}");
        assert!((BODY_TIMEOUT..WHOLE).contains(&after), "{after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_and_a_body_that_take_all_their_time_are_cut_within_thirty_seconds() {
    let mut guest = guest(64 * 1024);
    guest.send("POST /echo HTTP/1.1\r\n").await;
    advance(HEAD_TIMEOUT - Duration::from_secs(1)).await;
    guest.send("Host: a\r\nContent-Length: 1000\r\n\r\n").await;
    let (said, after) = guest.drip("x").await;
    assert!(
        said.starts_with("HTTP/1.1 408") && after <= WHOLE,
        "{after:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_reads_holds_nobody() {
    let mut guest = guest(64 * 1024);
    guest
        .send("POST /deaf HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx")
        .await;
    assert_eq!(guest.status().await, "HTTP/1.1 200");
    assert!(guest.closed().await < STEP);
}
