//! How much is taken.

use tegata_server::{BODY_LIMIT, Transport, framing};
use tokio::io::AsyncReadExt;

use crate::house::{House, PATIENCE};

fn get(target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n")
}

#[tokio::test]
async fn heads_have_a_size_and_a_count() {
    let house = House::open().await;
    let line = |length| format!("/{}", "x".repeat(length));
    let line_rest = "GET / HTTP/1.1\r".len();
    let fields = |count: usize| "A: b\r\n".repeat(count - 2);
    let long = |length: usize| format!("X: {}\r\n", "x".repeat(length));
    let rest = get("/", &long(0)).len();
    for (request, status) in [
        (get(&line(framing::REQUEST_LINE_LIMIT - line_rest), ""), 404),
        (get(&line(framing::REQUEST_LINE_LIMIT), ""), 414),
        (get(&line(1_000_000), ""), 414),
        (get("/", &fields(framing::FIELDS_LIMIT)), 200),
        (get("/", &fields(framing::FIELDS_LIMIT + 1)), 431),
        (get("/", &long(framing::HEAD_LIMIT - rest)), 200),
        (get("/", &long(framing::HEAD_LIMIT + 1)), 431),
        (get("/", &long(1_000_000)), 431),
    ] {
        let answers = house.send(&request).await;
        assert_eq!(answers.statuses(), [status], "{} bytes", request.len());
    }
}

#[tokio::test]
async fn bodies_have_a_size_whoever_reads_them() {
    let house = House::open().await;
    for path in ["/echo", "/careless", "/missing"] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
        let body = |length| "x".repeat(length);
        let sized = |length| format!("{head}Content-Length: {length}\r\n\r\n{}", body(length));
        let chunked = |length| {
            let data = body(length);
            format!("{head}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{data}\r\n0\r\n\r\n")
        };
        let fine = if path == "/missing" { 404 } else { 200 };
        assert_eq!(house.send(sized(BODY_LIMIT)).await.statuses(), [fine]);
        assert_eq!(house.send(chunked(BODY_LIMIT)).await.statuses(), [fine]);
        // A handler that does not care for the limit reads no more for it.
        for length in [BODY_LIMIT + 1, 800_000] {
            let past = match path {
                "/missing" => 404,
                "/careless" => 200,
                _ => 413,
            };
            assert_eq!(house.send(sized(length)).await.statuses(), [past], "{path}");
            assert_eq!(
                house.send(chunked(length)).await.statuses(),
                [past],
                "{path}"
            );
        }
    }
    let before = house.seen.paths().len();
    let waits = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n";
    let answers = house.send(waits).await;
    assert_eq!(answers.statuses(), [413], "before a byte of it is sent");
    assert_eq!(house.seen.paths().len(), before);
}

#[tokio::test]
async fn nothing_is_unpacked() {
    let house = House::open().await;
    for (coding, status) in [("gzip", 415), ("identity, gzip", 415), ("identity", 200)] {
        let request = format!(
            "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Encoding: {coding}\r\nContent-Length: 2\r\n\r\n\x1f\x0b"
        );
        assert_eq!(house.send(request).await.statuses(), [status], "{coding}");
    }
}

#[tokio::test]
async fn past_the_cap_a_connection_is_closed_at_once_and_the_others_go_on() {
    let house = House::with(Transport {
        max_connections: 2,
        ..Transport::default()
    })
    .await;
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut first = house.connect().await;
    let mut second = house.connect().await;
    for raw in [&mut first, &mut second] {
        raw.send(request).await;
        assert_eq!(raw.answer().await.status, 200);
    }
    let mut third = house.connect().await;
    let closed = tokio::time::timeout(PATIENCE, third.0.read(&mut [0])).await;
    assert!(matches!(closed.unwrap(), Ok(0) | Err(_)));
    first.send(request).await;
    assert_eq!(first.answer().await.status, 200);
    drop(second);
    let start = tokio::time::Instant::now();
    loop {
        let answers = async {
            let mut raw = house.connect().await;
            raw.send("GET / HTTP/1.0\r\n\r\n").await;
            let mut bytes = Vec::new();
            let _ = raw.0.read_to_end(&mut bytes).await;
            bytes
        };
        if answers.await.starts_with(b"HTTP/1.0 200") {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "there is room again");
    }
}
