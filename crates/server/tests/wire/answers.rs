//! What every answer carries, whoever gave it.

use crate::house::House;

const HEADERS: [&str; 8] = [
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "x-frame-options",
    "x-request-id",
];

#[tokio::test]
async fn every_answer_has_the_headers_and_no_banner() {
    let house = House::open().await;
    let close = "Host: a\r\nConnection: close\r\n";
    let long = "x".repeat(20_000);
    for (request, status) in [
        (format!("GET / HTTP/1.1\r\n{close}\r\n"), 200),
        (format!("GET /missing HTTP/1.1\r\n{close}\r\n"), 404),
        (format!("DELETE / HTTP/1.1\r\n{close}\r\n"), 405),
        (format!("TRACE / HTTP/1.1\r\n{close}\r\n"), 405),
        (format!("TRACE /missing HTTP/1.1\r\n{close}\r\n"), 405),
        (format!("GET /panic HTTP/1.1\r\n{close}\r\n"), 500),
        (
            format!(
                "POST /echo HTTP/1.1\r\n{close}Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"
            ),
            413,
        ),
        (format!("GET / HTTP/1.1\r\n{close}X: {long}\r\n\r\n"), 431),
        (format!("GET /{long} HTTP/1.1\r\n{close}\r\n"), 414),
        ("nonsense\r\n\r\n".to_owned(), 400),
        (format!("GET /` HTTP/1.1\r\n{close}\r\n"), 400),
        (format!("GET /<a> HTTP/1.1\r\n{close}\r\n"), 400),
        (format!("GET /?\"a HTTP/1.1\r\n{close}\r\n"), 400),
        (format!("GET http://a/` HTTP/1.1\r\n{close}\r\n"), 400),
    ] {
        let answers = house.send(&request).await;
        assert_eq!(answers.statuses(), [status]);
        let answer = &answers.0[0];
        for name in HEADERS {
            assert!(answer.header(name).is_some(), "{status}: {name}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
        assert_eq!(answer.header("server"), None, "{status}");
        assert_eq!(answer.header("strict-transport-security"), None, "{status}");
        assert_eq!(
            answer.header("allow").is_some(),
            status == 405,
            "{request:?}"
        );
    }
}

#[tokio::test]
async fn one_panic_is_one_answer() {
    let house = House::open().await;
    let mut raw = house.connect().await;
    for (path, status) in [("/panic", 500), ("/", 200), ("/panic", 500)] {
        raw.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"))
            .await;
        assert_eq!(raw.answer().await.status, status, "the connection goes on");
    }
}

#[tokio::test]
async fn an_answer_comes_whatever_follows_the_request() {
    let house = House::open().await;
    let chunked = "Host: a\r\nTransfer-Encoding: chunked\r\n";
    for (request, status) in [
        // Bodies in pieces that nobody reads.
        (
            format!("POST /missing HTTP/1.1\r\n{chunked}\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"),
            404,
        ),
        (
            format!(
                "DELETE /echo HTTP/1.1\r\n{chunked}\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n"
            ),
            405,
        ),
        // The last request of a connection, and one more.
        (
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(),
            200,
        ),
        ("GET / HTTP/1.0\r\n\r\n".to_owned(), 200),
    ] {
        let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
        let mut raw = house.connect().await;
        raw.send(format!("{request}{next}")).await;
        assert_eq!(raw.first().await, status, "{request:?}");
    }
}
