//! What can be changed of a user, and only that.

use tegata_issuer::{
    store::{Added, Change, Changed, Removed},
    user::{DisplayName, Email, User, Username},
};
use uuid::Uuid;

use super::{
    Handles, admin, at_once, changed_to, demotion, disabling, hash, kept, later, named, user,
    with_email,
};

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

/// Every change there is, each with what it makes of a user.
fn changes(of: &User) -> Vec<(Change, User)> {
    let of = User {
        updated_at: later(),
        ..of.clone()
    };
    let none = Change::default;
    let username = Username::from_stored("Ｊirō".to_owned());
    let email = Some(Email::from_stored("Jiro@Example.com".to_owned()));
    let name = Some(DisplayName::from_stored("山田 次郎".to_owned()));
    let roles = vec!["viewer".to_owned(), "$set".to_owned()];
    let mut changes = vec![
        (none(), of.clone()),
        (
            Change {
                username: Some(username.clone()),
                ..none()
            },
            User {
                username: username.clone(),
                ..of.clone()
            },
        ),
        (
            Change {
                password_hash: Some(hash("$2b$04$new")),
                ..none()
            },
            User {
                password_hash: hash("$2b$04$new"),
                ..of.clone()
            },
        ),
    ];
    for email in [email.clone(), None] {
        let change = Change {
            email: Some(email.clone()),
            ..none()
        };
        changes.push((
            change,
            User {
                email,
                ..of.clone()
            },
        ));
    }
    for name in [name.clone(), None] {
        let change = Change {
            name: Some(name.clone()),
            ..none()
        };
        changes.push((change, User { name, ..of.clone() }));
    }
    for roles in [roles.clone(), Vec::new()] {
        let change = Change {
            roles: Some(roles.clone()),
            ..none()
        };
        changes.push((
            change,
            User {
                roles,
                ..of.clone()
            },
        ));
    }
    for disabled in [true, false] {
        changes.push((
            disabling(disabled),
            User {
                disabled,
                ..of.clone()
            },
        ));
    }
    let all = User {
        username: username.clone(),
        email: email.clone(),
        name: name.clone(),
        roles: roles.clone(),
        disabled: true,
        password_hash: hash("$2b$04$new"),
        ..of
    };
    let change = Change {
        username: Some(username),
        email: Some(email),
        name: Some(name),
        roles: Some(roles),
        disabled: Some(true),
        password_hash: Some(hash("$2b$04$new")),
    };
    changes.push((change, all));
    changes
}

pub(in super::super) async fn each_change_is_made_and_nothing_else(handles: &Handles) {
    let (store, other) = (handles.open().await, handles.open().await);
    let taro = with_email("taro", "t@example.com");
    store.add_user(&taro).await.unwrap();
    let full = User {
        name: Some(DisplayName::from_stored("花子".to_owned())),
        roles: vec!["editor".to_owned()],
        ..with_email("hanako", "h@example.com")
    };
    for hanako in [full, user("hanako")] {
        for (change, after) in changes(&hanako) {
            store.add_user(&hanako).await.unwrap();
            // The second time it changes nothing but the moment, which is the same.
            for _ in 0..2 {
                let changed = store.change_user(hanako.id, &change, later()).await;
                assert_eq!(changed.unwrap(), changed_to(&after), "{change:?}");
                assert_eq!(kept(&other, &after).await.as_ref(), Some(&after));
            }
            let renamed = hanako.username.key() != after.username.key();
            assert_eq!(named(&store, "hanako").await.is_none(), renamed);
            store.remove_user(hanako.id).await.unwrap();
        }
    }
    assert_eq!(kept(&store, &taro).await, Some(taro));
}

fn rename(username: &str) -> Change {
    Change {
        username: Some(Username::from_stored(username.to_owned())),
        ..Change::default()
    }
}

fn another_email(email: &str) -> Change {
    Change {
        email: Some(Some(Email::from_stored(email.to_owned()))),
        ..Change::default()
    }
}

pub(in super::super) async fn a_name_that_was_given_up_is_free(handles: &Handles) {
    let store = handles.open().await;
    let hanako = with_email("hanako", "h@example.com");
    store.add_user(&hanako).await.unwrap();
    // One's own, in another spelling, is not taken.
    let mine = Change {
        email: another_email("H@EXAMPLE.com").email,
        ..rename("ＨＡＮＡＫＯ")
    };
    let change = |change: Change| {
        let store = &store;
        async move {
            let changed = store.change_user(hanako.id, &change, later()).await;
            matches!(changed.unwrap(), Changed::Changed(_))
        }
    };
    assert!(change(mine).await);
    let taro = with_email("hanako", "h@example.com");
    assert_eq!(store.add_user(&taro).await.unwrap(), Added::UsernameTaken);
    assert!(change(rename("hana")).await);
    assert_eq!(store.add_user(&taro).await.unwrap(), Added::EmailTaken);
    let none = Change {
        email: Some(None),
        ..Change::default()
    };
    assert!(change(none.clone()).await);
    assert_eq!(store.add_user(&taro).await.unwrap(), Added::Kept);
    // Two without an address do not collide.
    let changed = store.change_user(taro.id, &none, later()).await.unwrap();
    assert!(matches!(changed, Changed::Changed(_)));
}

pub(in super::super) async fn a_taken_name_changes_nothing_and_the_username_is_told_first(
    handles: &Handles,
) {
    let store = handles.open().await;
    let (hanako, taro) = (with_email("hanako", "h@example.com"), user("taro"));
    let saburo = with_email("saburo", "s@example.com");
    let all = [hanako.clone(), taro.clone(), saburo];
    store.add_users(&all).await.unwrap();
    let both = Change {
        disabled: Some(true),
        password_hash: Some(hash("$2b$04$new")),
        ..another_email("S@example.com")
    };
    let cases = [
        (rename("ＴＡＲＯ"), Changed::UsernameTaken),
        (another_email("S@Example.com"), Changed::EmailTaken),
        (both.clone(), Changed::EmailTaken),
        (
            Change {
                username: rename("Taro").username,
                ..both.clone()
            },
            Changed::UsernameTaken,
        ),
        (
            Change {
                username: rename("new").username,
                ..both
            },
            Changed::EmailTaken,
        ),
    ];
    for (change, expected) in cases {
        let changed = store.change_user(hanako.id, &change, later()).await;
        assert_eq!(changed.unwrap(), expected, "{change:?}");
        assert_eq!(kept(&store, &hanako).await.as_ref(), Some(&hanako));
    }
    assert_eq!(kept(&store, &taro).await, Some(taro));
}

pub(in super::super) async fn of_100_who_change_to_one_name_one_gets_it(handles: &Handles) {
    let stores = handles.open_many(2).await;
    let users: Vec<User> = (0..100).map(|n| user(&format!("user{n}"))).collect();
    stores[0].add_users(&users).await.unwrap();
    let ids: Vec<Uuid> = users.iter().map(|user| user.id).collect();
    let changed = at_once(&stores, 100, |number, store| {
        let id = ids[number];
        async move {
            let changed = store.change_user(id, &rename("hanako"), later()).await;
            match changed.unwrap() {
                Changed::Changed(_) => true,
                other => {
                    assert_eq!(other, Changed::UsernameTaken);
                    false
                }
            }
        }
    });
    let winners: Vec<Uuid> = (changed.await.iter().zip(&ids))
        .filter_map(|(won, id)| won.then_some(*id))
        .collect();
    let there = named(&stores[1], "hanako").await.unwrap();
    assert_eq!(winners, [there.id]);
}

pub(in super::super) async fn whoever_was_removed_is_gone_and_their_names_are_free(
    handles: &Handles,
) {
    let (store, other) = (handles.open().await, handles.open().await);
    let (hanako, taro) = (with_email("hanako", "h@example.com"), user("taro"));
    let both = [hanako.clone(), taro.clone()];
    store.add_users(&both).await.unwrap();
    let removed = store.remove_user(hanako.id).await.unwrap();
    assert_eq!(removed, Removed::Removed);
    assert_eq!(kept(&other, &hanako).await, None);
    let left = other.users_after(None, 10).await.unwrap().users;
    assert_eq!(left, std::slice::from_ref(&taro));
    assert_eq!(store.remove_user(hanako.id).await.unwrap(), Removed::Gone);
    assert_eq!(store.add_user(&hanako).await.unwrap(), Added::Kept);
    assert_eq!(kept(&store, &taro).await, Some(taro));
}

pub(in super::super) async fn of_100_who_remove_one_user_one_does(handles: &Handles) {
    let stores = handles.open_many(2).await;
    let (hanako, taro) = (admin("hanako"), admin("taro"));
    stores[0].add_users(&[hanako.clone(), taro]).await.unwrap();
    let id = hanako.id;
    let removed = at_once(&stores, 100, |_, store| async move {
        store.remove_user(id).await.unwrap()
    });
    let removed = removed.await;
    let count = |outcome| removed.iter().filter(|&&one| one == outcome).count();
    assert_eq!((count(Removed::Removed), count(Removed::Gone)), (1, 99));
}

pub(in super::super) async fn whoever_is_not_there_is_not_changed(handles: &Handles) {
    let store = handles.open().await;
    let hanako = user("hanako");
    store.add_user(&hanako).await.unwrap();
    let new = hash("$2b$04$new");
    for id in [Uuid::nil(), Uuid::max(), user("taro").id] {
        let set = store.set_password_hash(id, &new, None, later()).await;
        let old = Some(&hanako.password_hash);
        let replaced = store.set_password_hash(id, &new, old, later()).await;
        assert_eq!([set, replaced].map(Result::unwrap), [false; 2]);
        for change in [
            disabling(true),
            disabling(false),
            demotion(),
            rename("hanako"),
        ] {
            let changed = store.change_user(id, &change, later()).await;
            assert_eq!(changed.unwrap(), Changed::Gone, "{change:?}");
        }
        assert_eq!(store.remove_user(id).await.unwrap(), Removed::Gone);
    }
    assert_eq!(store.users_after(None, 10).await.unwrap().users, [hanako]);
}
