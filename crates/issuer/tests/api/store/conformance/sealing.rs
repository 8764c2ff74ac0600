//! Keys that issuers share, as sealed bytes.

use std::collections::HashSet;

use tegata_issuer::store::{SealedKey, Store};

use super::{Handles, at_once};

pub(in super::super) async fn of_100_new_keys_of_one_name_one_is_kept(handles: &Handles) {
    let stores = handles.open_many(4).await;
    assert_eq!(stores[0].sealed_key("refresh").await.unwrap(), None);
    let kept = at_once(&stores, 100, |number, store| async move {
        insist(store.as_ref(), &key(number as u8)).await
    });
    let kept: HashSet<Vec<u8>> = kept.await.into_iter().map(|key| key.sealed).collect();
    assert_eq!(kept.len(), 1, "everybody holds the same");
    let found = stores[1].sealed_key("refresh").await.unwrap().unwrap();
    assert!(kept.contains(&found.sealed));
    assert_eq!(found.sealed_by, "kid");
    assert_eq!(stores[2].sealed_key("other").await.unwrap(), None);
}

pub(in super::super) async fn a_key_is_replaced_only_while_it_is_the_expected_one(
    handles: &Handles,
) {
    let store = handles.open().await;
    let replace = |old, new| {
        let (old, new) = (key(old), key(new));
        let store = &store;
        async move {
            store
                .replace_sealed_key("refresh", &old, &new)
                .await
                .unwrap()
        }
    };
    assert!(!replace(1, 2).await, "there is none");
    store.keep_sealed_key("refresh", &key(1)).await.unwrap();
    assert!(!replace(3, 4).await);
    assert!(replace(1, 2).await);
    assert!(!replace(1, 3).await);
    assert_eq!(store.sealed_key("refresh").await.unwrap(), Some(key(2)));
}

/// As an issuer does that starts: told that the store does not answer, as a crowded server's may not, it asks again.
async fn insist(store: &dyn Store, key: &SealedKey) -> SealedKey {
    for _ in 0..10 {
        if let Ok(kept) = store.keep_sealed_key("refresh", key).await {
            return kept;
        }
    }
    store.keep_sealed_key("refresh", key).await.unwrap()
}

fn key(number: u8) -> SealedKey {
    SealedKey {
        sealed_by: "kid".to_owned(),
        sealed: vec![0, number, 255],
    }
}
