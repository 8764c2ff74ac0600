//! A store whose verbs are timed, by kinds of operation: a few words, so that a graph of them can be read.

use std::sync::Arc;

use async_trait::async_trait;
use tegata_server::metrics::{Operations, Timer};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Added, Attempts, Change, Changed, Clients, EndMark, EndedSession, Ending, Events,
    LoginSessions, Page, Removed, SealedKey, SealedKeys, Store, Turned, Unavailable, Users, Which,
};
use crate::{
    event::Event,
    login_session::{Ended, LoginSession, Sid, Turn},
    oauth_client::{ClientId, ClientName, OAuthClient},
    password::PasswordHash,
    throttle::{Account, Counter, Tally, Whose},
    user::{User, UsernameKey},
};

/// The kinds of operations.
pub(crate) const OPERATIONS: Operations = &[
    "ping",
    "user_read",
    "user_write",
    "session_read",
    "session_begin",
    "session_refresh",
    "session_end",
    "feed_read",
    "client_read",
    "client_write",
    "key_read",
    "key_write",
    "event_read",
    "event_write",
    "attempt",
];

/// See the module.
#[derive(Debug)]
pub struct MeasuredStore {
    store: Arc<dyn Store>,
    timer: Timer,
}

impl MeasuredStore {
    /// The same store, timed by this.
    pub fn new(store: Arc<dyn Store>, timer: Timer) -> Self {
        Self { store, timer }
    }
}

/// Each verb hands on what it was given, timed as the kind that stands before it.
macro_rules! measured {
    ($verbs:ident { $($kind:literal $verb:ident($($given:ident: $is:ty),*) -> $gives:ty;)* }) => {
        #[async_trait]
        impl $verbs for MeasuredStore {
            $(async fn $verb(&self, $($given: $is),*) -> Result<$gives, Unavailable> {
                self.timer.time($kind, self.store.$verb($($given),*)).await
            })*
        }
    };
}

#[async_trait]
impl Store for MeasuredStore {
    async fn ping(&self) -> Result<(), Unavailable> {
        self.timer.time("ping", self.store.ping()).await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}

measured!(Users {
    "user_write" add_users(users: &[User]) -> Vec<Added>;
    "user_read" user_by_username(key: &UsernameKey) -> Option<User>;
    "user_read" users_by_usernames(keys: &[UsernameKey]) -> Vec<User>;
    "user_read" user_by_id(id: Uuid) -> Option<User>;
    "user_read" any_user() -> bool;
    "user_read" users_after(after: Option<Uuid>, limit: usize) -> Page;
    "user_write" set_password_hash(
        id: Uuid, hash: &PasswordHash, replacing: Option<&PasswordHash>, now: OffsetDateTime
    ) -> bool;
    "user_write" change_user(id: Uuid, change: &Change, now: OffsetDateTime) -> Changed;
    "user_write" remove_user(id: Uuid) -> Removed;
});

measured!(LoginSessions {
    "session_begin" begin_session(session: &LoginSession) -> ();
    "session_read" session_with_user(sid: Sid) -> Option<(LoginSession, Option<User>)>;
    "session_refresh" turn_session(turn: &Turn) -> Turned;
    "session_end" end_session(sid: Sid, user: Option<Uuid>, ended: Ended) -> Option<Ending>;
    "session_end" end_sessions_of(user: Uuid, except: Option<Sid>, ended: Ended) -> u64;
    "session_end" end_every_session(ended: Ended) -> u64;
    "session_read" sessions_of(user: Uuid, now: OffsetDateTime, limit: usize) -> Vec<LoginSession>;
    "session_read" sessions_after(
        after: Option<Sid>, now: OffsetDateTime, limit: usize
    ) -> Vec<LoginSession>;
    "feed_read" sessions_ended_after(mark: EndMark, limit: usize) -> Vec<EndedSession>;
});

measured!(Clients {
    "client_write" add_client(client: &OAuthClient) -> bool;
    "client_read" client(id: ClientId) -> Option<OAuthClient>;
    "client_read" clients() -> Vec<OAuthClient>;
    "client_write" remove_client(name: &ClientName) -> Option<String>;
});

measured!(SealedKeys {
    "key_read" sealed_key(name: &str) -> Option<SealedKey>;
    "key_write" keep_sealed_key(name: &str, key: &SealedKey) -> SealedKey;
    "key_write" replace_sealed_key(name: &str, old: &SealedKey, new: &SealedKey) -> bool;
});

measured!(Events {
    "event_write" add_events(events: &[Event]) -> ();
    "event_read" events_before(before: Option<Uuid>, which: Which, limit: usize) -> Vec<Event>;
});

measured!(Attempts {
    "attempt" attempts(of: &[Counter], now: OffsetDateTime) -> Vec<Tally>;
    "attempt" count_attempt(of: &[Counter], now: OffsetDateTime) -> Vec<Tally>;
    "attempt" attempts_at(
        account: &Account, now: OffsetDateTime, limit: usize
    ) -> Vec<(Whose, Tally)>;
    "attempt" forget_attempts(of: &[Counter]) -> ();
    "attempt" forget_attempts_at(account: &Account) -> u64;
});
