//! How many passwords of one account are checked at once: the others wait, so that a burst of guesses does not
//! overtake their count, and a burst of right passwords is all let in.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::counter::Account;

/// The accounts whose passwords are being checked now.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Accounts>);

#[derive(Debug)]
struct Accounts {
    most: usize,
    places: Mutex<HashMap<Account, Arc<Semaphore>>>,
}

/// One place of an account; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    // In this order they are dropped.
    _permit: OwnedSemaphorePermit,
    _waiting: Waiting,
}

/// Somebody who has a place or waits for one: while there are such, the account has its semaphore.
#[derive(Debug)]
struct Waiting {
    accounts: Arc<Accounts>,
    account: Account,
    places: Option<Arc<Semaphore>>,
}

impl InFlight {
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Accounts {
            most,
            places: Mutex::default(),
        }))
    }

    /// A place, if there is one now.
    pub(super) fn try_enter(&self, account: &Account) -> Option<Place> {
        let waiting = self.wait(account);
        let permit = waiting.places.clone()?.try_acquire_owned().ok();
        permit.map(|_permit| Place {
            _permit,
            _waiting: waiting,
        })
    }

    /// A place, first come first served.
    pub(super) async fn enter(&self, account: &Account) -> Option<Place> {
        let waiting = self.wait(account);
        let permit = waiting.places.clone()?.acquire_owned().await.ok();
        permit.map(|_permit| Place {
            _permit,
            _waiting: waiting,
        })
    }

    fn wait(&self, account: &Account) -> Waiting {
        let new = || Arc::new(Semaphore::new(self.0.most));
        let mut places = self.0.places();
        let places = places.entry(account.clone()).or_insert_with(new);
        Waiting {
            accounts: Arc::clone(&self.0),
            account: account.clone(),
            places: Some(Arc::clone(places)),
        }
    }
}

impl Accounts {
    fn places(&self) -> MutexGuard<'_, HashMap<Account, Arc<Semaphore>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut places = self.accounts.places();
        self.places.take();
        // Nobody else has a place or waits for one.
        if places
            .get(&self.account)
            .is_some_and(|places| Arc::strong_count(places) == 1)
        {
            places.remove(&self.account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str) -> Account {
        Account::of_nobody(name)
    }

    #[tokio::test]
    async fn an_account_has_so_many_places_and_no_more_and_another_has_its_own() {
        let in_flight = InFlight::new(2);
        let hanako = account("hanako");
        let first = in_flight.try_enter(&hanako).unwrap();
        let second = in_flight.try_enter(&hanako).unwrap();
        assert!(in_flight.try_enter(&hanako).is_none());
        assert!(in_flight.try_enter(&account("taro")).is_some());

        let waits = tokio::spawn({
            let in_flight = InFlight(Arc::clone(&in_flight.0));
            let hanako = hanako.clone();
            async move { in_flight.enter(&hanako).await.is_some() }
        });
        tokio::task::yield_now().await;
        assert!(!waits.is_finished());
        drop(first);
        assert!(waits.await.unwrap());
        drop(second);
        assert!(in_flight.0.places().is_empty(), "nothing is left of it");
    }

    #[tokio::test]
    async fn whoever_stops_waiting_leaves_nothing_behind() {
        let in_flight = InFlight::new(1);
        let hanako = account("hanako");
        let first = in_flight.try_enter(&hanako).unwrap();
        let waits = tokio::time::timeout(
            std::time::Duration::from_millis(1),
            in_flight.enter(&hanako),
        );
        assert!(waits.await.is_err());
        drop(first);
        assert!(in_flight.0.places().is_empty());
    }
}
