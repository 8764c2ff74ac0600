//! One answer of the feed: fetched within limits of time and size, and taken whole or not at all.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::StatusCode;
use reqwest::Client;
use serde::{Deserialize, Deserializer, de::Error as _};
use thiserror::Error;
use tokio::time::timeout;
use url::Url;

use super::ended::SessionHash;
use crate::outbound;

/// 10,000 entries, the most that the issuer puts into one answer, are 0.8 MiB.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// For the body, once its head is here.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// An answer may come this much later than the wait that was asked for.
const HEAD_TIMEOUT: Duration = Duration::from_secs(3);
/// A cursor goes into the next request's address.
const MOST_CURSOR_BYTES: usize = 1024;

/// A page of the feed.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) ended: Vec<Ended>,
    #[serde(deserialize_with = "cursor")]
    pub(super) next: String,
    pub(super) more: bool,
}

/// A login session that has ended.
#[derive(Debug, Deserialize)]
pub(super) struct Ended {
    #[serde(rename = "sid_sha256", deserialize_with = "session")]
    pub(super) session: SessionHash,
    /// When its last token ends, in seconds since 1970.
    #[serde(deserialize_with = "seconds")]
    pub(super) until: u32,
}

/// Why there is no answer. The texts are for the log: nothing that the other side sent is in them.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("the issuer does not know the cursor")]
    CursorRefused,
    #[error("the issuer cannot be reached: {0}")]
    Unreachable(String),
    #[error("the issuer does not answer in time")]
    Late,
    #[error("the issuer answered {0}")]
    Status(StatusCode),
    #[error("the answer is larger than 2 MiB")]
    TooLarge,
    #[error("the answer is not one of a revocation feed")]
    NotTheFeed,
    #[error("there are more ended sessions than can be held")]
    Full,
}

impl From<reqwest::Error> for Failure {
    fn from(cause: reqwest::Error) -> Self {
        Self::Unreachable(outbound::cause(cause))
    }
}

/// What has ended since `cursor`, waiting for news as long as `wait`; without a cursor all that has ended.
pub(super) async fn ask(
    http: &Client,
    feed: &Url,
    cursor: Option<&str>,
    wait: Duration,
) -> Result<Answer, Failure> {
    let mut url = feed.clone();
    if let Some(cursor) = cursor {
        url.query_pairs_mut()
            .append_pair("since", cursor)
            .append_pair("wait", &wait.as_secs().to_string());
    }
    let head = timeout(wait + HEAD_TIMEOUT, http.get(url).send()).await;
    let response = head.map_err(|_| Failure::Late)??;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::BAD_REQUEST if cursor.is_some() => return Err(Failure::CursorRefused),
        status => return Err(Failure::Status(status)),
    }
    let body = timeout(BODY_TIMEOUT, outbound::body(response, MOST_BYTES)).await;
    let body = body.map_err(|_| Failure::Late)??.ok_or(Failure::TooLarge)?;
    serde_json::from_slice(&body).map_err(|_| Failure::NotTheFeed)
}

fn cursor<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() || text.len() > MOST_CURSOR_BYTES {
        return Err(D::Error::custom("a cursor of another length"));
    }
    Ok(text)
}

fn session<'de, D: Deserializer<'de>>(from: D) -> Result<SessionHash, D::Error> {
    let text = String::deserialize(from)?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let hash = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let hash = hash.ok_or_else(|| D::Error::custom("no SHA-256 in base64url"))?;
    Ok(SessionHash::from_sha256(&hash))
}

/// Any number. `as` saturates: one before 1970 is over, one past 2106 stays until then.
fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    Ok(f64::deserialize(from)? as u32)
}
