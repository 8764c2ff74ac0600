//! A place in the feed, as its followers send it back.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use time::OffsetDateTime;

use super::End;
use crate::{login_session::Sid, store::EndMark};

const BYTES: usize = 8 + 8 + 16 + 8 + 8;

/// See [`Feed`](super::Feed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// All up to here has been heard, but for what came late.
    pub(crate) mark: EndMark,
    /// When that was so.
    pub(crate) looked: OffsetDateTime,
    /// Of what it had heard of the last minute before.
    pub(crate) digest: u64,
}

impl Cursor {
    /// Tells two sets of ends apart. Ids are random, so that nobody chooses what collides.
    pub(crate) fn digest(ends: &[End]) -> u64 {
        let halves = ends.iter().map(|end| {
            let [a, b, c, d, e, f, g, h, ..] = end.mark.sid.0;
            u64::from_be_bytes([a, b, c, d, e, f, g, h])
        });
        halves.fold(ends.len() as u64, |sum, half| sum.wrapping_add(half))
    }

    /// Whether it comes from the future. Its mark alone may: a clock was set back, and what was ended before is
    /// ahead of it.
    pub(crate) fn is_after(&self, at: OffsetDateTime) -> bool {
        self.looked > at
    }

    /// As text, for followers of the deployment of this fingerprint.
    pub(crate) fn write(&self, deployment: [u8; 8]) -> String {
        let (marked, looked) = (millis(self.mark.at), millis(self.looked));
        let digest = self.digest.to_be_bytes();
        let bytes = [&deployment[..], &marked, &self.mark.sid.0, &looked, &digest].concat();
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The cursor that was written for this deployment, none if for another.
    ///
    /// # Errors
    /// It is no cursor.
    pub(crate) fn read(text: &str, deployment: [u8; 8]) -> Result<Option<Self>, BadCursor> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let bytes: [u8; BYTES] = bytes.try_into().map_err(|_| BadCursor)?;
        let (theirs, rest) = bytes.split_first_chunk::<8>().ok_or(BadCursor)?;
        let (marked, rest) = rest.split_first_chunk::<8>().ok_or(BadCursor)?;
        let (sid, rest) = rest.split_first_chunk::<16>().ok_or(BadCursor)?;
        let (looked, digest) = rest.split_first_chunk::<8>().ok_or(BadCursor)?;
        let cursor = Self {
            mark: EndMark {
                at: moment(*marked)?,
                sid: Sid(*sid),
            },
            looked: moment(*looked)?,
            digest: u64::from_be_bytes(digest.try_into().map_err(|_| BadCursor)?),
        };
        Ok((*theirs == deployment).then_some(cursor))
    }
}

fn millis(at: OffsetDateTime) -> [u8; 8] {
    let millis = at.unix_timestamp_nanos() / 1_000_000;
    i64::try_from(millis).unwrap_or_default().to_be_bytes()
}

fn moment(millis: [u8; 8]) -> Result<OffsetDateTime, BadCursor> {
    let nanos = i128::from(i64::from_be_bytes(millis)) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|_| BadCursor)
}

/// The text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadCursor;
