//! How long whoever failed has to wait: counts and a clock in, a wait out.

use time::{Duration, OffsetDateTime};

use super::counter::{AHEAD, REMEMBERED, Tally};
use crate::config::Throttling;

/// From which failure on there are waits, and how long they grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The failure after which there is a first wait, of a second. Each one after it doubles the wait.
    pub failures: u32,
    /// No wait is longer.
    pub max_wait: Duration,
}

impl Policy {
    /// Of an address at an account.
    pub(crate) fn of_pair(settings: &Throttling) -> Self {
        Self {
            failures: settings.failures_per_account,
            max_wait: settings.max_wait,
        }
    }

    /// Of an address, at whatever accounts.
    pub(crate) fn of_address(settings: &Throttling) -> Self {
        Self {
            failures: settings.failures_per_address,
            max_wait: settings.max_wait,
        }
    }

    /// Of an account, from wherever.
    pub(crate) fn of_account(settings: &Throttling) -> Self {
        Self {
            failures: settings.failures_per_account,
            max_wait: settings.account_max_wait,
        }
    }

    /// How long the wait after that many failures is.
    pub fn after(&self, failures: u32) -> Duration {
        match failures.checked_sub(self.failures) {
            None => Duration::ZERO,
            Some(doublings) => {
                let seconds = 1_i64.checked_shl(doublings.min(62)).unwrap_or(i64::MAX);
                Duration::seconds(seconds).min(self.max_wait)
            }
        }
    }

    /// How much of it is left. Failures that lie further ahead than their wait is long were counted by a clock that
    /// has been set back since: nobody waits for those.
    pub fn left(&self, tally: Tally, now: OffsetDateTime) -> Duration {
        let wait = self.after(tally.count);
        let past = now - tally.at;
        if now >= tally.until || past < -wait {
            return Duration::ZERO;
        }
        (wait - past).clamp(Duration::ZERO, wait)
    }
}

/// How long it is until more than `most` within an hour may be counted again. An hour that is over too late was begun
/// by a clock that has been set back since: nobody waits for that.
pub(crate) fn left_of_hour(tally: Tally, most: u32, now: OffsetDateTime) -> Duration {
    let left = tally.until - now;
    if tally.count < most || left > REMEMBERED + AHEAD {
        return Duration::ZERO;
    }
    left.clamp(Duration::ZERO, REMEMBERED)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: OffsetDateTime = time::macros::datetime!(2026-07-01 12:00 UTC);

    fn tally(count: u32) -> Tally {
        Tally {
            count,
            at: START,
            until: START + REMEMBERED,
        }
    }

    #[test]
    fn the_waits_are_the_documented_ones() {
        let policy = Policy {
            failures: 5,
            max_wait: Duration::minutes(15),
        };
        let waits: Vec<i64> = (0..18)
            .map(|count| policy.after(count).whole_seconds())
            .collect();
        let documented = [
            0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900,
        ];
        assert_eq!(waits, documented);
        assert_eq!(policy.after(u32::MAX), Duration::minutes(15));
    }

    prop_compose! {
        fn policies()(failures in 1_u32..50, seconds in 1_i64..=3600) -> Policy {
            Policy { failures, max_wait: Duration::seconds(seconds) }
        }
    }

    proptest! {
        #[test]
        fn more_failures_never_wait_less(policy in policies(), count in 0..u32::MAX, ms in -7_200_000_i64..7_200_000) {
            let now = START + Duration::milliseconds(ms);
            prop_assert!(policy.after(count) <= policy.after(count + 1));
            if now >= START {
                prop_assert!(policy.left(tally(count), now) <= policy.left(tally(count + 1), now));
            }
        }

        #[test]
        fn no_wait_is_longer_than_the_longest_whatever_the_clock_does(
            policy in policies(), count: u32, ms in i64::from(i32::MIN)..i64::from(i32::MAX) * 50
        ) {
            let left = policy.left(tally(count), START + Duration::milliseconds(ms));
            prop_assert!(left >= Duration::ZERO);
            prop_assert!(left <= policy.max_wait);
        }

        #[test]
        fn every_wait_is_over_when_it_was_said_to_be(policy in policies(), count: u32, ms in 0_i64..4_000_000) {
            let now = START + Duration::milliseconds(ms);
            let left = policy.left(tally(count), now);
            prop_assert_eq!(policy.left(tally(count), now + left), Duration::ZERO);
        }

        #[test]
        fn time_only_ever_shortens_a_wait(policy in policies(), count: u32, ms in 0_i64..4_000_000, more in 0_i64..4_000_000) {
            let now = START + Duration::milliseconds(ms);
            let later = now + Duration::milliseconds(more);
            prop_assert!(policy.left(tally(count), later) <= policy.left(tally(count), now));
        }

        #[test]
        fn a_clock_that_was_set_back_by_more_than_the_wait_holds_nobody(policy in policies(), count: u32, ms in 1_i64..90_000_000) {
            let back = policy.after(count) + Duration::milliseconds(ms);
            prop_assert_eq!(policy.left(tally(count), START - back), Duration::ZERO);
        }

        #[test]
        fn fewer_failures_than_the_first_that_counts_cost_nothing(policy in policies(), ms in -4_000_000_i64..4_000_000) {
            let now = START + Duration::milliseconds(ms);
            prop_assert_eq!(policy.left(tally(policy.failures - 1), now), Duration::ZERO);
        }

        #[test]
        fn an_hour_is_never_longer_than_an_hour(count: u32, most in 1_u32..100, ms in i64::from(i32::MIN)..i64::from(i32::MAX)) {
            let left = left_of_hour(tally(count), most, START + Duration::milliseconds(ms));
            prop_assert!(left >= Duration::ZERO && left <= REMEMBERED);
            prop_assert!(count >= most || left == Duration::ZERO);
        }

        #[test]
        fn a_clock_that_was_set_back_ends_the_hour(count: u32, most in 1_u32..100, ms in 1_i64..90_000_000) {
            let now = START - AHEAD - Duration::milliseconds(ms);
            prop_assert_eq!(left_of_hour(tally(count), most, now), Duration::ZERO);
        }
    }
}
