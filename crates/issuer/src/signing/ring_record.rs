//! How the store keeps a ring: one record, sealed as a whole.

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tegata_token::Algorithm;
use time::{Duration, OffsetDateTime};

use super::ring::{Ring, RingKey};

impl Ring {
    /// To be sealed and kept.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let keys = self.keys.iter().map(Kept::of).collect();
        serde_json::to_vec(&KeptRing { keys })
    }

    /// As it was kept; none when it is no ring.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let kept: KeptRing = serde_json::from_slice(bytes).ok()?;
        let keys: Option<Vec<RingKey>> = kept.keys.into_iter().map(Kept::key).collect();
        Some(Self { keys: keys? }.sorted())
    }
}

#[derive(Serialize, Deserialize)]
struct KeptRing {
    keys: Vec<Kept>,
}

/// Moments in milliseconds since 1970, durations in seconds.
#[derive(Serialize, Deserialize)]
struct Kept {
    kid: String,
    alg: String,
    announced_at: i64,
    signs_from: i64,
    longest_token: i64,
    told: bool,
    pkcs8: String,
}

impl Kept {
    fn of(key: &RingKey) -> Self {
        Self {
            kid: key.kid.clone(),
            alg: key.algorithm.name().to_owned(),
            announced_at: millis(key.announced_at),
            signs_from: millis(key.signs_from),
            longest_token: key.longest_token.whole_seconds(),
            told: key.told,
            pkcs8: BASE64_STANDARD.encode(key.pkcs8.expose_secret()),
        }
    }

    fn key(self) -> Option<RingKey> {
        Some(RingKey {
            kid: self.kid,
            algorithm: Algorithm::parse(&self.alg)?,
            announced_at: moment(self.announced_at)?,
            signs_from: moment(self.signs_from)?,
            longest_token: Duration::seconds(self.longest_token),
            told: self.told,
            pkcs8: BASE64_STANDARD.decode(self.pkcs8).ok()?.into(),
        })
    }
}

fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn moment(millis: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
}
