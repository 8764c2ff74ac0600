//! Somebody always administers: the last enabled account with that role stays, whatever is tried and however
//! many try at once.

use std::sync::Arc;

use tegata_issuer::{
    store::{Change, Changed, Removed, Store},
    user::{Email, User, Username},
};
use uuid::Uuid;

use super::{
    Handles, admin, at_once, changed_to, demotion, disabling, hash, kept, later, user, with_email,
};

/// A way to take an administrator away.
#[derive(Clone, Debug)]
enum Way {
    Change(Change),
    Remove,
}

fn ways() -> [Way; 4] {
    let all = Change {
        disabled: Some(true),
        password_hash: Some(hash("$2b$04$new")),
        ..demotion()
    };
    [
        Way::Change(disabling(true)),
        Way::Change(demotion()),
        Way::Change(all),
        Way::Remove,
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Gone,
    Refused,
}

async fn take_away(store: &Arc<dyn Store>, id: Uuid, way: &Way) -> Outcome {
    match way {
        Way::Change(change) => match store.change_user(id, change, later()).await.unwrap() {
            Changed::Changed(user) => {
                assert!(!user.administers());
                Outcome::Done
            }
            Changed::Gone => Outcome::Gone,
            Changed::LastAdmin => Outcome::Refused,
            other => panic!("{other:?}"),
        },
        Way::Remove => match store.remove_user(id).await.unwrap() {
            Removed::Removed => Outcome::Done,
            Removed::Gone => Outcome::Gone,
            Removed::LastAdmin => Outcome::Refused,
        },
    }
}

/// Those who administer now.
async fn admins(store: &Arc<dyn Store>) -> Vec<Uuid> {
    let users = store.users_after(None, 1000).await.unwrap().users;
    let admins = users.iter().filter(|user| user.administers());
    admins.map(|user| user.id).collect()
}

pub(in super::super) async fn the_last_admin_cannot_be_taken_away(handles: &Handles) {
    let store = handles.open().await;
    let hanako = admin("hanako");
    let others = [
        user("taro"),
        // Neither of them can administer.
        User {
            disabled: true,
            ..admin("jiro")
        },
        User {
            roles: vec![
                "Admin".to_owned(),
                "admin2".to_owned(),
                "x:admin".to_owned(),
            ],
            ..with_email("saburo", "s@example.com")
        },
    ];
    store.add_user(&hanako).await.unwrap();
    store.add_users(&others).await.unwrap();
    for _ in 0..2 {
        for way in ways() {
            let outcome = take_away(&store, hanako.id, &way).await;
            assert_eq!(outcome, Outcome::Refused, "{way:?}");
            assert_eq!(kept(&store, &hanako).await.as_ref(), Some(&hanako));
        }
    }
    // That is told first.
    let taken = Change {
        username: Some(Username::from_stored("taro".to_owned())),
        email: Some(Some(Email::from_stored("s@example.com".to_owned()))),
        ..demotion()
    };
    let changed = store.change_user(hanako.id, &taken, later()).await;
    assert_eq!(changed.unwrap(), Changed::LastAdmin);
    // Nobody else is held.
    for other in &others {
        assert_eq!(
            take_away(&store, other.id, &Way::Change(demotion())).await,
            Outcome::Done
        );
        assert_eq!(
            take_away(&store, other.id, &Way::Remove).await,
            Outcome::Done
        );
    }
    assert_eq!(kept(&store, &hanako).await, Some(hanako));
}

pub(in super::super) async fn the_last_admin_can_be_changed_otherwise(handles: &Handles) {
    let store = handles.open().await;
    let hanako = admin("hanako");
    store.add_user(&hanako).await.unwrap();
    let roles = vec!["admin".to_owned()];
    let change = Change {
        username: Some(Username::from_stored("hana".to_owned())),
        email: Some(Some(Email::from_stored("h@example.com".to_owned()))),
        name: Some(None),
        roles: Some(roles.clone()),
        disabled: Some(false),
        password_hash: Some(hash("$2b$04$new")),
    };
    let after = User {
        username: Username::from_stored("hana".to_owned()),
        email: Some(Email::from_stored("h@example.com".to_owned())),
        roles,
        password_hash: hash("$2b$04$new"),
        updated_at: later(),
        ..hanako
    };
    let changed = store.change_user(after.id, &change, later()).await;
    assert_eq!(changed.unwrap(), changed_to(&after));
    assert_eq!(kept(&store, &after).await, Some(after));
}

pub(in super::super) async fn an_admin_can_go_while_another_stays(handles: &Handles) {
    let store = handles.open().await;
    let stays = admin("stays");
    store.add_user(&stays).await.unwrap();
    for (number, way) in ways().iter().enumerate() {
        let goes = admin(&format!("goes{number}"));
        store.add_user(&goes).await.unwrap();
        assert_eq!(take_away(&store, goes.id, way).await, Outcome::Done);
        assert_eq!(admins(&store).await, [stays.id]);
        let refused = take_away(&store, stays.id, way).await;
        assert_eq!(refused, Outcome::Refused);
    }
    assert_eq!(kept(&store, &stays).await, Some(stays));
}

pub(in super::super) async fn of_two_who_take_each_other_away_one_does(handles: &Handles) {
    let stores = handles.open_many(2).await;
    for round in 0..40 {
        let pair = [0, 1].map(|number| admin(&format!("admin{round}-{number}")));
        stores[0].add_users(&pair).await.unwrap();
        for before in admins(&stores[0]).await {
            if pair.iter().all(|user| user.id != before) {
                stores[0].remove_user(before).await.unwrap();
            }
        }
        let ids = pair.map(|user| user.id);
        let outcomes = at_once(&stores, 2, |number, store| {
            let (id, way) = (ids[1 - number], ways()[(round + number) % 4].clone());
            async move { take_away(&store, id, &way).await }
        });
        let outcomes = outcomes.await;
        let (gone, there) = match outcomes[..] {
            [Outcome::Done, Outcome::Refused] => (ids[1], ids[0]),
            [Outcome::Refused, Outcome::Done] => (ids[0], ids[1]),
            _ => panic!("{outcomes:?} in round {round}"),
        };
        assert_eq!(admins(&stores[1]).await, [there], "{gone} has gone");
    }
}

pub(in super::super) async fn of_all_admins_who_go_at_once_one_stays(handles: &Handles) {
    let stores = handles.open_many(2).await;
    let users: Vec<User> = (0..10).map(|n| admin(&format!("admin{n}"))).collect();
    stores[0].add_users(&users).await.unwrap();
    let ids: Vec<Uuid> = users.iter().map(|user| user.id).collect();
    let outcomes = at_once(&stores, 40, |number, store| {
        let (id, way) = (ids[number % 10], ways()[number / 10].clone());
        async move { take_away(&store, id, &way).await }
    });
    let outcomes = outcomes.await;
    let left = admins(&stores[1]).await;
    assert_eq!(left.len(), 1, "{outcomes:?}");
    for (number, outcome) in outcomes.iter().enumerate() {
        let stayed = ids[number % 10] == left[0];
        assert_eq!(
            *outcome == Outcome::Refused,
            stayed,
            "{number}: {outcomes:?}"
        );
    }
}

pub(in super::super) async fn whoever_comes_back_lets_the_other_go(handles: &Handles) {
    let store = handles.open().await;
    let (one, other) = (admin("one"), admin("other"));
    store
        .add_users(&[one.clone(), other.clone()])
        .await
        .unwrap();
    let disable = Way::Change(disabling(true));
    let mut there = [one.id, other.id];
    for _ in 0..4 {
        assert_eq!(take_away(&store, there[0], &disable).await, Outcome::Done);
        assert_eq!(
            take_away(&store, there[1], &disable).await,
            Outcome::Refused
        );
        assert_eq!(admins(&store).await, [there[1]]);
        let back = disabling(false);
        let back = store.change_user(there[0], &back, later()).await;
        assert!(matches!(back.unwrap(), Changed::Changed(_)));
        there.reverse();
    }
}
