//! Attempts are counted, by all issuers together, and forgotten in time.

use std::sync::Arc;

use tegata_issuer::{
    store::Store,
    throttle::{Account, Counter, Origin, Tally, Whose},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{FAR, Handles, at_once};

fn hanako() -> Account {
    Account::of_user(Uuid::from_u128(7))
}

fn origin(text: &str) -> Origin {
    Origin::of(Some(text.parse().unwrap()))
}

fn three(address: &str) -> [Counter; 3] {
    let origin = origin(address);
    [
        Counter::pair(&hanako(), origin),
        Counter::address(origin),
        Counter::account(&hanako()),
    ]
}

async fn counts(store: &Arc<dyn Store>, of: &[Counter], now: OffsetDateTime) -> Vec<u32> {
    let tallies = store.attempts(of, now).await.unwrap();
    tallies.iter().map(|tally| tally.count).collect()
}

pub(in super::super) async fn what_was_never_counted_is_nothing(handles: &Handles) {
    let store = handles.open().await;
    let tallies = store.attempts(&three("203.0.113.9"), FAR).await.unwrap();
    assert_eq!(tallies, [Tally::NONE; 3]);
    assert_eq!(store.attempts(&[], FAR).await.unwrap(), []);
    assert_eq!(store.count_attempt(&[], FAR).await.unwrap(), []);
    store.forget_attempts(&[]).await.unwrap();
    store.forget_attempts(&three("203.0.113.9")).await.unwrap();
    assert_eq!(store.forget_attempts_at(&hanako()).await.unwrap(), 0);
}

pub(in super::super) async fn each_is_counted_by_itself_and_every_replica_knows(handles: &Handles) {
    let (one, other) = (handles.open().await, handles.open().await);
    let (here, there) = (three("203.0.113.9"), three("2001:db8::1"));
    let counted = one.count_attempt(&here, FAR).await.unwrap();
    let once = Tally {
        count: 1,
        at: FAR,
        until: FAR + Duration::hours(1),
    };
    assert_eq!(counted, [once; 3]);
    assert_eq!(other.attempts(&here, FAR).await.unwrap(), [once; 3]);
    let later = FAR + Duration::minutes(59);
    let counted = other.count_attempt(&there, later).await.unwrap();
    let of: Vec<u32> = counted.iter().map(|tally| tally.count).collect();
    assert_eq!(of, [1, 1, 2], "the account is the same");
    assert_eq!(counted[2].at, later);
    assert_eq!(counted[2].until, later + Duration::hours(1));
    assert_eq!(counts(&one, &here, later).await, [1, 1, 2]);
}

pub(in super::super) async fn of_50_at_once_each_counts_and_none_is_told_what_another_is(
    handles: &Handles,
) {
    let stores = handles.open_many(4).await;
    let counted = at_once(&stores, 50, |_, store| async move {
        let counted = store.count_attempt(&three("203.0.113.9"), FAR).await;
        counted
            .unwrap()
            .iter()
            .map(|tally| tally.count)
            .collect::<Vec<_>>()
    })
    .await;
    for which in 0..3 {
        let mut told: Vec<u32> = counted.iter().map(|counts| counts[which]).collect();
        told.sort_unstable();
        assert_eq!(told, (1..=50).collect::<Vec<u32>>());
    }
    assert_eq!(
        counts(&stores[0], &three("203.0.113.9"), FAR).await,
        [50; 3]
    );
}

pub(in super::super) async fn an_hour_after_the_last_failure_it_is_forgotten(handles: &Handles) {
    let store = handles.open().await;
    let those = three("203.0.113.9");
    for minutes in [0, 50, 100] {
        let at = FAR + Duration::minutes(minutes);
        store.count_attempt(&those, at).await.unwrap();
    }
    let last = FAR + Duration::minutes(100);
    let just = last + Duration::hours(1) - Duration::milliseconds(1);
    assert_eq!(counts(&store, &those, just).await, [3; 3]);
    let over = last + Duration::hours(1);
    assert_eq!(counts(&store, &those, over).await, [0; 3]);
    let counted = store.count_attempt(&those, over).await.unwrap();
    assert!(counted.iter().all(|tally| tally.count == 1), "{counted:?}");
}

pub(in super::super) async fn an_hour_after_the_first_registration_it_is_forgotten(
    handles: &Handles,
) {
    let store = handles.open().await;
    let those = [Counter::registrations(origin("203.0.113.9"))];
    for minutes in [0, 50, 59] {
        let at = FAR + Duration::minutes(minutes);
        let counted = store.count_attempt(&those, at).await.unwrap();
        assert_eq!(counted[0].until, FAR + Duration::hours(1));
    }
    let over = FAR + Duration::hours(1);
    assert_eq!(counts(&store, &those, over).await, [0]);
    let counted = store.count_attempt(&those, over).await.unwrap();
    assert_eq!(
        (counted[0].count, counted[0].until),
        (1, over + Duration::hours(1))
    );
}

pub(in super::super) async fn a_clock_that_steps_forgets_nothing_too_late(handles: &Handles) {
    let store = handles.open().await;
    let failures = three("203.0.113.9");
    let registrations = [Counter::registrations(origin("203.0.113.9"))];
    let ahead = FAR + Duration::days(1);
    // Failures go on; an hour that was begun ahead of time begins anew.
    for (those, count) in [(&failures[..], 2), (&registrations, 1)] {
        store.count_attempt(those, ahead).await.unwrap();
        // Set right again: what was counted ahead of time is over an hour after the next.
        let counted = store.count_attempt(those, FAR).await.unwrap();
        for tally in counted {
            assert_eq!((tally.count, tally.at), (count, FAR));
            assert_eq!(tally.until, FAR + Duration::hours(1));
        }
        let over = FAR + Duration::hours(1);
        assert!(
            counts(&store, those, over)
                .await
                .iter()
                .all(|count| *count == 0)
        );
    }
}

pub(in super::super) async fn those_are_forgotten_that_are_named(handles: &Handles) {
    let store = handles.open().await;
    let [pair, address, account] = three("203.0.113.9");
    let all = [pair.clone(), address.clone(), account.clone()];
    store.count_attempt(&all, FAR).await.unwrap();
    store.forget_attempts(&[pair, account]).await.unwrap();
    assert_eq!(counts(&store, &all, FAR).await, [0, 1, 0]);
}

pub(in super::super) async fn what_was_counted_at_an_account_is_told_the_highest_first(
    handles: &Handles,
) {
    let store = handles.open().await;
    let [here, address, account] = three("203.0.113.9");
    let [there, ..] = three("2001:db8::1");
    let caller = Counter::caller(&hanako());
    let others = Account::of_user(Uuid::from_u128(8));
    let others = [
        Counter::pair(&others, origin("203.0.113.9")),
        Counter::account(&others),
    ];
    store.count_attempt(&others, FAR).await.unwrap();
    for (counter, times) in [
        (&there, 4),
        (&account, 3),
        (&here, 2),
        (&caller, 1),
        (&address, 9),
    ] {
        for _ in 0..times {
            store
                .count_attempt(std::slice::from_ref(counter), FAR)
                .await
                .unwrap();
        }
    }
    let told = async |now, limit| {
        let told = store.attempts_at(&hanako(), now, limit).await.unwrap();
        let told = told.into_iter().map(|(whose, tally)| (whose, tally.count));
        told.collect::<Vec<_>>()
    };
    let all = [
        (Whose::From("2001:db8::/64".to_owned()), 4),
        (Whose::Anybody, 3),
        (Whose::From("203.0.113.9".to_owned()), 2),
        (Whose::SignedIn, 1),
    ];
    assert_eq!(told(FAR, 10).await, all);
    assert_eq!(told(FAR, 2).await, all[..2]);
    assert_eq!(told(FAR + Duration::hours(1), 10).await, []);
}

pub(in super::super) async fn an_account_is_forgotten_whole_and_no_other(handles: &Handles) {
    let store = handles.open().await;
    let mut hers = vec![Counter::caller(&hanako())];
    for address in ["203.0.113.9", "2001:db8::1"] {
        hers.extend(three(address));
    }
    let others = [
        Account::of_user(Uuid::from_u128(8)),
        Account::of_nobody("hanako"),
        Account::of_nobody(""),
    ];
    let others: Vec<Counter> = others
        .iter()
        .flat_map(|account| {
            [
                Counter::pair(account, origin("203.0.113.9")),
                Counter::account(account),
                Counter::caller(account),
            ]
        })
        .collect();
    store.count_attempt(&hers, FAR).await.unwrap();
    store.count_attempt(&others, FAR).await.unwrap();
    // Two pairs, the account and the caller.
    assert_eq!(store.forget_attempts_at(&hanako()).await.unwrap(), 4);
    let left: u32 = counts(&store, &hers, FAR).await.iter().sum();
    let addresses = [
        Counter::address(origin("203.0.113.9")),
        Counter::address(origin("2001:db8::1")),
    ];
    assert_eq!(counts(&store, &addresses, FAR).await, [1, 1]);
    assert_eq!(left, 2, "the addresses'");
    assert!(
        counts(&store, &others, FAR)
            .await
            .iter()
            .all(|count| *count == 1)
    );
}
