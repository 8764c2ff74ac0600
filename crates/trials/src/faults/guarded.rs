//! Somebody's service with a guard, in this process: it follows the issuer's feed, and judges one token over and
//! over. It needs no store, so whatever becomes of that, nothing may change here.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tegata_guard::{Guard, Keys, Revocations, revocations::Feed, token::Keyring};
use tegata_token::HmacSecret;

use crate::{Answer, Client, Ground, Request, until};

/// Between two checks.
const PACE: Duration = Duration::from_millis(20);

/// A guard at work, until it is asked what it saw.
#[derive(Debug)]
pub(super) struct Guarded {
    over: Arc<AtomicBool>,
    seen: Arc<Mutex<Checks>>,
    thread: Option<JoinHandle<()>>,
}

/// What became of the checks.
#[derive(Clone, Debug, Default)]
pub(super) struct Checks {
    pub(super) count: usize,
    pub(super) refused: Vec<String>,
    pub(super) longest: Duration,
}

impl Guarded {
    /// Behind this issuer, with a token of its first account.
    pub(super) fn begin(issuer: &str) -> Self {
        let token = first_login(issuer).member("access_token").expect("a token");
        let secret = HmacSecret::parse(Ground::SECRET).unwrap();
        let feed = Feed::of(issuer);
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::new(Mutex::new(Checks::default()));
        let (ends, sees) = (Arc::clone(&over), Arc::clone(&seen));
        let work = async move {
            let guard = Guard::new(Keys::ring(Keyring::shared_secret(secret, Vec::new())))
                .with_issuer(Ground::ISSUER)
                .with_revocations(Revocations::follow(feed).unwrap());
            let mut pace = tokio::time::interval(PACE);
            while !ends.load(SeqCst) {
                pace.tick().await;
                let start = Instant::now();
                let judged = guard.check(&token).await;
                let took = start.elapsed();
                let mut seen = sees.lock().unwrap_or_else(PoisonError::into_inner);
                seen.count += 1;
                seen.longest = seen.longest.max(took);
                if let Err(reason) = judged {
                    seen.refused.push(reason.code().to_owned());
                }
            }
        };
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(work);
        });
        Self {
            over,
            seen,
            thread: Some(thread),
        }
    }

    /// What it saw.
    pub(super) fn end(mut self) -> Checks {
        self.over.store(true, SeqCst);
        self.thread.take().map(JoinHandle::join).unwrap().unwrap();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }
}

/// Of the first account, which on MongoDB is made a moment after the issuer is ready.
pub(super) fn first_login(issuer: &str) -> Answer {
    let login = Request::log_in("admin", Ground::ADMIN_PASSWORD);
    let mut client = Client::new(issuer);
    let in_at_last = || {
        client
            .ask(&login)
            .ok()
            .filter(|answer| answer.status == 200)
    };
    until(
        "the first account is there",
        Duration::from_secs(30),
        in_at_last,
    )
    .0
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.over.store(true, SeqCst);
    }
}
