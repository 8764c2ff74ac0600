//! What is somebody's is nobody else's, however many ask at once.

use tegata_issuer::{store::Added, user::User};

use super::{Handles, at_once, kept, named, user, with_email};

/// Of one name, all the same to whoever looks.
const SPELLINGS: [&str; 4] = ["hanako", "Hanako", "ＨＡＮＡＫＯ", "hＡnakｏ"];

pub(in super::super) async fn a_batch_says_of_each_what_became_of_it(handles: &Handles) {
    let store = handles.open().await;
    let hanako = with_email("hanako", "h@example.com");
    store.add_user(&hanako).await.unwrap();
    let same_id = User {
        id: hanako.id,
        ..user("saburo")
    };
    let batch = [
        with_email("ichiro", "i@example.com"),
        user("HANAKO"),
        with_email("jiro", "H@Example.com"),
        same_id,
        user("shiro"),
    ];
    let added = store.add_users(&batch).await.unwrap();
    let expected = [
        Added::Kept,
        Added::UsernameTaken,
        Added::EmailTaken,
        Added::IdTaken,
        Added::Kept,
    ];
    assert_eq!(added, expected);
    for (user, added) in batch.iter().zip(added) {
        let is = named(&store, user.username.as_str()).await;
        assert_eq!(is.as_ref() == Some(user), added == Added::Kept, "{user:?}");
    }
    assert_eq!(kept(&store, &hanako).await, Some(hanako));
}

pub(in super::super) async fn a_batch_knows_its_own_duplicates(handles: &Handles) {
    let store = handles.open().await;
    let first = with_email("hanako", "h@example.com");
    let same_id = User {
        id: first.id,
        ..user("saburo")
    };
    let batch = [
        first.clone(),
        first.clone(),
        user("Ｈanako"),
        with_email("jiro", "h@EXAMPLE.com"),
        same_id,
        user("shiro"),
    ];
    let added = store.add_users(&batch).await.unwrap();
    let expected = [
        Added::Kept,
        Added::UsernameTaken,
        Added::UsernameTaken,
        Added::EmailTaken,
        Added::IdTaken,
        Added::Kept,
    ];
    assert_eq!(added, expected);
    assert_eq!(kept(&store, &first).await, Some(first));
    assert_eq!(store.users_after(None, 10).await.unwrap().users.len(), 2);
}

pub(in super::super) async fn nobody_is_a_batch(handles: &Handles) {
    let store = handles.open().await;
    assert_eq!(store.add_users(&[]).await.unwrap(), []);
}

/// An import that is repeated knows whom it brought by their names, though their ids are taken as well.
pub(in super::super) async fn a_taken_username_is_told_first_and_a_taken_email_last(
    handles: &Handles,
) {
    let store = handles.open().await;
    let hanako = with_email("hanako", "h@example.com");
    let taro = with_email("taro", "t@example.com");
    store
        .add_users(&[hanako.clone(), taro.clone()])
        .await
        .unwrap();
    let id = |user: User| User {
        id: hanako.id,
        ..user
    };
    let batch = [
        hanako.clone(),
        id(user("hanako")),
        with_email("hanako", "h@example.com"),
        with_email("hanako", "t@example.com"),
        id(with_email("taro", "h@example.com")),
        id(with_email("saburo", "h@example.com")),
        id(with_email("saburo", "t@example.com")),
        with_email("saburo", "t@example.com"),
    ];
    let expected = [
        [Added::UsernameTaken; 5].as_slice(),
        &[Added::IdTaken; 2],
        &[Added::EmailTaken],
    ]
    .concat();
    assert_eq!(store.add_users(&batch).await.unwrap(), expected);
    for (user, expected) in batch.iter().zip(expected) {
        assert_eq!(store.add_user(user).await.unwrap(), expected, "{user:?}");
    }
}

pub(in super::super) async fn a_name_is_taken_in_every_spelling(handles: &Handles) {
    let store = handles.open().await;
    store.add_user(&user(SPELLINGS[2])).await.unwrap();
    for spelling in SPELLINGS {
        let added = store.add_user(&user(spelling)).await.unwrap();
        assert_eq!(added, Added::UsernameTaken, "{spelling}");
    }
    for another in ["hánako", "hanak0", "はなこ"] {
        let added = store.add_user(&user(another)).await.unwrap();
        assert_eq!(added, Added::Kept, "{another}");
    }
}

pub(in super::super) async fn an_email_is_taken_in_every_spelling(handles: &Handles) {
    let store = handles.open().await;
    let hanako = with_email("hanako", "Hanako@Example.com");
    store.add_user(&hanako).await.unwrap();
    for spelling in [
        "hanako@example.com",
        "HANAKO@EXAMPLE.COM",
        "ｈanako@example.com",
    ] {
        let added = store.add_user(&with_email("taro", spelling)).await.unwrap();
        assert_eq!(added, Added::EmailTaken, "{spelling}");
    }
    let another = with_email("taro", "hanako@example.co");
    assert_eq!(store.add_user(&another).await.unwrap(), Added::Kept);
}

pub(in super::super) async fn users_without_an_email_do_not_collide(handles: &Handles) {
    let store = handles.open().await;
    let batch = [user("a"), user("b"), user("c")];
    assert_eq!(store.add_users(&batch).await.unwrap(), [Added::Kept; 3]);
    assert_eq!(store.add_user(&user("d")).await.unwrap(), Added::Kept);
}

pub(in super::super) async fn of_100_who_want_one_name_one_gets_it(handles: &Handles) {
    let stores = handles.open_many(2).await;
    let racers = at_once(&stores, 100, |number, store| async move {
        let racer = user(SPELLINGS[number % SPELLINGS.len()]);
        (store.add_user(&racer).await.unwrap(), racer)
    });
    the_one_that_was_kept(handles, racers.await, Added::UsernameTaken).await;
}

pub(in super::super) async fn of_100_who_want_one_email_one_gets_it(handles: &Handles) {
    let stores = handles.open_many(2).await;
    let racers = at_once(&stores, 100, |number, store| async move {
        let address = ["h@example.com", "H@Example.com"][number % 2];
        let racer = with_email(&format!("user{number}"), address);
        (store.add_user(&racer).await.unwrap(), racer)
    });
    the_one_that_was_kept(handles, racers.await, Added::EmailTaken).await;
}

/// One heard that they were kept and is there; all others heard why not.
async fn the_one_that_was_kept(handles: &Handles, racers: Vec<(Added, User)>, refusal: Added) {
    let (kept, refused): (Vec<_>, Vec<_>) = racers
        .into_iter()
        .partition(|(added, _)| *added == Added::Kept);
    assert_eq!(kept.len(), 1);
    assert!(refused.iter().all(|(added, _)| *added == refusal));
    let there = handles
        .open()
        .await
        .users_after(None, 10)
        .await
        .unwrap()
        .users;
    assert_eq!(there, [kept[0].1.clone()]);
}

pub(in super::super) async fn of_100_with_names_of_their_own_all_are_kept(handles: &Handles) {
    let stores = handles.open_many(2).await;
    let added = at_once(&stores, 100, |number, store| async move {
        let racer = with_email(&format!("user{number}"), &format!("{number}@example.com"));
        store.add_user(&racer).await.unwrap()
    });
    assert_eq!(added.await, [Added::Kept; 100]);
    assert_eq!(
        stores[0].users_after(None, 200).await.unwrap().users.len(),
        100
    );
}

pub(in super::super) async fn batches_at_once_keep_each_name_once(handles: &Handles) {
    let stores = handles.open_many(2).await;
    // Each batch has the names of the others, in another order.
    let outcomes = at_once(&stores, 8, |number, store| async move {
        let mut names: Vec<String> = (0..40).map(|n| format!("user{n:02}")).collect();
        names.rotate_left(number * 5);
        let batch: Vec<User> = names.iter().map(|name| user(name)).collect();
        let added = store.add_users(&batch).await.unwrap();
        batch.into_iter().zip(added).collect::<Vec<_>>()
    });
    let mut winners: Vec<User> = outcomes
        .await
        .into_iter()
        .flatten()
        .inspect(|(_, added)| assert!([Added::Kept, Added::UsernameTaken].contains(added)))
        .filter(|(_, added)| *added == Added::Kept)
        .map(|(user, _)| user)
        .collect();
    winners.sort_by_key(|user| user.id);
    assert_eq!(
        stores[1].users_after(None, 100).await.unwrap().users,
        winners
    );
    assert_eq!(winners.len(), 40);
}
