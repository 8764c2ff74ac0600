//! Whether the issuer signs with a key that this service knows: asked of the issuer's readiness, so that a secret
//! that differs is told to the operator before it refuses anybody.

use std::{
    fmt::{self, Debug, Formatter},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use http::StatusCode;
use reqwest::Client;
use serde_json::Value;
use thiserror::Error;
use tokio::{
    runtime::Handle,
    sync::Notify,
    task::AbortHandle,
    time::{Instant, timeout},
};
use url::Url;

use crate::{Guard, Keys, outbound};

/// For one answer, head and body.
const TIME_LIMIT: Duration = Duration::from_secs(2);
/// Between two comparisons in the background: while all is well, and while it is not.
const PERIOD: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(2));
/// A readiness answer has some hundred bytes.
const MOST_BYTES: usize = 64 * 1024;
/// Fingerprints have 11 letters, thumbprints 43.
const LONGEST_KID: usize = 256;

/// Compares the keys of a guard with the one that the issuer signs with. Clones share what was found out.
///
/// ```no_run
/// # async fn ready(guard: &tegata_guard::Guard) -> Result<bool, Box<dyn std::error::Error>> {
/// // Once, at start:
/// let agreement = guard.agreement("https://login.example.com")?;
///
/// // In readiness:
/// let keys = agreement.compare().await;
/// println!("{:?}, the issuer signs with {:?}", keys.verifying, keys.issuer_signs_with);
/// let ready = !keys.differ();
/// # Ok(ready)
/// # }
/// ```
#[derive(Clone)]
pub struct KeyAgreement {
    shared: Arc<Shared>,
    follower: Option<Arc<Follower>>,
}

/// What a comparison has found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compared {
    /// The names of the keys that verify here; none while they cannot be had.
    pub verifying: Vec<String>,
    /// What the issuer signs with, as far as it ever said.
    pub issuer_signs_with: Option<String>,
    /// Whether it said so when it was last asked.
    pub reachable: bool,
}

/// It is no address of an issuer, or this machine cannot ask it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BadIssuer {
    /// Not a URL to ask.
    #[error(
        "write the issuer's address, such as https://login.example.com, without user, query and fragment"
    )]
    Address,
    /// This machine's TLS set-up cannot be read.
    #[error("cannot prepare connections to the issuer: {0}")]
    HttpClient(reqwest::Error),
    /// There is nothing to run in the background with.
    #[error("compare in the background from within a tokio runtime, such as #[tokio::main] makes")]
    NoRuntime,
}

struct Shared {
    keys: Keys,
    http: Client,
    readiness: Url,
    last: Mutex<Last>,
    asking: tokio::sync::Mutex<()>,
    bell: Notify,
}

#[derive(Default)]
struct Last {
    compared: Compared,
    at: Option<Instant>,
}

struct Follower(AbortHandle);

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Compared {
    /// The issuer signs with a key that is not known here: every token that it makes is refused.
    pub fn differ(&self) -> bool {
        let known = |kid: &String| self.verifying.contains(kid);
        // Without keys of our own nothing can be said of them.
        !self.verifying.is_empty()
            && self
                .issuer_signs_with
                .as_ref()
                .is_some_and(|kid| !known(kid))
    }

    /// The issuer signs with a key that is known here.
    pub fn agree(&self) -> bool {
        self.issuer_signs_with
            .as_ref()
            .is_some_and(|kid| self.verifying.contains(kid))
    }
}

impl Guard {
    /// Compares the keys of this guard (with several issuers, those of the first) with the one that the issuer at this
    /// address signs with, whenever it is asked to. Nothing
    /// secret is sent, and the answer lets nobody in.
    ///
    /// # Errors
    /// See [`BadIssuer`]; the text says what to do.
    pub fn agreement(&self, issuer: &str) -> Result<KeyAgreement, BadIssuer> {
        // Plain http too: what could be changed on the way lets nobody in.
        let readiness = outbound::address(issuer, true).map_err(|_| BadIssuer::Address)?;
        let mut readiness = match readiness.query() {
            None => readiness,
            Some(_) => return Err(BadIssuer::Address),
        };
        let path = format!("{}/health/ready", readiness.path().trim_end_matches('/'));
        readiness.set_path(&path);
        let http = outbound::client_of(&readiness).map_err(BadIssuer::HttpClient)?;
        Ok(KeyAgreement {
            shared: Arc::new(Shared {
                keys: self.first_keys().clone(),
                http,
                readiness,
                last: Mutex::default(),
                asking: tokio::sync::Mutex::default(),
                bell: Notify::new(),
            }),
            follower: None,
        })
    }
}

impl KeyAgreement {
    /// Compares again and again in the background, every ten seconds, and every two while the keys differ or the
    /// issuer is away; until the last clone of what this returns is gone.
    ///
    /// # Errors
    /// [`BadIssuer::NoRuntime`]
    pub fn in_background(self) -> Result<Self, BadIssuer> {
        let runtime = Handle::try_current().map_err(|_| BadIssuer::NoRuntime)?;
        let task = runtime.spawn(follow(Arc::downgrade(&self.shared)));
        Ok(Self {
            follower: Some(Arc::new(Follower(task.abort_handle()))),
            ..self
        })
    }

    /// Asks the issuer now, for two seconds at the most, and compares (keys that have to be fetched may take two
    /// more). Who comes while somebody asks gets the same
    /// answer.
    pub async fn compare(&self) -> Compared {
        self.shared.compare().await
    }

    /// What was last found out, without asking anybody.
    pub fn last(&self) -> Compared {
        self.shared.last().compared.clone()
    }

    /// Asks the background to compare now: something speaks for a change.
    pub fn compare_soon(&self) {
        self.shared.bell.notify_one();
    }
}

impl Shared {
    async fn compare(&self) -> Compared {
        let since = Instant::now();
        let _turn = self.asking.lock().await;
        {
            let last = self.last();
            if last.at.is_some_and(|at| at >= since) {
                return last.compared.clone();
            }
        }
        let said = self.ask().await;
        let ring = timeout(TIME_LIMIT, async {
            match &said {
                Some(kid) => self.keys.with_key(kid).await.ok(),
                None => self.keys.current().await.ok(),
            }
        });
        let verifying = ring.await.ok().flatten().map_or(Vec::new(), |ring| {
            ring.kids().map(|kid| kid.to_string()).collect()
        });
        let mut last = self.last();
        let new = Compared {
            verifying,
            reachable: said.is_some(),
            issuer_signs_with: said.or_else(|| last.compared.issuer_signs_with.clone()),
        };
        log_change(&self.readiness, &last.compared, &new);
        last.at = Some(Instant::now());
        last.compared = new.clone();
        new
    }

    /// The `kid` that the issuer signs with now, if it says so.
    async fn ask(&self) -> Option<String> {
        let asked = timeout(TIME_LIMIT, async {
            let answer = self.http.get(self.readiness.clone()).send().await.ok()?;
            // One without its store is not ready, and says what it signs with.
            if ![StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE].contains(&answer.status()) {
                return None;
            }
            signing(&outbound::body(answer, MOST_BYTES).await.ok()??)
        });
        let kid = asked.await.ok().flatten();
        if kid.is_none() {
            tracing::debug!("the issuer does not say what it signs with");
        }
        kid
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn signing(body: &[u8]) -> Option<String> {
    let readiness: Value = serde_json::from_slice(body).ok()?;
    let kid = readiness["keys"]["signing"].as_str()?;
    // It is shown in logs and on pages.
    let shown = (1..=LONGEST_KID).contains(&kid.len()) && kid.bytes().all(|b| b.is_ascii_graphic());
    shown.then(|| kid.to_owned())
}

/// Once at the start and once at each change, not at each comparison.
fn log_change(at: &Url, before: &Compared, now: &Compared) {
    let Some(issuer) = &now.issuer_signs_with else {
        return;
    };
    if now.differ() == before.differ() && now.issuer_signs_with == before.issuer_signs_with {
        return;
    }
    let known = now.verifying.join(", ");
    let at = at.origin().ascii_serialization();
    if now.differ() {
        tracing::error!(
            event = "keys_differ",
            issuer = at,
            "the issuer signs with key {issuer}, and this service knows {known}: set the same SECRET_KEY and ALGORITHM for both"
        );
    } else {
        tracing::info!(
            event = "keys_agree",
            issuer = at,
            "the issuer signs with key {issuer}, which is known here"
        );
    }
}

async fn follow(shared: Weak<Shared>) {
    let (well, ill) = PERIOD;
    while let Some(shared) = shared.upgrade() {
        let compared = shared.compare().await;
        let pause = if compared.agree() && compared.reachable {
            well
        } else {
            ill
        };
        // A comparison that was asked for comes a little sooner, and never at once: many may ask.
        if timeout(pause, shared.bell.notified()).await.is_ok() {
            let _ = timeout(Duration::from_millis(250), std::future::pending::<()>()).await;
        }
    }
}

impl Debug for KeyAgreement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyAgreement")
            .field("last", &self.last())
            .field("in_background", &self.follower.is_some())
            .finish()
    }
}
