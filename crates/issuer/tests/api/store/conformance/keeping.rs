//! What was kept is what comes back.

use tegata_issuer::{
    store::Added,
    user::{DisplayName, Email, User, Username},
};

use super::{Handles, disabling, kept, later, named, user, with_email};

pub(in super::super) async fn every_field_comes_back(handles: &Handles) {
    let store = handles.open().await;
    let full = User {
        name: Some(DisplayName::from_stored("山田 花子".to_owned())),
        roles: vec!["editor".to_owned(), "admin".to_owned(), "editor".to_owned()],
        disabled: true,
        updated_at: later(),
        ..with_email("Ｈａｎａｋｏ", "Hanako@Example.COM")
    };
    let bare = user("taro");
    for user in [full, bare] {
        assert_eq!(store.add_user(&user).await.unwrap(), Added::Kept);
        assert_eq!(kept(&store, &user).await, Some(user));
    }
}

pub(in super::super) async fn the_largest_values_come_back(handles: &Handles) {
    let store = handles.open().await;
    let letters = "𠮷".repeat(64);
    assert_eq!(Username::parse(&letters).unwrap().as_str(), letters);
    let address = format!("{}@{}example.com", "a".repeat(64), "b.".repeat(89));
    assert_eq!(address.len(), 254);
    let largest = User {
        name: Some(DisplayName::parse(&"😀".repeat(128)).unwrap()),
        roles: (0..1000).map(|role| format!("{role:064}")).collect(),
        ..with_email(&letters, Email::parse(&address).unwrap().as_str())
    };
    assert_eq!(store.add_user(&largest).await.unwrap(), Added::Kept);
    assert_eq!(kept(&store, &largest).await, Some(largest));
}

pub(in super::super) async fn no_text_means_anything_to_the_database(handles: &Handles) {
    let store = handles.open().await;
    let texts = [
        "",
        " ",
        "'; DROP TABLE user; --",
        "\" OR \"\"=\"",
        "$where",
        "$ne",
        "{\"$ne\":null}",
        "{\"$gt\":\"\"}",
        "a.b.$[].c",
        "null",
        "%_*?[a]",
        "\\",
        "a\0b",
        "a\0",
        "a\nb\r\n",
        "\u{202e}evil",
        "👩‍👩‍👧‍👦",
        "e\u{301}\u{327}",
        "\u{10ffff}",
    ];
    let users: Vec<User> = texts
        .iter()
        .map(|&text| User {
            name: Some(DisplayName::from_stored(text.to_owned())),
            roles: vec![text.to_owned()],
            password_hash: super::hash(text),
            ..with_email(&format!("u{text}"), &format!("e{text}"))
        })
        .collect();
    for text in texts {
        assert_eq!(named(&store, text).await, None, "{text:?}");
        assert_eq!(named(&store, &format!("u{text}")).await, None, "{text:?}");
    }
    let added = store.add_users(&users).await.unwrap();
    assert_eq!(added, vec![Added::Kept; users.len()]);
    for user in users {
        let (old, new) = (user.password_hash.clone(), super::hash("new"));
        let other = super::hash("{\"$ne\":null}\0");
        let replaced = store.set_password_hash(user.id, &new, Some(&other), later());
        assert!(!replaced.await.unwrap(), "{user:?}");
        assert_eq!(kept(&store, &user).await.as_ref(), Some(&user));
        let replaced = store.set_password_hash(user.id, &new, Some(&old), later());
        assert!(replaced.await.unwrap(), "{user:?}");
    }
}

pub(in super::super) async fn what_another_handle_wrote_is_seen_at_once(handles: &Handles) {
    let (one, other) = (handles.open().await, handles.open().await);
    for number in 0..20 {
        let new = user(&format!("user{number}"));
        one.add_user(&new).await.unwrap();
        assert_eq!(kept(&other, &new).await.as_ref(), Some(&new));
        let disabled = other.change_user(new.id, &disabling(true), later()).await;
        disabled.unwrap();
        assert!(kept(&one, &new).await.unwrap().disabled);
    }
}

pub(in super::super) async fn what_was_acknowledged_is_there_after_a_restart(handles: &Handles) {
    let store = handles.open().await;
    let new = user("hanako");
    store.add_user(&new).await.unwrap();
    let disabled = store.change_user(new.id, &disabling(true), later()).await;
    disabled.unwrap();
    store.close().await;
    let again = handles.open().await;
    assert!(kept(&again, &new).await.unwrap().disabled);
}
