//! How many accounts an address may register within an hour.

use time::{Duration, OffsetDateTime};

use super::{
    Throttle,
    counter::{Counter, Origin, Tally},
    gate::Denied,
    policy::left_of_hour,
};
use crate::store::Store;

impl Throttle {
    /// Goes on while this address may register one more.
    pub(crate) async fn may_register(
        &self,
        store: &dyn Store,
        origin: Origin,
        now: OffsetDateTime,
    ) -> Result<(), Denied> {
        let tallies = store
            .attempts(&[Counter::registrations(origin)], now)
            .await?;
        admit(&tallies, self.settings.registrations_per_address, now)
    }

    /// Counts a registration, whatever comes of it: those that only find out which names are taken count too.
    pub(crate) async fn register(
        &self,
        store: &dyn Store,
        origin: Origin,
        now: OffsetDateTime,
    ) -> Result<(), Denied> {
        let tallies = store
            .count_attempt(&[Counter::registrations(origin)], now)
            .await?;
        // This one is among them.
        let most = self.settings.registrations_per_address.saturating_add(1);
        admit(&tallies, most, now)
    }
}

/// Denied when there are so many within the hour.
fn admit(tallies: &[Tally], most: u32, now: OffsetDateTime) -> Result<(), Denied> {
    let left = tallies.iter().map(|one| left_of_hour(*one, most, now));
    match left.max() {
        Some(left) if left > Duration::ZERO => Err(Denied::Wait(left)),
        _ => Ok(()),
    }
}
