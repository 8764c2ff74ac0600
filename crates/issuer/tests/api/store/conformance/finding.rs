//! Who is found, and in which order.

use std::collections::BTreeSet;

use tegata_issuer::user::{User, UsernameKey};
use uuid::Uuid;

use super::{Handles, named, user};

pub(in super::super) async fn whoever_is_not_there_is_nobody(handles: &Handles) {
    let store = handles.open().await;
    assert!(!store.any_user().await.unwrap());
    for _ in 0..2 {
        for id in [Uuid::nil(), Uuid::max(), user("taro").id] {
            assert_eq!(store.user_by_id(id).await.unwrap(), None);
        }
        for name in ["taro", "hanak", "hanako2", ""] {
            assert_eq!(named(&store, name).await, None, "{name}");
        }
        // And once more when somebody is there.
        store.add_user(&user("hanako")).await.unwrap();
        assert!(store.any_user().await.unwrap());
    }
}

pub(in super::super) async fn a_name_is_found_in_every_spelling(handles: &Handles) {
    let store = handles.open().await;
    let hanako = user("Ｈａｎａｋｏ");
    let strasse = user("straße");
    let users = [hanako.clone(), strasse.clone()];
    store.add_users(&users).await.unwrap();
    for spelling in ["hanako", "HANAKO", "ＨＡＮＡＫＯ", "ｈanaKo"] {
        assert_eq!(named(&store, spelling).await.as_ref(), Some(&hanako));
    }
    for spelling in ["STRASSE", "Straße", "strasse"] {
        assert_eq!(named(&store, spelling).await.as_ref(), Some(&strasse));
    }
    for another in ["hánako", "はなこ", "strase"] {
        assert_eq!(named(&store, another).await, None, "{another}");
    }
}

pub(in super::super) async fn of_many_names_those_are_found_that_are_there(handles: &Handles) {
    let store = handles.open().await;
    let mut there: Vec<User> = (0..1500).map(|n| user(&format!("user{n}"))).collect();
    store.add_users(&there).await.unwrap();
    let asked = |users: &[User]| -> Vec<UsernameKey> {
        let nobody = (0..10).map(|n| UsernameKey::of(&format!("nobody{n}")));
        nobody
            .chain(users.iter().map(|user| user.username.key()))
            .collect()
    };
    assert_eq!(store.users_by_usernames(&[]).await.unwrap(), []);
    assert_eq!(store.users_by_usernames(&asked(&[])).await.unwrap(), []);
    let mut found = store.users_by_usernames(&asked(&there)).await.unwrap();
    found.sort_by_key(|user| user.id);
    there.sort_by_key(|user| user.id);
    assert_eq!(found, there);
}

pub(in super::super) async fn pages_of_every_size_go_through_all_by_id(handles: &Handles) {
    let store = handles.open().await;
    assert!(store.users_after(None, 10).await.unwrap().users.is_empty());
    let mut users: Vec<User> = (0..12).map(|n| user(&format!("user{n}"))).collect();
    // Neither their names nor their order of coming are that of their ids.
    users.sort_by_key(|user| user.id);
    let mut shuffled = users.clone();
    shuffled.rotate_left(5);
    shuffled.reverse();
    store.add_users(&shuffled).await.unwrap();
    for size in (1..=13).chain([usize::MAX]) {
        let mut seen: Vec<User> = Vec::new();
        loop {
            let after = seen.last().map(|user| user.id);
            let page = store.users_after(after, size).await.unwrap().users;
            assert!(page.len() <= size);
            assert!(page.iter().all(|user| Some(user.id) > after));
            if page.is_empty() {
                break;
            }
            seen.extend(page);
        }
        assert_eq!(seen, users, "in pages of {size}");
    }
    assert!(store.users_after(None, 0).await.unwrap().users.is_empty());
    // After an id that nobody has, too.
    assert_eq!(
        store
            .users_after(Some(Uuid::nil()), 12)
            .await
            .unwrap()
            .users,
        users
    );
    assert!(
        store
            .users_after(Some(Uuid::max()), 12)
            .await
            .unwrap()
            .users
            .is_empty()
    );
}

pub(in super::super) async fn pages_lose_and_repeat_nobody_while_others_come(handles: &Handles) {
    let stores = handles.open_many(2).await;
    let there: Vec<User> = (0..50).map(|n| user(&format!("there{n}"))).collect();
    stores[0].add_users(&there).await.unwrap();
    let others = std::sync::Arc::clone(&stores[1]);
    let coming = tokio::spawn(async move {
        for number in 0..100 {
            let new = user(&format!("new{number}"));
            others.add_user(&new).await.unwrap();
        }
    });
    let mut walks = 0;
    loop {
        // One more walk after the last of them came.
        let last = coming.is_finished();
        let mut seen: Vec<Uuid> = Vec::new();
        loop {
            let after = seen.last().copied();
            let page = stores[0].users_after(after, 7).await.unwrap().users;
            assert!(page.iter().all(|user| Some(user.id) > after));
            if page.is_empty() {
                break;
            }
            seen.extend(page.iter().map(|user| user.id));
        }
        let once: BTreeSet<Uuid> = seen.iter().copied().collect();
        assert!(seen.iter().eq(&once), "in order and each once");
        assert!(there.iter().all(|user| once.contains(&user.id)));
        walks += 1;
        if last {
            assert_eq!(once.len(), 150);
            break;
        }
    }
    assert!(walks > 1);
    coming.await.unwrap();
}
