//! The client has said its last word before it is answered, as `nc -N` does: what it asked is answered, then the end.

use std::sync::atomic::Ordering::SeqCst;

use tokio::{io::AsyncWriteExt, time::Instant};

use crate::house::{Answers, House, PATIENCE, Raw};

const HELLO: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const NEXT: &str = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
const SLOW: &str = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
const ECHO: &str = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
const CHUNKS: &str =
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n";

/// Sent in one piece, before the service can have read any of it, and the end of it with it.
async fn parted(house: &House, bytes: &str) -> Raw {
    let mut raw = house.connect().await;
    raw.send(bytes).await;
    raw.0.shutdown().await.unwrap();
    raw
}

async fn answers(house: &House, bytes: &str) -> Answers {
    parted(house, bytes).await.rest().await
}

/// Lets the slow answer go on, once it is being made.
async fn let_go(house: &House) {
    let start = Instant::now();
    while house.seen.waiting.load(SeqCst) == 0 {
        assert!(start.elapsed() < PATIENCE);
        tokio::task::yield_now().await;
    }
    house.seen.go.notify_one();
}

#[tokio::test]
async fn what_was_asked_is_answered_and_then_the_end() {
    let house = House::open().await;
    for _ in 0..20 {
        for (asked, statuses) in [
            (HELLO.to_owned(), vec![200]),
            (ECHO.to_owned(), vec![200]),
            (CHUNKS.to_owned(), vec![200]),
            ([HELLO, NEXT].concat(), vec![200; 2]),
            ([ECHO, CHUNKS, NEXT].concat(), vec![200; 3]),
            ([HELLO, "nonsense\r\n\r\n"].concat(), vec![200, 400]),
            // What is no request has no answer, and takes none from those before it.
            ([HELLO, "GET /ne"].concat(), vec![200]),
            ("GET / HT".to_owned(), vec![]),
            (String::new(), vec![]),
        ] {
            let answers = answers(&house, &asked).await;
            assert_eq!(answers.statuses(), statuses, "{asked:?}");
        }
    }
}

#[tokio::test]
async fn the_end_may_come_while_the_answer_is_made() {
    let house = House::open().await;
    let mut raw = parted(&house, &[SLOW, NEXT].concat()).await;
    let_go(&house).await;
    let answers = raw.rest().await;
    assert_eq!(answers.statuses(), [200, 200]);
    assert_eq!(answers.0[0].body, "at last");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_takes_no_answer_from_those_before_it() {
    for half in ["GET /ne", "G", "\r"] {
        let house = House::open().await;
        let mut raw = parted(&house, &[SLOW, half].concat()).await;
        let_go(&house).await;
        assert_eq!(raw.rest().await.statuses(), [200], "{half:?}");
    }
}

#[tokio::test]
async fn a_large_answer_arrives_as_a_whole() {
    let house = House::open().await;
    let answers = answers(&house, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(answers.statuses(), [200]);
    assert_eq!(answers.0[0].body.len(), 32 * 1024 * 1024);
}

#[tokio::test]
async fn a_body_that_ends_too_early_is_refused() {
    let house = House::open().await;
    let asked = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nbody";
    assert_eq!(answers(&house, asked).await.statuses(), [400]);
    assert!(house.seen.paths().is_empty(), "no handler took it");
}
