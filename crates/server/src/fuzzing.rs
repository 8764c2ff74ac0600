//! A door for the fuzz targets in `fuzz/` and for tests to what is private here. No part of the API: it changes without notice.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
};
use http::HeaderMap;

use crate::{Client, TrustedProxies, client, connection};

/// Who sends a request with these headers, which this peer brings.
pub fn client(headers: HeaderMap, peer: SocketAddr, trusted: &TrustedProxies) -> Client {
    let mut request = Request::new(Body::empty());
    *request.headers_mut() = headers;
    request.extensions_mut().insert(ConnectInfo(peer));
    client::client(&request, trusted)
}

/// The HTTP library as the listeners set it up.
pub fn http1() -> hyper::server::conn::http1::Builder {
    connection::http1()
}
