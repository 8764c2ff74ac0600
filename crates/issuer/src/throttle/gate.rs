//! The gate before every check of a password: who has to wait is told so before anything is hashed, and who fails
//! is counted before anything is answered.

use time::{Duration, OffsetDateTime};
use tokio::time::timeout;

use super::{
    Throttle,
    counter::{Account, Counter, Origin, Tally},
    in_flight::Place,
    policy::Policy,
};
use crate::store::{Store, Unavailable};

/// Somebody who says that a password is theirs.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    account: Account,
    origin: Origin,
    is_caller: bool,
}

/// Why a password is not checked.
#[derive(Debug)]
pub(crate) enum Denied {
    /// After too many failures, for so long.
    Wait(Duration),
    /// Too many of the same account are waiting.
    Busy,
    Unavailable(Unavailable),
}

impl From<Unavailable> for Denied {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause)
    }
}

/// A password that may be checked. What comes of it has to be told: [`Admitted::failed`] or
/// [`Admitted::succeeded`].
#[derive(Debug)]
pub(crate) struct Admitted {
    attempt: Attempt,
    /// Whether there is anything to forget.
    has_failed_before: bool,
    _place: Place<Account>,
    _from: Option<Place<Origin>>,
}

/// What was counted of an attempt that need not wait.
#[derive(Clone, Copy, Debug)]
struct Seen {
    has_failed_before: bool,
    /// The account has failed so often that the next failure begins a wait.
    account_is_over: bool,
    origin_is_over: bool,
}

/// A wait that has just begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Began {
    /// Of this address at this account.
    Pair,
    /// Of this address, at every account.
    Address,
    /// Of this account, at every address.
    Account,
}

impl Began {
    /// Every one.
    pub(crate) const ALL: [Self; 3] = [Self::Pair, Self::Address, Self::Account];

    /// The stable code, for events.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Pair => "account_from_address",
            Self::Address => "address",
            Self::Account => "account",
        }
    }
}

impl Attempt {
    /// To log in.
    pub(crate) fn login(account: Account, origin: Origin) -> Self {
        Self {
            account,
            origin,
            is_caller: false,
        }
    }

    /// To do, being signed in, what asks for the password once more.
    pub(crate) fn of_caller(account: Account, origin: Origin) -> Self {
        Self {
            account,
            origin,
            is_caller: true,
        }
    }

    /// What is counted: the pair, the address and the account.
    fn counters(&self) -> [Counter; 3] {
        let alone = match self.is_caller {
            true => Counter::caller(&self.account),
            false => Counter::account(&self.account),
        };
        [
            Counter::pair(&self.account, self.origin),
            Counter::address(self.origin),
            alone,
        ]
    }
}

impl Throttle {
    /// Goes on when this attempt need not wait, and in its turn: of one account some are checked at once, and once
    /// there were too many failures one, so that no other is let in by the same end of a wait; of an address with too
    /// many some.
    pub(crate) async fn admit(
        &self,
        store: &dyn Store,
        attempt: Attempt,
        now: impl Fn() -> OffsetDateTime,
    ) -> Result<Admitted, Denied> {
        let mut place = match self.accounts.try_enter(&attempt.account) {
            Some(place) => place,
            None => {
                // Whoever has to wait for minutes does not wait for a place as well.
                self.look(store, &attempt, now()).await?;
                self.in_turn(self.accounts.enter(&attempt.account)).await?
            }
        };
        let mut from = None;
        loop {
            // Anew after every wait for a place: others have failed meanwhile, or come in.
            let seen = self.look(store, &attempt, now()).await?;
            if seen.account_is_over && !place.is_alone() {
                // With nothing in hand, or two could wait for each other.
                drop((place, from.take()));
                let alone = self.accounts.enter_alone(&attempt.account);
                place = self.in_turn(alone).await?;
            } else if seen.origin_is_over && from.is_none() {
                from = Some(self.in_turn(self.origins.enter(&attempt.origin)).await?);
            } else {
                if !seen.account_is_over {
                    place.share();
                }
                return Ok(Admitted {
                    attempt,
                    has_failed_before: seen.has_failed_before,
                    _place: place,
                    _from: from,
                });
            }
        }
    }

    async fn in_turn<P>(&self, place: impl Future<Output = Option<P>>) -> Result<P, Denied> {
        let place = timeout(self.patience, place).await;
        place.ok().flatten().ok_or(Denied::Busy)
    }

    /// Whether it has to wait, and what there is to know if not.
    async fn look(
        &self,
        store: &dyn Store,
        attempt: &Attempt,
        now: OffsetDateTime,
    ) -> Result<Seen, Denied> {
        let tallies = store.attempts(&attempt.counters(), now).await?;
        let waits = tallies.iter().zip(self.policies());
        let left = waits.map(|(tally, (_, policy))| policy.left(*tally, now));
        if let Some(left) = left.max()
            && left > Duration::ZERO
        {
            return Err(Denied::Wait(left));
        }
        let mut seen = Seen {
            has_failed_before: false,
            account_is_over: false,
            origin_is_over: false,
        };
        for (tally, (what, policy)) in tallies.iter().zip(self.policies()) {
            let is_over = tally.count >= policy.failures;
            if what == Began::Address {
                seen.origin_is_over = is_over;
            } else {
                seen.account_is_over |= is_over;
                seen.has_failed_before |= tally.count > 0;
            }
        }
        Ok(seen)
    }

    /// In the order of [`Attempt::counters`].
    fn policies(&self) -> [(Began, Policy); 3] {
        let settings = &self.settings;
        [
            (Began::Pair, Policy::of_pair(settings)),
            (Began::Address, Policy::of_address(settings)),
            (Began::Account, Policy::of_account(settings)),
        ]
    }
}

impl Admitted {
    /// The password was wrong. Says which waits begin with this failure; those that only grow are not told again.
    ///
    /// # Errors
    /// The store does not answer; then nobody may be told that the password was wrong.
    pub(crate) async fn failed(
        self,
        throttle: &Throttle,
        store: &dyn Store,
        now: OffsetDateTime,
    ) -> Result<Vec<Began>, Unavailable> {
        let tallies = store.count_attempt(&self.attempt.counters(), now).await?;
        let began = |(tally, (what, policy)): (Tally, (Began, Policy))| {
            (tally.count == policy.failures).then_some(what)
        };
        let waits = tallies.into_iter().zip(throttle.policies());
        Ok(waits.filter_map(began).collect())
    }

    /// The password was right: forgets the failures of the pair and of the account, and not those of the address,
    /// for an attacker may have an account of their own.
    ///
    /// # Errors
    /// The store does not answer.
    pub(crate) async fn succeeded(self, store: &dyn Store) -> Result<(), Unavailable> {
        if !self.has_failed_before {
            return Ok(());
        }
        let [pair, _, account] = self.attempt.counters();
        store.forget_attempts(&[pair, account]).await
    }
}
