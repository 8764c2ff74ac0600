//! A store that is closed says so, at once.

use std::{sync::Arc, time::Duration};

use tegata_issuer::{
    event::{By, Event, Kind},
    store::{Removed, Store, Unavailable, Which},
    throttle::{Account, Counter, Origin},
    user::user_id,
};
use tegata_token::SystemRandom;
use tokio::time::timeout;

use super::{Handles, NOW, at_once, clients::client, disabling, hash, kept, later, named, user};

/// Nobody waits longer to hear that a store is closed.
const AT_ONCE: Duration = Duration::from_secs(2);

pub(in super::super) async fn an_open_store_answers(handles: &Handles) {
    let store = handles.open().await;
    store.ping().await.unwrap();
    store.add_user(&user("hanako")).await.unwrap();
    store.ping().await.unwrap();
}

pub(in super::super) async fn after_the_end_every_verb_is_unavailable(handles: &Handles) {
    let store = handles.open().await;
    let hanako = user("hanako");
    store.add_user(&hanako).await.unwrap();
    for _ in 0..2 {
        store.close().await;
        let refused = timeout(AT_ONCE, async {
            let (id, key) = (hanako.id, hanako.username.key());
            let (new, old) = (hash("new"), Some(&hanako.password_hash));
            let reports = client("reports");
            [
                refusal(store.ping().await),
                refusal(store.add_user(&user("taro")).await),
                refusal(store.add_users(&[user("taro"), user("jiro")]).await),
                refusal(store.user_by_username(&key).await),
                refusal(store.users_by_usernames(std::slice::from_ref(&key)).await),
                refusal(store.user_by_id(id).await),
                refusal(store.any_user().await),
                refusal(store.users_after(None, 1).await),
                refusal(store.set_password_hash(id, &new, None, later()).await),
                refusal(store.set_password_hash(id, &new, old, later()).await),
                refusal(store.change_user(id, &disabling(false), later()).await),
                refusal(store.change_user(id, &disabling(true), later()).await),
                refusal(store.remove_user(id).await),
                refusal(store.add_client(&reports).await),
                refusal(store.client(reports.id).await),
                refusal(store.clients().await),
                refusal(store.remove_client(&reports.name).await),
                refusal(store.attempts(&[counter()], NOW).await),
                refusal(store.count_attempt(&[counter()], NOW).await),
                refusal(store.attempts_at(&Account::of_user(id), NOW, 1).await),
                refusal(store.forget_attempts(&[counter()]).await),
                refusal(store.forget_attempts_at(&Account::of_user(id)).await),
                refusal(store.add_events(&[event()]).await),
                refusal(store.events_before(None, Which::default(), 1).await),
            ]
        });
        for said in refused.await.unwrap() {
            assert!(said.contains("closed"), "{said}");
        }
    }
    let again = handles.open().await;
    assert_eq!(again.users_after(None, 10).await.unwrap().users, [hanako]);
}

fn counter() -> Counter {
    Counter::address(Origin::of(None))
}

fn event() -> Event {
    Event {
        id: user_id(NOW, &SystemRandom),
        at: NOW,
        act: By::command_line().did(Kind::UserAdded),
    }
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T, Unavailable>) -> String {
    outcome.unwrap_err().to_string()
}

pub(in super::super) async fn one_handle_can_end_alone(handles: &Handles) {
    let (one, other) = (handles.open().await, handles.open().await);
    let hanako = user("hanako");
    one.add_user(&hanako).await.unwrap();
    one.close().await;
    assert_eq!(kept(&other, &hanako).await.as_ref(), Some(&hanako));
    let removed = other.remove_user(hanako.id).await.unwrap();
    assert_eq!(removed, Removed::Removed);
    other.ping().await.unwrap();
}

pub(in super::super) async fn an_end_in_the_midst_of_work_hangs_nobody(handles: &Handles) {
    let store = handles.open().await;
    let stores = [Arc::clone(&store)];
    let outcomes = at_once(&stores, 101, |number, store: Arc<dyn Store>| async move {
        if number == 50 {
            store.close().await;
            return None;
        }
        let name = format!("user{number}");
        match number % 2 {
            0 => store.add_user(&user(&name)).await.ok().map(|_| name),
            _ => {
                // Either an answer or a refusal, and no panic.
                let _ = store.users_after(None, 100).await;
                None
            }
        }
    });
    let acknowledged = timeout(AT_ONCE * 5, outcomes).await.unwrap();
    let again = handles.open().await;
    for name in acknowledged.into_iter().flatten() {
        assert!(named(&again, &name).await.is_some(), "{name} is lost");
    }
}
