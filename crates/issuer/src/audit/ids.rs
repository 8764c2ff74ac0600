//! The ids of events: they sort as the events happened.

use tegata_token::Random;
use time::OffsetDateTime;
use uuid::Uuid;

/// Ids of one process are in its own order, also within a millisecond (RFC 9562 §6.2, method 1).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LastId {
    millis: u64,
    step: u16,
}

impl LastId {
    /// What there is room for in a UUIDv7 between the moment and what is random.
    const MOST: u16 = 0x0fff;

    pub(super) fn next(&mut self, at: OffsetDateTime, random: &dyn Random) -> Uuid {
        let millis = u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
        self.step = match millis == self.millis {
            true => (self.step + 1).min(Self::MOST),
            false => 0,
        };
        self.millis = millis;
        let mut rest = [0; 10];
        random.fill(&mut rest);
        rest[..2].copy_from_slice(&self.step.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
    }
}
