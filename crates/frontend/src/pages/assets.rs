//! `/assets/*`: style sheet, script and marks, compiled in. Browsers ask each time whether theirs is still
//! the one, so that an update shows at once.

use aws_lc_rs::digest;
use axum::{
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

pub(crate) async fn show(
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let name = name.map_or_else(|_| String::new(), |Path(name)| name);
    let (kind, content): (_, &'static str) = match name.as_str() {
        "tegata.css" => (CSS, include_str!("../../assets/tegata.css")),
        "countdown.js" => (JS, include_str!("../../assets/countdown.js")),
        "account.js" => (JS, include_str!("../../assets/account.js")),
        "mark.svg" => (SVG, include_str!("../../assets/mark.svg")),
        "favicon.svg" => (SVG, include_str!("../../assets/favicon.svg")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let hash = digest::digest(&digest::SHA256, content.as_bytes());
    let tag = format!(
        "\"{}\"",
        BASE64_URL_SAFE_NO_PAD.encode(&hash.as_ref()[..12])
    );
    // Theirs may be one of a list, or marked weak by a proxy that compresses (RFC 9110 §13.1.2).
    let known = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .any(|theirs| theirs.to_str().is_ok_and(|theirs| theirs.contains(&tag)));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, kind)], content).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    response
}
