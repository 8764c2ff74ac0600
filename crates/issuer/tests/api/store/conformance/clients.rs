//! Clients: added, found, listed and removed.

use std::sync::Arc;

use tegata_issuer::{
    oauth_client::{ClientId, ClientName, ClientSecret, OAuthClient},
    scope::Scopes,
    store::Store,
};
use tegata_token::SystemRandom;

use super::{Handles, NOW, at_once};

/// A new client of this name, which may do nothing.
pub(super) fn client(name: &str) -> OAuthClient {
    OAuthClient {
        id: ClientId::new(NOW, &SystemRandom),
        name: ClientName::from_stored(name.to_owned()),
        secret: ClientSecret::generate(&SystemRandom).hash(),
        scopes: Scopes::default(),
        created_at: NOW,
    }
}

async fn there(store: &Arc<dyn Store>, client: &OAuthClient) -> bool {
    let found = store.client(client.id).await.unwrap();
    if let Some(found) = &found {
        assert_eq!(found, client);
    }
    found.is_some()
}

pub(in super::super) async fn every_field_of_a_client_comes_back(handles: &Handles) {
    let store = handles.open().await;
    let full = OAuthClient {
        scopes: Scopes::parse((0..32).map(|n| format!("{n:!>127}:"))).unwrap(),
        ..client(&"n".repeat(64))
    };
    for client in [full, client("reports")] {
        assert!(store.add_client(&client).await.unwrap());
        assert!(there(&store, &client).await);
    }
}

pub(in super::super) async fn a_client_that_is_not_there_is_none(handles: &Handles) {
    let store = handles.open().await;
    assert_eq!(store.clients().await.unwrap(), []);
    for _ in 0..2 {
        let nobody = client("nobody");
        assert_eq!(store.client(nobody.id).await.unwrap(), None);
        for name in ["nobody", "report", "Reports", ""] {
            let name = ClientName::from_stored(name.to_owned());
            assert_eq!(store.remove_client(&name).await.unwrap(), None);
        }
        // And once more when somebody is there.
        store.add_client(&client("reports")).await.unwrap();
        assert_eq!(store.clients().await.unwrap().len(), 1);
    }
}

pub(in super::super) async fn clients_are_listed_by_name(handles: &Handles) {
    let (one, other) = (handles.open().await, handles.open().await);
    let clients = ["A", "a", "b", "b2", "c"].map(client);
    for place in [3, 0, 4, 2, 1] {
        one.add_client(&clients[place]).await.unwrap();
    }
    assert_eq!(other.clients().await.unwrap(), clients);
}

pub(in super::super) async fn a_name_is_one_clients_alone(handles: &Handles) {
    let store = handles.open().await;
    let (first, second) = (client("reports"), client("reports"));
    assert!(store.add_client(&first).await.unwrap());
    for again in [&second, &first] {
        assert!(!store.add_client(again).await.unwrap());
    }
    assert!(there(&store, &first).await && !there(&store, &second).await);
    assert!(store.add_client(&client("Reports")).await.unwrap());
}

pub(in super::super) async fn of_100_clients_of_one_name_one_is_added(handles: &Handles) {
    let stores = handles.open_many(2).await;
    let added = at_once(&stores, 100, |_, store| async move {
        let new = client("reports");
        store.add_client(&new).await.unwrap().then_some(new)
    });
    let added: Vec<OAuthClient> = added.await.into_iter().flatten().collect();
    assert_eq!(added.len(), 1);
    assert_eq!(stores[1].clients().await.unwrap(), added);
}

pub(in super::super) async fn a_removed_client_is_gone_and_its_name_is_free(handles: &Handles) {
    let (one, other) = (handles.open().await, handles.open().await);
    let (first, stays) = (client("reports"), client("mail"));
    for client in [&first, &stays] {
        one.add_client(client).await.unwrap();
    }
    let removed = other.remove_client(&first.name).await.unwrap();
    assert_eq!(removed, Some(first.id.to_string()));
    assert!(!there(&one, &first).await && there(&one, &stays).await);
    let next = client("reports");
    assert!(one.add_client(&next).await.unwrap());
    assert!(there(&other, &next).await && !there(&other, &first).await);
}

pub(in super::super) async fn a_client_is_removed_once(handles: &Handles) {
    let stores = handles.open_many(2).await;
    let reports = client("reports");
    stores[0].add_client(&reports).await.unwrap();
    let removed = at_once(&stores, 20, |_, store| {
        let name = reports.name.clone();
        async move { store.remove_client(&name).await.unwrap() }
    });
    assert_eq!(removed.await.into_iter().flatten().count(), 1);
}

pub(in super::super) async fn no_name_of_a_client_means_anything_to_the_database(
    handles: &Handles,
) {
    let store = handles.open().await;
    let texts = [
        "",
        "'; DROP TABLE client; --",
        "$ne",
        "{\"$gt\":\"\"}",
        "a\0b",
        "%",
        "😀",
    ];
    let clients = texts.map(client);
    for client in &clients {
        assert_eq!(store.remove_client(&client.name).await.unwrap(), None);
        assert!(store.add_client(client).await.unwrap(), "{client:?}");
    }
    for (count, client) in clients.iter().enumerate() {
        let all = store.clients().await.unwrap().len();
        assert_eq!(all, clients.len() - count);
        let removed = store.remove_client(&client.name).await.unwrap();
        assert_eq!(removed, Some(client.id.to_string()));
    }
}

pub(in super::super) async fn an_acknowledged_client_is_there_after_a_restart(handles: &Handles) {
    let store = handles.open().await;
    let (reports, mail) = (client("reports"), client("mail"));
    for client in [&reports, &mail] {
        store.add_client(client).await.unwrap();
    }
    store.remove_client(&mail.name).await.unwrap();
    store.close().await;
    let again = handles.open().await;
    assert_eq!(again.clients().await.unwrap(), [reports]);
}
