//! A store, the embedded one unless said otherwise, with a plug that can be pulled and a hand that gets in between.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use async_trait::async_trait;
use tegata_issuer::{
    event::Event,
    login_session::{Ended, LoginSession, Sid, Turn},
    oauth_client::{ClientId, ClientName, OAuthClient},
    password::PasswordHash,
    store::{
        Added, Attempts, Change, Changed, Clients, EndMark, EndedSession, Ending, Events,
        LoginSessions, Page, Removed, SealedKey, SealedKeys, Store, Turned, Unavailable, Users,
        Which,
    },
    throttle::{Account, Counter, Tally, Whose},
    user::{User, UsernameKey},
};
use time::OffsetDateTime;
use uuid::Uuid;

/// What the cause of an outage says; none of it may reach a client.
pub(crate) const CAUSE: &str = "db-7.internal refused";

/// What becomes of audit events alone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum ForEvents {
    #[default]
    There,
    Away,
    /// It never answers.
    Silent,
}

#[derive(Debug)]
pub(crate) struct ShakyStore {
    inner: Arc<dyn Store>,
    away: AtomicBool,
    events: Mutex<ForEvents>,
    meanwhile: Mutex<Option<PasswordHash>>,
    ids_are_found: AtomicBool,
}

impl ShakyStore {
    pub(crate) fn new(inner: impl Store + 'static) -> Self {
        Self {
            inner: Arc::new(inner),
            away: AtomicBool::new(false),
            events: Mutex::default(),
            meanwhile: Mutex::default(),
            ids_are_found: AtomicBool::new(true),
        }
    }

    pub(crate) fn goes_away(&self) {
        self.away.store(true, SeqCst);
    }

    pub(crate) fn comes_back(&self) {
        self.away.store(false, SeqCst);
    }

    pub(crate) fn is_for_events(&self, how: ForEvents) {
        *self.events.lock().unwrap() = how;
    }

    /// Finds users by their names from now on, and not by their ids.
    pub(crate) fn loses_ids(&self) {
        self.ids_are_found.store(false, SeqCst);
    }

    pub(crate) fn finds_ids(&self) {
        self.ids_are_found.store(true, SeqCst);
    }

    /// Somebody sets this hash right before the next conditional change.
    pub(crate) fn meanwhile_set(&self, hash: PasswordHash) {
        *self.meanwhile.lock().unwrap() = Some(hash);
    }

    fn reach(&self) -> Result<&dyn Store, Unavailable> {
        if self.away.load(SeqCst) {
            Err(Unavailable(CAUSE.into()))
        } else {
            Ok(self.inner.as_ref())
        }
    }
}

#[async_trait]
impl Store for ShakyStore {
    async fn ping(&self) -> Result<(), Unavailable> {
        self.reach()?.ping().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

#[async_trait]
impl Users for ShakyStore {
    async fn add_users(&self, users: &[User]) -> Result<Vec<Added>, Unavailable> {
        self.reach()?.add_users(users).await
    }

    async fn user_by_username(&self, key: &UsernameKey) -> Result<Option<User>, Unavailable> {
        self.reach()?.user_by_username(key).await
    }

    async fn users_by_usernames(&self, keys: &[UsernameKey]) -> Result<Vec<User>, Unavailable> {
        self.reach()?.users_by_usernames(keys).await
    }

    async fn user_by_id(&self, id: Uuid) -> Result<Option<User>, Unavailable> {
        if !self.ids_are_found.load(SeqCst) {
            return Err(Unavailable(CAUSE.into()));
        }
        self.reach()?.user_by_id(id).await
    }

    async fn any_user(&self) -> Result<bool, Unavailable> {
        self.reach()?.any_user().await
    }

    async fn users_after(&self, after: Option<Uuid>, limit: usize) -> Result<Page, Unavailable> {
        self.reach()?.users_after(after, limit).await
    }

    async fn set_password_hash(
        &self,
        id: Uuid,
        hash: &PasswordHash,
        replacing: Option<&PasswordHash>,
        now: OffsetDateTime,
    ) -> Result<bool, Unavailable> {
        let store = self.reach()?;
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let (Some(other), Some(_)) = (meanwhile, replacing) {
            store.set_password_hash(id, &other, None, now).await?;
        }
        store.set_password_hash(id, hash, replacing, now).await
    }

    async fn change_user(
        &self,
        id: Uuid,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<Changed, Unavailable> {
        self.reach()?.change_user(id, change, now).await
    }

    async fn remove_user(&self, id: Uuid) -> Result<Removed, Unavailable> {
        self.reach()?.remove_user(id).await
    }
}

#[async_trait]
impl LoginSessions for ShakyStore {
    async fn begin_session(&self, session: &LoginSession) -> Result<(), Unavailable> {
        self.reach()?.begin_session(session).await
    }

    async fn session_with_user(
        &self,
        sid: Sid,
    ) -> Result<Option<(LoginSession, Option<User>)>, Unavailable> {
        self.reach()?.session_with_user(sid).await
    }

    async fn turn_session(&self, turn: &Turn) -> Result<Turned, Unavailable> {
        self.reach()?.turn_session(turn).await
    }

    async fn end_session(
        &self,
        sid: Sid,
        user: Option<Uuid>,
        ended: Ended,
    ) -> Result<Option<Ending>, Unavailable> {
        self.reach()?.end_session(sid, user, ended).await
    }

    async fn end_sessions_of(
        &self,
        user: Uuid,
        except: Option<Sid>,
        ended: Ended,
    ) -> Result<u64, Unavailable> {
        self.reach()?.end_sessions_of(user, except, ended).await
    }

    async fn end_every_session(&self, ended: Ended) -> Result<u64, Unavailable> {
        self.reach()?.end_every_session(ended).await
    }

    async fn sessions_of(
        &self,
        user: Uuid,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<LoginSession>, Unavailable> {
        self.reach()?.sessions_of(user, now, limit).await
    }

    async fn sessions_after(
        &self,
        after: Option<Sid>,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<LoginSession>, Unavailable> {
        self.reach()?.sessions_after(after, now, limit).await
    }

    async fn sessions_ended_after(
        &self,
        mark: EndMark,
        limit: usize,
    ) -> Result<Vec<EndedSession>, Unavailable> {
        // The embedded store never waits: whoever asks it for ever would keep time limits from running out.
        tokio::task::yield_now().await;
        self.reach()?.sessions_ended_after(mark, limit).await
    }
}

#[async_trait]
impl Clients for ShakyStore {
    async fn add_client(&self, client: &OAuthClient) -> Result<bool, Unavailable> {
        self.reach()?.add_client(client).await
    }

    async fn client(&self, id: ClientId) -> Result<Option<OAuthClient>, Unavailable> {
        self.reach()?.client(id).await
    }

    async fn clients(&self) -> Result<Vec<OAuthClient>, Unavailable> {
        self.reach()?.clients().await
    }

    async fn remove_client(&self, name: &ClientName) -> Result<Option<String>, Unavailable> {
        self.reach()?.remove_client(name).await
    }
}

#[async_trait]
impl SealedKeys for ShakyStore {
    async fn sealed_key(&self, name: &str) -> Result<Option<SealedKey>, Unavailable> {
        self.reach()?.sealed_key(name).await
    }

    async fn keep_sealed_key(&self, name: &str, key: &SealedKey) -> Result<SealedKey, Unavailable> {
        self.reach()?.keep_sealed_key(name, key).await
    }

    async fn replace_sealed_key(
        &self,
        name: &str,
        old: &SealedKey,
        new: &SealedKey,
    ) -> Result<bool, Unavailable> {
        self.reach()?.replace_sealed_key(name, old, new).await
    }
}

#[async_trait]
impl Events for ShakyStore {
    async fn add_events(&self, events: &[Event]) -> Result<(), Unavailable> {
        let how = *self.events.lock().unwrap();
        match how {
            ForEvents::There => self.reach()?.add_events(events).await,
            ForEvents::Away => Err(Unavailable(CAUSE.into())),
            ForEvents::Silent => std::future::pending().await,
        }
    }

    async fn events_before(
        &self,
        before: Option<Uuid>,
        which: Which,
        limit: usize,
    ) -> Result<Vec<Event>, Unavailable> {
        self.reach()?.events_before(before, which, limit).await
    }
}

#[async_trait]
impl Attempts for ShakyStore {
    async fn attempts(
        &self,
        of: &[Counter],
        now: OffsetDateTime,
    ) -> Result<Vec<Tally>, Unavailable> {
        self.reach()?.attempts(of, now).await
    }

    async fn count_attempt(
        &self,
        of: &[Counter],
        now: OffsetDateTime,
    ) -> Result<Vec<Tally>, Unavailable> {
        self.reach()?.count_attempt(of, now).await
    }

    async fn attempts_at(
        &self,
        account: &Account,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<(Whose, Tally)>, Unavailable> {
        self.reach()?.attempts_at(account, now, limit).await
    }

    async fn forget_attempts(&self, of: &[Counter]) -> Result<(), Unavailable> {
        self.reach()?.forget_attempts(of).await
    }

    async fn forget_attempts_at(&self, account: &Account) -> Result<u64, Unavailable> {
        self.reach()?.forget_attempts_at(account).await
    }
}
