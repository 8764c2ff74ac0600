//! Throttling: whoever fails waits, longer each time, and never for good. Counted in the store, so that neither a
//! restart nor another replica forgets; what a store would cost more than it protects is counted in memory.

mod counter;
mod gate;
mod in_flight;
mod policy;
mod rate;
mod registrations;
mod requests;
mod waits;

pub use counter::{Account, Counter, Origin, Tally, Whose};
pub use policy::Policy;
pub use waits::Wait;

pub(crate) use counter::{AHEAD, Lasts, REMEMBERED};
pub(crate) use gate::{Attempt, Began, Denied};
pub(crate) use waits::waits;

use crate::config::{Hashing, Throttling};
use in_flight::InFlight;
use requests::Requests;

/// Passwords of one account that are checked at once by this process, at least; and of one address that has failed
/// too often, at most: a whole office may come in there.
const IN_FLIGHT: u32 = 4;
/// And for each hashing thread: enough to keep it busy, also one that checks some in step.
const IN_FLIGHT_A_THREAD: u32 = 3;

/// More than any machine has of both.
const MOST_IN_FLIGHT: u32 = 100_000;

/// The waits of one process, and what it counts by itself.
#[derive(Debug)]
pub(crate) struct Throttle {
    settings: Throttling,
    accounts: InFlight<Account>,
    origins: InFlight<Origin>,
    /// How long a password waits at most for others of the same account, or address.
    patience: std::time::Duration,
    requests: Requests,
}

impl Throttle {
    /// Before this hashing.
    pub(crate) fn new(settings: Throttling, hashing: &Hashing) -> Self {
        let threads = u32::try_from(hashing.threads.get()).unwrap_or(u32::MAX);
        let most = threads.saturating_mul(IN_FLIGHT_A_THREAD);
        let most = most.clamp(IN_FLIGHT, MOST_IN_FLIGHT);
        Self {
            accounts: InFlight::new(most),
            origins: InFlight::new(IN_FLIGHT),
            patience: hashing.deadline,
            requests: Requests::new(&settings),
            settings,
        }
    }
}
