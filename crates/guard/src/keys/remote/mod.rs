//! Keys that a server publishes: fetched once for all requests, kept fresh in the background, served on while the
//! server is away.
//!
//! A request looks into memory. It waits for the server in two cases only: there are no keys yet, or its token names
//! one that is not known. `source` is where and how to ask, `discovery` how an issuer's key set is found, `fetch` one
//! answer, `freshness` how long it counts, `refresher` the task that asks, `attempts` how requests wait for it, and
//! `held` what is known.

mod attempts;
mod discovery;
mod fetch;
mod freshness;
mod held;
mod refresher;
mod source;

use std::{
    fmt::{self, Debug, Formatter},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::Client;
use serde_json::Value;
use tegata_token::{Algorithm, Keyring, Reason, inspect};
use tokio::{runtime::Handle, task::AbortHandle, time::timeout};

pub use self::source::{JwksError, JwksSource};
use self::{
    attempts::Attempts, fetch::TIME_LIMIT, held::Held, refresher::Refresher, source::Target,
};
use crate::outbound;

/// How far the keys of a server can be trusted, for readiness and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JwksStatus {
    /// Whose keys: where they are asked for, without a path.
    pub server: String,
    /// How long ago the server last gave a good set; `None` when it never did.
    pub age: Option<Duration>,
    /// Whether the last attempt to fetch went well; false until one did.
    pub reachable: bool,
    /// Whether there are keys to judge by. Without them guards answer 503.
    pub serving: bool,
    /// The names of the keys in the last good set.
    pub kids: Vec<String>,
    /// Why the last attempt led nowhere, when it did not: words of ours, nothing that the server sent.
    pub last_error: Option<String>,
}

/// The keys of one server.
pub(crate) struct RemoteKeys {
    http: Client,
    target: Target,
    held: Arc<Held>,
    attempts: Arc<Attempts>,
    task: Mutex<Option<AbortHandle>>,
}

impl RemoteKeys {
    /// Begins to fetch, if there is a runtime to fetch with.
    pub(super) fn start(source: &JwksSource) -> Result<Arc<Self>, JwksError> {
        let remote = Self {
            target: source.target()?,
            http: outbound::client().map_err(JwksError::HttpClient)?,
            held: Arc::new(Held::new(source)),
            attempts: Arc::new(Attempts::new()),
            task: Mutex::new(None),
        };
        remote.keep_running();
        Ok(Arc::new(remote))
    }

    pub(super) fn issuer(&self) -> Option<&str> {
        self.target.issuer()
    }

    pub(super) fn status(&self) -> JwksStatus {
        self.held.status(self.target.origin())
    }

    /// The last good keys, at once. Where there are none they are awaited, but not while the server is given a
    /// pause after it has failed.
    pub(super) async fn current(&self) -> Result<Arc<Keyring>, Reason> {
        match self.held.look() {
            (Some(ring), due) => {
                if due && self.keep_running() {
                    drop(self.attempts.want());
                }
                Ok(ring)
            }
            (None, false) => Err(Reason::KeysUnavailable),
            (None, true) => {
                self.next_attempt().await;
                self.held.look().0.ok_or(Reason::KeysUnavailable)
            }
        }
    }

    /// See [`Keys::newer`](super::Keys::newer).
    pub(super) async fn newer(
        &self,
        token: &str,
        judged_by: &Arc<Keyring>,
        refused: Reason,
    ) -> Result<Arc<Keyring>, Reason> {
        if !may_lack_its_key(token, judged_by, refused) {
            return Err(refused);
        }
        self.look_again(judged_by, refused).await
    }

    /// Another ring than `judged_by`, asking for one if it is time to.
    pub(super) async fn look_again(
        &self,
        judged_by: &Arc<Keyring>,
        refused: Reason,
    ) -> Result<Arc<Keyring>, Reason> {
        let newer = || {
            let ring = self.held.look().0?;
            (!Arc::ptr_eq(&ring, judged_by)).then_some(ring)
        };
        if let Some(ring) = newer() {
            return Ok(ring);
        }
        let may_ask = self.attempts.is_under_way() || self.held.take_turn_for_unknown();
        if may_ask && !self.next_attempt().await {
            return Err(Reason::KeysUnavailable);
        }
        match newer() {
            Some(ring) => Ok(ring),
            None if self.held.is_reachable() => Err(refused),
            // Whether the key has been published meanwhile cannot be told.
            None => Err(Reason::KeysUnavailable),
        }
    }

    /// Waits for the end of the attempt that is under way, or else of one that begins now. False when it has not
    /// ended in time, or there is nothing to make it with.
    async fn next_attempt(&self) -> bool {
        self.keep_running() && timeout(TIME_LIMIT, self.attempts.want()).await.is_ok()
    }

    /// Sees to it that the task runs: it ends with its runtime, and before there is one it has not begun.
    fn keep_running(&self) -> bool {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.as_ref().is_some_and(|task| !task.is_finished()) {
            return true;
        }
        let Ok(runtime) = Handle::try_current() else {
            return false;
        };
        let refresher = Refresher {
            http: self.http.clone(),
            target: self.target.clone(),
            held: Arc::clone(&self.held),
            attempts: Arc::clone(&self.attempts),
            found: None,
        };
        *task = Some(runtime.spawn(refresher.run()).abort_handle());
        true
    }
}

impl Drop for RemoteKeys {
    fn drop(&mut self) {
        let task = self.task.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task {
            task.abort();
        }
    }
}

impl Debug for RemoteKeys {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys")
            .field("server", &self.target.origin())
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

/// Whether a token that these keys refused may be signed with a key that they lack: with one of another name, or,
/// where tokens name none, with any.
fn may_lack_its_key(token: &str, keys: &Keyring, refused: Reason) -> bool {
    let looked_up = matches!(refused, Reason::KeyUnknown | Reason::AlgorithmNotAllowed);
    if !looked_up && refused != Reason::BadSignature {
        return false;
    }
    let Ok(said) = inspect(token) else {
        return false;
    };
    let algorithm = said.header.get("alg").and_then(Value::as_str);
    // A set of keys never holds a secret.
    let fits = |algorithm: Algorithm| !algorithm.is_shared_secret();
    if !algorithm.and_then(Algorithm::parse).is_some_and(fits) {
        return false;
    }
    match said.header.get("kid") {
        None => true,
        Some(Value::String(kid)) => looked_up && !keys.contains(kid),
        Some(_) => false,
    }
}
