//! How many passwords of one account, or from one address, are checked at once: the others wait, so that a burst of
//! guesses does not overtake their count, and a burst of right passwords is all let in.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The accounts, or the addresses, whose passwords are being checked now.
#[derive(Debug)]
pub(super) struct InFlight<K: Clone + Eq + Hash>(Arc<Places<K>>);

#[derive(Debug)]
struct Places<K> {
    most: u32,
    of: Mutex<HashMap<K, Arc<Semaphore>>>,
}

/// One place of an account, or all of them; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place<K: Clone + Eq + Hash> {
    // In this order they are dropped.
    permit: OwnedSemaphorePermit,
    waiting: Waiting<K>,
}

/// Somebody who has a place or waits for one: while there are such, the account has its semaphore.
#[derive(Debug)]
struct Waiting<K: Clone + Eq + Hash> {
    all: Arc<Places<K>>,
    key: K,
    places: Option<Arc<Semaphore>>,
}

impl<K: Clone + Eq + Hash> InFlight<K> {
    /// So many of each at once.
    pub(super) fn new(most: u32) -> Self {
        Self(Arc::new(Places {
            most,
            of: Mutex::default(),
        }))
    }

    /// A place, if there is one now.
    pub(super) fn try_enter(&self, key: &K) -> Option<Place<K>> {
        let waiting = self.wait(key);
        let permit = waiting.places.clone()?.try_acquire_owned().ok()?;
        Some(Place { permit, waiting })
    }

    /// A place, first come first served.
    pub(super) async fn enter(&self, key: &K) -> Option<Place<K>> {
        self.take(key, 1).await
    }

    /// All places, in the same order.
    pub(super) async fn enter_alone(&self, key: &K) -> Option<Place<K>> {
        self.take(key, self.0.most).await
    }

    async fn take(&self, key: &K, many: u32) -> Option<Place<K>> {
        let waiting = self.wait(key);
        let places = waiting.places.clone()?;
        let permit = places.acquire_many_owned(many).await.ok()?;
        Some(Place { permit, waiting })
    }

    fn wait(&self, key: &K) -> Waiting<K> {
        let new = || Arc::new(Semaphore::new(self.0.most as usize));
        let mut of = self.0.lock();
        let places = of.entry(key.clone()).or_insert_with(new);
        Waiting {
            all: Arc::clone(&self.0),
            key: key.clone(),
            places: Some(Arc::clone(places)),
        }
    }
}

impl<K: Clone + Eq + Hash> Place<K> {
    /// Nobody else has one.
    pub(super) fn is_alone(&self) -> bool {
        self.permit.num_permits() == self.waiting.all.most as usize
    }

    /// Keeps one place and lets others in.
    pub(super) fn share(&mut self) {
        let others = self.permit.num_permits().saturating_sub(1);
        drop(self.permit.split(others));
    }
}

impl<K> Places<K> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<Semaphore>>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Clone + Eq + Hash> Drop for Waiting<K> {
    fn drop(&mut self) {
        let mut of = self.all.lock();
        self.places.take();
        // Nobody else has a place or waits for one.
        if of
            .get(&self.key)
            .is_some_and(|places| Arc::strong_count(places) == 1)
        {
            of.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::counter::Account, *};

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
        assert!(in_flight.0.lock().is_empty(), "nothing is left of it");
    }

    #[tokio::test]
    async fn whoever_is_alone_keeps_others_out_until_they_share() {
        let in_flight = InFlight::new(3);
        let hanako = account("hanako");
        let first = in_flight.try_enter(&hanako).unwrap();
        assert!(!first.is_alone());
        let alone = tokio::spawn({
            let in_flight = InFlight(Arc::clone(&in_flight.0));
            let hanako = hanako.clone();
            async move { in_flight.enter_alone(&hanako).await.unwrap() }
        });
        tokio::task::yield_now().await;
        assert!(
            in_flight.try_enter(&hanako).is_none(),
            "it waits before them"
        );
        drop(first);
        let mut alone = alone.await.unwrap();
        assert!(alone.is_alone());
        assert!(in_flight.try_enter(&hanako).is_none());
        alone.share();
        assert!(!alone.is_alone());
        let others = [(); 2].map(|()| in_flight.try_enter(&hanako).unwrap());
        assert!(in_flight.try_enter(&hanako).is_none());
        drop((alone, others));
        assert!(in_flight.0.lock().is_empty(), "nothing is left of it");
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
        assert!(in_flight.0.lock().is_empty());
    }
}
