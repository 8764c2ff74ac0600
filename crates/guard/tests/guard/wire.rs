//! A real listener on loopback, and a client that sends exactly these bytes.

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::app::Answer;

/// How long a test waits for what should happen at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Serves for as long as the test runs.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// `GET`, with these `Authorization` headers as they stand.
pub(crate) async fn get(address: SocketAddr, path: &str, authorizations: &[Vec<u8>]) -> Answer {
    let mut request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n").into_bytes();
    for value in authorizations {
        request.extend([b"Authorization:", &**value, b"\r\n"].concat());
    }
    request.extend(b"Connection: close\r\n\r\n");
    send(address, &request).await
}

/// `POST`, with this body as JSON.
pub(crate) async fn post(address: SocketAddr, path: &str, body: &str) -> Answer {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    send(address, format!("{head}{body}").as_bytes()).await
}

/// One request that closes its connection, and the answer.
async fn send(address: SocketAddr, request: &[u8]) -> Answer {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let text = timeout(PATIENCE, exchange).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let (status_line, head) = head.split_once("\r\n").unwrap();
    let mut headers = HeaderMap::new();
    for line in head.split("\r\n") {
        let (name, value) = line.split_once(':').unwrap();
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
    }
    let length = headers["content-length"].to_str().unwrap();
    assert_eq!(length.parse(), Ok(body.len()), "{text}");
    Answer {
        status: StatusCode::from_bytes(status_line.split(' ').nth(1).unwrap().as_bytes()).unwrap(),
        headers,
        body: body.to_owned(),
    }
}
