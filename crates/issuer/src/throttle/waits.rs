//! Who has to wait at an account, for whoever administers it.

use time::{Duration, OffsetDateTime};

use super::{
    counter::{Tally, Whose},
    policy::Policy,
};
use crate::config::Throttling;

/// Somebody who has to wait at an account, whatever password they give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Who.
    pub whose: Whose,
    /// For how long from now.
    pub left: Duration,
}

/// The longest first.
pub(crate) fn waits(
    counted: Vec<(Whose, Tally)>,
    settings: &Throttling,
    now: OffsetDateTime,
) -> Vec<Wait> {
    let wait = |(whose, tally)| {
        let policy = match whose {
            Whose::From(_) => Policy::of_pair(settings),
            Whose::Anybody | Whose::SignedIn => Policy::of_account(settings),
        };
        let left = policy.left(tally, now);
        Wait { whose, left }
    };
    let mut waits: Vec<Wait> = counted.into_iter().map(wait).collect();
    waits.retain(|wait| wait.left > Duration::ZERO);
    waits.sort_by_key(|wait| std::cmp::Reverse(wait.left));
    waits
}
