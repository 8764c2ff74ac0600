//! One fetch of a key set: within limits of time and size, and taken whole or not at all.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header::ACCEPT};
use reqwest::Client;
use tegata_token::{KeySet, jwk::NotAKeySet};
use thiserror::Error;
use tokio::time::timeout;
use url::Url;

use super::freshness::fresh_for;
use crate::outbound;

const MOST_BYTES: usize = 1024 * 1024;
/// From the first byte that is sent to the last that is read.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(5);

/// A set with at least one key that verifies.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) set: KeySet,
    pub(super) fresh_for: Duration,
}

/// Why there is none. The texts are for the log and the readiness: nothing that the other side sent is in them.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("it does not answer within 5 s")]
    Late,
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("its answer is larger than 1 MiB")]
    TooLarge,
    #[error("its answer is no key set: {0}")]
    NotAKeySet(#[from] NotAKeySet),
    #[error("its key set is empty; an issuer that signs with a shared secret publishes no keys")]
    Empty,
    #[error("none of the {0} keys in its set can be used here")]
    NoneUsable(usize),
    #[error("it answers with no metadata of an issuer")]
    NotMetadata,
    #[error("its metadata is that of another issuer: write the issuer exactly as it calls itself")]
    OtherIssuer,
    #[error("its metadata names no address of a key set that may be asked")]
    NoKeySetAddress,
}

impl From<reqwest::Error> for Failure {
    fn from(cause: reqwest::Error) -> Self {
        Self::Unreachable(outbound::cause(cause))
    }
}

/// The key set at `url`. An empty one is a failure: whoever issues tokens has a key, so that a server without any
/// has lost them and not withdrawn them.
pub(super) async fn key_set(http: &Client, url: Url) -> Result<Fetched, Failure> {
    let (headers, body) = get(http, url).await?;
    let set = KeySet::parse(&body)?;
    match (set.keys.len(), set.skipped.len()) {
        (0, 0) => Err(Failure::Empty),
        (0, skipped) => Err(Failure::NoneUsable(skipped)),
        _ => Ok(Fetched {
            set,
            fresh_for: fresh_for(&headers),
        }),
    }
}

/// Head and body of a 200.
pub(super) async fn get(http: &Client, url: Url) -> Result<(HeaderMap, Vec<u8>), Failure> {
    let whole = async {
        let request = http.get(url).header(ACCEPT, "application/json");
        let response = request.send().await?;
        if response.status() != StatusCode::OK {
            return Err(Failure::Status(response.status()));
        }
        let headers = response.headers().clone();
        let body = outbound::body(response, MOST_BYTES).await?;
        Ok((headers, body.ok_or(Failure::TooLarge)?))
    };
    timeout(TIME_LIMIT, whole)
        .await
        .map_err(|_| Failure::Late)?
}
