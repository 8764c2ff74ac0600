//! What can be changed of a user, and only that.

use tegata_issuer::user::User;
use uuid::Uuid;

use super::{Handles, at_once, hash, kept, later, user, with_email};

pub(in super::super) async fn a_hash_is_set(handles: &Handles) {
    let store = handles.open().await;
    let (hanako, taro) = (with_email("hanako", "h@example.com"), user("taro"));
    store
        .add_users(&[hanako.clone(), taro.clone()])
        .await
        .unwrap();
    let new = hash("$2b$04$new");
    let set = store
        .set_password_hash(hanako.id, &new, None, later())
        .await;
    assert!(set.unwrap());
    let changed = User {
        password_hash: new.clone(),
        updated_at: later(),
        ..hanako
    };
    assert_eq!(kept(&store, &changed).await.as_ref(), Some(&changed));
    assert_eq!(kept(&store, &taro).await, Some(taro));
    // The same once more is a change too.
    let set = store
        .set_password_hash(changed.id, &new, None, later())
        .await;
    assert!(set.unwrap());
}

pub(in super::super) async fn a_hash_is_replaced_only_while_it_is_the_expected_one(
    handles: &Handles,
) {
    let store = handles.open().await;
    let hanako = user("hanako");
    store.add_user(&hanako).await.unwrap();
    let (old, new) = (hanako.password_hash.clone(), hash("$2b$04$new"));
    for other in [
        "",
        "$2b$04$As.it.was",
        "$2b$04$as.it.was ",
        "$2b$04$as.it.wa",
    ] {
        let other = hash(other);
        let set = store.set_password_hash(hanako.id, &new, Some(&other), later());
        assert!(!set.await.unwrap(), "{}", other.as_stored());
    }
    assert_eq!(kept(&store, &hanako).await.as_ref(), Some(&hanako));
    for expected in [true, false] {
        let set = store.set_password_hash(hanako.id, &new, Some(&old), later());
        assert_eq!(set.await.unwrap(), expected);
    }
    let changed = User {
        password_hash: new,
        updated_at: later(),
        ..hanako
    };
    assert_eq!(kept(&store, &changed).await.as_ref(), Some(&changed));
}

pub(in super::super) async fn of_100_who_replace_one_hash_one_does(handles: &Handles) {
    let stores = handles.open_many(2).await;
    let hanako = user("hanako");
    stores[0].add_user(&hanako).await.unwrap();
    let (id, old) = (hanako.id, hanako.password_hash.clone());
    let set = at_once(&stores, 100, |number, store| {
        let old = old.clone();
        async move {
            let new = hash(&format!("$2b$04${number}"));
            let set = store.set_password_hash(id, &new, Some(&old), later());
            set.await.unwrap().then_some(new)
        }
    });
    let winners: Vec<_> = set.await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let there = kept(&stores[1], &hanako).await.unwrap();
    assert_eq!(there.password_hash, winners[0]);
}

pub(in super::super) async fn a_user_is_disabled_and_enabled(handles: &Handles) {
    let store = handles.open().await;
    let (hanako, taro) = (with_email("hanako", "h@example.com"), user("taro"));
    store
        .add_users(&[hanako.clone(), taro.clone()])
        .await
        .unwrap();
    for disabled in [true, true, false, false] {
        let set = store.set_disabled(hanako.id, disabled, later()).await;
        assert!(set.unwrap(), "also when it was so before");
        let changed = User {
            disabled,
            updated_at: later(),
            ..hanako.clone()
        };
        assert_eq!(kept(&store, &changed).await.as_ref(), Some(&changed));
    }
    assert_eq!(kept(&store, &taro).await, Some(taro));
}

pub(in super::super) async fn whoever_is_not_there_is_not_changed(handles: &Handles) {
    let store = handles.open().await;
    let hanako = user("hanako");
    store.add_user(&hanako).await.unwrap();
    let new = hash("$2b$04$new");
    for id in [Uuid::nil(), Uuid::max(), user("taro").id] {
        let disabled = store.set_disabled(id, true, later()).await;
        let set = store.set_password_hash(id, &new, None, later()).await;
        let old = Some(&hanako.password_hash);
        let replaced = store.set_password_hash(id, &new, old, later()).await;
        assert_eq!([disabled, set, replaced].map(Result::unwrap), [false; 3]);
    }
    assert_eq!(store.users_after(None, 10).await.unwrap().users, [hanako]);
}
