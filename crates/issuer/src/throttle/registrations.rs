//! How many accounts an address may register within an hour.

use time::{Duration, OffsetDateTime};

use super::{
    Throttle,
    counter::{Counter, Origin},
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
        let counter = Counter::registrations(origin);
        let tallies = store.attempts(&[counter], now).await?;
        let most = self.settings.registrations_per_address;
        let left = tallies.iter().map(|one| left_of_hour(*one, most, now));
        denied(left.max())
    }

    /// Counts a registration, whatever comes of it: those that only find out which names are taken count too.
    pub(crate) async fn register(
        &self,
        store: &dyn Store,
        origin: Origin,
        now: OffsetDateTime,
    ) -> Result<(), Denied> {
        let counter = Counter::registrations(origin);
        let tallies = store.count_attempt(&[counter], now).await?;
        // This one is among them.
        let most = self.settings.registrations_per_address.saturating_add(1);
        let left = tallies.iter().map(|one| left_of_hour(*one, most, now));
        denied(left.max())
    }
}

fn denied(left: Option<Duration>) -> Result<(), Denied> {
    match left {
        Some(left) if left > Duration::ZERO => Err(Denied::Wait(left)),
        _ => Ok(()),
    }
}
