//! What two programs could read in two ways is refused, the connection closed, and nothing after it is a request.

use crate::house::House;

/// A request that must never be answered.
const AFTER: &str = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

async fn refused(request: &str, status: u16) {
    let house = House::open().await;
    for request in [
        request.to_owned(),
        format!("{request}{AFTER}"),
        // After one that was good, whose answer comes first.
        format!("GET / HTTP/1.1\r\nHost: a\r\n\r\n{request}{AFTER}"),
    ] {
        let answers = house.send(&request).await;
        assert_eq!(
            answers.statuses().last(),
            Some(&status),
            "{request:?} {answers:?}"
        );
        let last = answers.0.last().unwrap();
        let closes = last.header("connection");
        assert_eq!(closes.as_deref(), Some("close"), "{request:?}");
        assert_eq!(
            last.header("x-content-type-options").as_deref(),
            Some("nosniff")
        );
    }
    let paths = house.seen.paths();
    assert!(
        !paths.contains(&"/next".to_owned()),
        "{request:?} {paths:?}"
    );
    assert!(
        paths.iter().all(|path| path == "/"),
        "{request:?} {paths:?}"
    );
}

#[tokio::test]
async fn a_head_that_can_be_read_in_two_ways() {
    for head in [
        // Both lengths, two lengths, lengths that are none.
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 4\r\n\r\nabcd",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4\r\n\r\nabcd",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
        // Codings that are not exactly chunked.
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        // Line ends and folds.
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: 1\rY: 2\r\n\r\n",
        "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\t2\r\n\r\n",
        "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        // Names.
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 4\r\n\r\nabcd",
        "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX\0: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        // Hosts and targets.
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
        // First lines.
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET /\tHTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /é HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\r\nHost: a\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / http/1.1\r\nHost: a\r\n\r\n",
        "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03",
        // Our own word for a refused one.
        "TEGATA-REFUSED /200 HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        refused(head, 400).await;
    }
}

#[tokio::test]
async fn versions_and_tunnels_that_are_not_spoken() {
    refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505).await;
    refused("GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505).await;
    refused("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n", 405).await;
}

#[tokio::test]
async fn a_body_in_chunks_that_are_none() {
    let house = House::open().await;
    for chunks in [
        "z\r\n",
        "\r\n",
        "-1\r\n",
        "0x1\r\na\r\n0\r\n\r\n",
        "1 \r\na\r\n0\r\n\r\n",
        "1\na\r\n0\r\n\r\n",
        "1\r\nab\r\n0\r\n\r\n",
        "1\r\na\n0\r\n\r\n",
        "1\r\na0\r\n\r\n",
        "123456789\r\na",
        "1;x=\ny\r\na\r\n0\r\n\r\n",
        "1;\r\ra\r\n0\r\n\r\n",
        "0\r\nX: y\r\n\r\n",
        "0\r\n\n",
        "0\n\n",
        "1\r\na\r\n0\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answers = house.send(format!("{head}{chunks}{AFTER}")).await;
        assert_eq!(answers.statuses(), [400], "{chunks:?} {answers:?}");
        let closes = answers.0[0].header("connection");
        assert_eq!(closes.as_deref(), Some("close"), "{chunks:?}");
        // A handler that takes what it can get has been told nothing else.
        let head = head.replace("/echo", "/careless");
        let answers = house.send(format!("{head}{chunks}{AFTER}")).await;
        assert_eq!(answers.statuses(), [400], "{chunks:?} {answers:?}");
    }
    assert!(!house.seen.paths().contains(&"/next".to_owned()));
}

#[tokio::test]
async fn what_everybody_reads_alike_is_answered() {
    let house = House::open().await;
    for (request, body) in [
        (
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            "hello",
        ),
        (
            "\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            "hello",
        ),
        ("GET / HTTP/1.0\r\n\r\n", "hello"),
        (
            "GET http://a/ HTTP/1.1\r\nHost: A\r\nConnection: close\r\n\r\n",
            "hello",
        ),
        (
            "GET / HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\nX: \u{e9}\r\n\r\n",
            "hello",
        ),
        (
            "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nabcd",
            "4 bytes",
        ),
        (
            "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\ntransfer-encoding: CHUNKED\r\n\r\n1;x=\"y\"\r\na\r\n00A\r\n0123456789\r\n0\r\n\r\n",
            "11 bytes",
        ),
    ] {
        let answers = house.send(request).await;
        assert_eq!(answers.statuses(), [200], "{request:?}");
        assert_eq!(answers.0[0].body, body, "{request:?}");
    }
}

#[tokio::test]
async fn several_on_one_connection_however_they_are_cut() {
    let house = House::open().await;
    let whole = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for size in [1, 2, 3, 7, 64, 1024] {
        let mut raw = house.connect().await;
        raw.0.set_nodelay(true).unwrap();
        for piece in whole.as_bytes().chunks(size) {
            raw.send(piece).await;
        }
        let answers = raw.rest().await;
        assert_eq!(answers.statuses(), [200; 4], "{size}");
        let bodies: Vec<&str> = answers.0.iter().map(|answer| &answer.body[..]).collect();
        assert_eq!(bodies, ["3 bytes", "hello", "2 bytes", "hello"], "{size}");
    }
}
