//! A request as it leaves the connection: with what the layers above have to know of it.

use std::net::SocketAddr;

use axum::{body::Body, extract::ConnectInfo};
use http::{
    HeaderMap, HeaderValue, Request, StatusCode, Version,
    header::{COOKIE, HOST},
    request::Parts,
};
use hyper::body::{Body as _, Incoming};
use tokio::sync::watch;

use super::{
    House, Stage,
    arrival::{Arriving, Trouble},
};
use crate::framing::{FIELDS_LIMIT, HEAD_LIMIT, REFUSED, REQUEST_LINE_LIMIT};

/// What the connection says of a request; in its extensions.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    /// It could not be read, and stands for one that was: this is the answer.
    pub(crate) refused: Option<StatusCode>,
    pub(crate) trouble: Trouble,
    pub(crate) https: bool,
    pub(crate) is_http1: bool,
    stage: watch::Receiver<Stage>,
}

impl Wire {
    /// Whether the service is about to end.
    pub(crate) fn is_leaving(&self) -> bool {
        *self.stage.borrow() > Stage::Serving
    }
}

pub(super) fn of_http1(
    request: Request<Incoming>,
    house: &House,
    peer: SocketAddr,
) -> Request<Body> {
    let refused = (request.method().as_str() == REFUSED).then(|| {
        let status = request.uri().path().trim_start_matches('/').parse();
        status.unwrap_or(StatusCode::BAD_REQUEST)
    });
    let (parts, body) = request.into_parts();
    finish(parts, body, refused, (house, peer))
}

/// HTTP/2 says some things in another place, or in pieces; handlers find them where HTTP/1 has them.
pub(super) fn of_http2(
    request: Request<Incoming>,
    house: &House,
    peer: SocketAddr,
) -> Request<Body> {
    let (mut parts, body) = request.into_parts();
    let misnamed = named_once(&mut parts);
    join_cookies(&mut parts.headers);
    let refused = too_large(&parts).or(misnamed);
    finish(parts, body, refused, (house, peer))
}

fn finish(
    mut parts: Parts,
    body: Incoming,
    refused: Option<StatusCode>,
    (house, peer): (&House, SocketAddr),
) -> Request<Body> {
    let trouble = Trouble::default();
    let body = match body.is_end_stream() {
        true => Body::empty(),
        false => Body::new(Arriving::new(body, trouble.clone())),
    };
    parts.extensions.insert(ConnectInfo(peer));
    parts.extensions.insert(Wire {
        refused,
        trouble,
        https: house.https,
        is_http1: parts.version < Version::HTTP_2,
        stage: house.stage.clone(),
    });
    Request::from_parts(parts, body)
}

/// `:authority` and `Host` are one thing (RFC 9113 §8.3.1), and there has to be one.
fn named_once(parts: &mut Parts) -> Option<StatusCode> {
    let refused = Some(StatusCode::BAD_REQUEST);
    let hosts: Vec<&HeaderValue> = parts.headers.get_all(HOST).iter().collect();
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    match (authority, &hosts[..]) {
        (None, [_]) => None,
        (Some(named), [host]) if host.as_bytes().eq_ignore_ascii_case(named.as_bytes()) => None,
        (Some(named), []) => {
            let named = HeaderValue::from_str(named);
            match named {
                Ok(named) => {
                    parts.headers.insert(HOST, named);
                    None
                }
                Err(_) => refused,
            }
        }
        _ => refused,
    }
}

/// As large as it would be over HTTP/1, and held to the same limits.
fn too_large(parts: &Parts) -> Option<StatusCode> {
    let target = parts.uri.path_and_query().map_or(1, |it| it.as_str().len());
    let line = parts.method.as_str().len() + " ".len() + target + " HTTP/1.1\r".len();
    let fields = parts.headers.iter();
    let fields = fields.map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    let head = line + "\n\r".len() + fields.sum::<usize>();
    if line > REQUEST_LINE_LIMIT {
        Some(StatusCode::URI_TOO_LONG)
    } else if head > HEAD_LIMIT || parts.headers.len() > FIELDS_LIMIT {
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    } else {
        None
    }
}

/// Browsers may send each cookie in a field of its own (RFC 9113 §8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let pieces: Vec<&[u8]> = headers
        .get_all(COOKIE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if pieces.len() > 1
        && let Ok(whole) = HeaderValue::from_bytes(&pieces.join(&b"; "[..]))
    {
        headers.insert(COOKIE, whole);
    }
}
