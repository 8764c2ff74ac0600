//! Whoever says nothing for a while.

use std::time::Duration;

use tokio::time::{Instant, advance};

use super::{STEP, guest};
use crate::connection::IDLE_TIMEOUT;

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_closed() {
    let silent = guest(64 * 1024);
    let after = silent.closed().await;
    assert!(
        (IDLE_TIMEOUT..IDLE_TIMEOUT + STEP).contains(&after),
        "{after:?}"
    );
    let mut polite = guest(64 * 1024);
    for _ in 0..3 {
        polite.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(polite.status().await, "HTTP/1.1 200");
        advance(IDLE_TIMEOUT - STEP).await;
    }
    polite.began = Instant::now();
    assert!(polite.closed().await <= STEP * 2, "the last one counts");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_rested_goes_on_as_if_it_had_not() {
    let mut guest = guest(64 * 1024);
    for pause in [0, 1, 2, 60, 3, 0] {
        advance(Duration::from_secs(pause)).await;
        // In two halves, with a rest between requests but none inside of one.
        guest.send("GET /slow HTTP/1.1\r\nHo").await;
        advance(Duration::from_secs(5)).await;
        guest.send("st: a\r\n\r\n").await;
        assert_eq!(guest.status().await, "HTTP/1.1 200", "after {pause} s");
    }
    guest
        .send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
        .await;
    for byte in ["a", "b", "c", "d"] {
        advance(Duration::from_secs(3)).await;
        guest.send(byte).await;
    }
    assert_eq!(guest.status().await, "HTTP/1.1 200");
    advance(Duration::from_secs(3)).await;
    guest.send("nonsense\r\n\r\n").await;
    assert_eq!(guest.status().await, "HTTP/1.1 400");
}
