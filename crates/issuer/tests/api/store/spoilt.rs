//! A file in which somebody has written: what they spoilt is named, and hides nothing else. (The same of MongoDB is
//! in `tests/mongodb/documents.rs`.)

use std::sync::Arc;

use rusqlite::Connection;
use tegata_issuer::{
    event::{By, Event, Kind},
    login_session::{EndCause, Ended, LoginSession, Sid},
    oauth_client::{ClientId, ClientName, ClientSecret, OAuthClient},
    scope::Scopes,
    store::{EndMark, SealedKey, SqliteStore, Store, Which},
    user::User,
};
use tegata_token::SystemRandom;
use tempfile::TempDir;
use time::Duration;
use uuid::Uuid;

use super::conformance::{NOW, session_of, user};

/// Text that is none, as SQLite keeps it without a word.
pub(super) const NO_TEXT: &str = "CAST(X'ff41' AS TEXT)";

pub(super) struct Spoilt {
    folder: TempDir,
    pub(super) store: Arc<dyn Store>,
    pub(super) users: Vec<User>,
    pub(super) sessions: Vec<LoginSession>,
}

impl Spoilt {
    /// Two that are kept now.
    pub(super) async fn two_events(&self) -> [Event; 2] {
        let events = [1, 2].map(|number| Event {
            id: Uuid::from_u128(number),
            at: NOW,
            act: By::command_line().did(Kind::Login),
        });
        self.store.add_events(&events).await.unwrap();
        events
    }

    /// Three users with a session each.
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("issuer.db"), "DATABASE_URL");
        let store: Arc<dyn Store> = Arc::new(store.unwrap());
        let users: Vec<User> = ["hanako", "taro", "jiro"].map(user).into();
        let mut sessions = Vec::new();
        for user in &users {
            store.add_user(user).await.unwrap();
            let session = session_of(user, NOW);
            store.begin_session(&session).await.unwrap();
            sessions.push(session);
        }
        Self {
            folder,
            store,
            users,
            sessions,
        }
    }

    pub(super) fn by_hand(&self, statement: &str) {
        let file = Connection::open(self.folder.path().join("issuer.db")).unwrap();
        file.execute_batch(statement).unwrap();
    }
}

#[tokio::test]
async fn a_user_that_cannot_be_read_is_named_and_left_out_of_lists() {
    let world = Spoilt::new().await;
    let [hanako, taro, jiro] = &world.users[..] else {
        panic!("three");
    };
    for (change, column) in [
        ("roles = '[\"admin'", "roles"),
        ("username = 'jiro'", "username_key"),
    ] {
        let id = hanako.id;
        world.by_hand(&format!("UPDATE user SET {change} WHERE id = '{id}'"));

        let refused = world.store.user_by_id(id).await.unwrap_err().to_string();
        assert!(
            refused.contains(&format!("the user {id}: {column}")),
            "{refused}"
        );
        let page = world.store.users_after(None, 10).await.unwrap();
        assert_eq!(page.left_out.len(), 1);
        assert_eq!(page.left_out[0].username_key.as_deref(), Some("hanako"));
        let others: Vec<_> = page.users.iter().map(|user| user.id).collect();
        assert_eq!(others.len(), 2);
        assert!(others.contains(&taro.id) && others.contains(&jiro.id));
        let keys = [hanako.username.key(), taro.username.key()];
        let named = world.store.users_by_usernames(&keys).await.unwrap();
        assert_eq!(named, std::slice::from_ref(taro));
        world.by_hand(&format!(
            "UPDATE user SET roles = '[]', username = 'hanako' WHERE id = '{id}'"
        ));
    }
}

#[tokio::test]
async fn a_session_that_cannot_be_read_stops_neither_the_feed_nor_a_list() {
    let world = Spoilt::new().await;
    for session in &world.sessions {
        let ended = Ended {
            at: NOW + Duration::minutes(1),
            cause: EndCause::SignedOut,
        };
        let ends = world.store.end_session(session.id, None, ended).await;
        ends.unwrap().expect("it was live");
    }
    for (session, torn) in world.sessions.iter().zip(["'torn'", NO_TEXT]) {
        let id = session.id;
        world.by_hand(&format!(
            "UPDATE login_session SET id = {torn} WHERE id = '{id}'"
        ));
    }

    let start = EndMark {
        at: NOW,
        sid: Sid::new(&SystemRandom),
    };
    let ended = world.store.sessions_ended_after(start, 10).await.unwrap();

    let mut told: Vec<_> = ended.iter().map(|one| one.mark.sid.to_string()).collect();
    let mut others: Vec<_> = world.sessions[2..]
        .iter()
        .map(|one| one.id.to_string())
        .collect();
    told.sort();
    others.sort();
    assert_eq!(told, others);
    let user = world.users[0].id;
    let live = world.store.sessions_of(user, NOW, 10).await.unwrap();
    assert!(live.is_empty(), "{live:?}");
}

#[tokio::test]
async fn a_client_that_cannot_be_read_does_not_hide_the_others() {
    let world = Spoilt::new().await;
    let mut clients = Vec::new();
    for name in ["billing", "reports"] {
        let secret = ClientSecret::generate(&SystemRandom);
        let client = OAuthClient {
            id: ClientId::new(NOW, &SystemRandom),
            name: ClientName::parse(name).unwrap(),
            secret: secret.hash(),
            scopes: Scopes::default(),
            created_at: NOW,
        };
        assert!(world.store.add_client(&client).await.unwrap());
        clients.push(client);
    }
    let id = clients[0].id;
    world.by_hand(&format!(
        "UPDATE client SET secret_hash = 'short' WHERE id = '{id}'"
    ));

    let refused = world.store.client(id).await.unwrap_err().to_string();
    assert!(
        refused.contains(&format!("the client {id}: secret_hash")),
        "{refused}"
    );
    world.by_hand(&format!(
        "UPDATE client SET name = {NO_TEXT} WHERE id = '{id}'"
    ));
    let refused = world.store.client(id).await.unwrap_err().to_string();
    assert!(
        refused.contains(&format!("the client {id}: name")),
        "{refused}"
    );
    let listed = world.store.clients().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].id, clients[1].id);
}

#[tokio::test]
async fn bytes_that_are_no_text_spoil_that_user_alone() {
    for column in [
        "id",
        "username",
        "username_key",
        "name",
        "email",
        "roles",
        "password_hash",
    ] {
        let world = Spoilt::new().await;
        let id = world.users[0].id;
        world.by_hand(&format!(
            "UPDATE user SET {column} = {NO_TEXT} WHERE id = '{id}'"
        ));

        let page = world.store.users_after(None, 10).await.expect(column);
        assert_eq!((page.users.len(), page.left_out.len()), (2, 1), "{column}");
        if column == "id" {
            continue;
        }
        let refused = world.store.user_by_id(id).await.unwrap_err().to_string();
        assert!(
            refused.contains(&format!("the user {id}: {column}")),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_value_of_another_kind_spoils_that_session_alone() {
    for (column, value) in [
        ("id", NO_TEXT),
        ("user", NO_TEXT),
        ("address", NO_TEXT),
        ("user_agent", NO_TEXT),
        ("end_cause", NO_TEXT),
        ("generation", "-1"),
        ("generation", "5000000000"),
    ] {
        let world = Spoilt::new().await;
        let id = world.sessions[0].id;
        world.by_hand(&format!(
            "UPDATE login_session SET {column} = {value} WHERE id = '{id}'"
        ));

        let live = world.store.sessions_after(None, NOW, 10).await;
        assert_eq!(live.expect(column).len(), 2, "{column} = {value}");
        if column == "id" {
            continue;
        }
        let refused = world
            .store
            .session_with_user(id)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains(&format!("the login_session {id}: {column}")),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_value_of_another_kind_spoils_that_event_or_key_alone() {
    let world = Spoilt::new().await;
    let events = world.two_events().await;
    for column in [
        "kind",
        "user",
        "actor",
        "session",
        "client",
        "address",
        "user_agent",
        "cause",
    ] {
        let id = events[0].id;
        world.by_hand(&format!(
            "UPDATE event SET {column} = {NO_TEXT} WHERE id = '{id}'"
        ));
        let told = world.store.events_before(None, Which::default(), 10).await;
        assert_eq!(told.expect(column), [events[1].clone()], "{column}");
    }

    let key = SealedKey {
        sealed_by: "a".to_owned(),
        sealed: vec![1],
    };
    world.store.keep_sealed_key("refresh", &key).await.unwrap();
    world.by_hand(&format!("UPDATE sealed_key SET sealed_by = {NO_TEXT}"));
    let refused = world
        .store
        .sealed_key("refresh")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("the sealed_key refresh: sealed_by"),
        "{refused}"
    );
}
