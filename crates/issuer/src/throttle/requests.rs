//! Requests that check no password, and are counted in this process alone.

use std::hash::Hash;

use time::OffsetDateTime;

use super::{Throttle, counter::Origin, gate::Denied, rate::Rate};
use crate::{config::Throttling, login_session::Sid};

/// Refresh tokens that are none, a minute and an address. A genuine one is never refused for those.
const FORGED: u32 = 600;
/// Times a minute that an address may fail to be one client.
const FAILURES_OF_CLIENT: u32 = 20;
/// Times a minute that an address may fail to be any client: a house of services behind one address, of which one
/// has an old secret, does not notice.
const FAILURES_OF_CLIENTS: u32 = 600;

/// New passwords, a minute and an address, that are judged for whoever registers; or as many as may register within
/// an hour, where those are more.
const JUDGED: u32 = 60;

/// What is counted.
#[derive(Debug)]
pub(super) struct Requests {
    refreshes: Rate,
    forged: Rate,
    client: Rate,
    clients: Rate,
    introspections: Rate,
    judged: Rate,
}

impl Requests {
    pub(super) fn new(settings: &Throttling) -> Self {
        Self {
            refreshes: Rate::a_minute(settings.refreshes_per_session),
            forged: Rate::a_minute(FORGED),
            client: Rate::a_minute(FAILURES_OF_CLIENT),
            clients: Rate::a_minute(FAILURES_OF_CLIENTS),
            introspections: Rate::a_minute(settings.introspections_per_client),
            judged: Rate::a_minute(settings.registrations_per_address.max(JUDGED)),
        }
    }
}

impl Throttle {
    /// Counts a refresh with a genuine token of this session.
    pub(crate) fn refresh(&self, sid: Sid, now: OffsetDateTime) -> Result<(), Denied> {
        let taken = self.requests.refreshes.take(sid.0, now);
        taken.map_err(Denied::Wait)
    }

    /// Counts a refresh token that is none.
    pub(crate) fn forged(&self, origin: Origin, now: OffsetDateTime) -> Result<(), Denied> {
        self.requests.forged.take(origin, now).map_err(Denied::Wait)
    }

    /// Counts a new password that is judged for somebody who registers.
    pub(crate) fn judge(&self, origin: Origin, now: OffsetDateTime) -> Result<(), Denied> {
        self.requests.judged.take(origin, now).map_err(Denied::Wait)
    }

    /// Counts a client that did not prove who it is. Those that do are not held back for the failures of others: a
    /// secret cannot be guessed, and what is bounded here is the log.
    pub(crate) fn is_no_client(
        &self,
        id: &str,
        origin: Origin,
        now: OffsetDateTime,
    ) -> Result<(), Denied> {
        let left = self.requests.client.left((id, origin), now);
        let left = left.max(self.requests.clients.left(origin, now));
        if left.is_positive() {
            return Err(Denied::Wait(left));
        }
        // Of many at once some find nothing left to take: they have been looked at already.
        let _ = self.requests.client.take((id, origin), now);
        let _ = self.requests.clients.take(origin, now);
        Ok(())
    }

    /// Counts an introspection by whoever this is.
    pub(crate) fn introspect(&self, who: impl Hash, now: OffsetDateTime) -> Result<(), Denied> {
        let taken = self.requests.introspections.take(who, now);
        taken.map_err(Denied::Wait)
    }
}
