//! The secrets that services share: fixed ones, or those in files, which are followed. One signs, and all of
//! them verify.
//!
//! Whoever asks for the secrets makes them look at their files (`secret_files`), once a second at most: two small
//! reads. A file that is gone or cannot be used changes nothing, and is said once in the log.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tegata_token::{HmacSecret, Keyring};

use crate::secret_files::{SecretFileError, SecretFiles};

/// Between two looks at the files.
const PAUSE: Duration = Duration::from_secs(1);

/// The secrets of a moment.
#[derive(Clone, Debug)]
pub struct Secrets {
    current: HmacSecret,
    previous: Vec<HmacSecret>,
    ring: Arc<Keyring>,
    weak: bool,
}

/// Secrets that may change at run time; clones share them.
#[derive(Clone, Debug)]
pub struct SharedSecrets {
    held: Arc<RwLock<Arc<Secrets>>>,
    followed: Option<Arc<Followed>>,
}

struct Followed {
    files: SecretFiles,
    since: Instant,
    /// Milliseconds after `since`.
    next_look: AtomicU64,
    look: Mutex<Looking>,
}

/// What one look leaves to the next.
#[derive(Default)]
struct Looking {
    /// The list was there: from now on it is missed when it is not.
    had_list: bool,
    complained: bool,
}

impl Secrets {
    pub(crate) fn new(current: HmacSecret, previous: Vec<HmacSecret>, weak: bool) -> Self {
        Self {
            ring: Arc::new(Keyring::shared_secret(current.clone(), previous.clone())),
            current,
            previous,
            weak,
        }
    }

    /// The one that signs.
    pub fn current(&self) -> &HmacSecret {
        &self.current
    }

    /// The others: their tokens are accepted.
    pub fn previous(&self) -> &[HmacSecret] {
        &self.previous
    }

    /// All of them as keys.
    pub fn ring(&self) -> &Arc<Keyring> {
        &self.ring
    }

    /// Whether one of them is too weak to protect anybody.
    pub fn is_weak(&self) -> bool {
        self.weak
    }

    fn is_same(&self, other: &Self) -> bool {
        self.current == other.current && self.previous == other.previous
    }
}

impl SharedSecrets {
    /// Secrets that stay as they are.
    pub fn fixed(current: HmacSecret, previous: Vec<HmacSecret>) -> Self {
        Self::holding(Secrets::new(current, previous, false), None)
    }

    /// Those that these files hold now, and follows them from now on.
    pub(crate) fn followed(files: SecretFiles) -> Result<Self, SecretFileError> {
        let mut looking = Looking::default();
        let found = files.read(&mut looking.had_list)?;
        let followed = Followed {
            files,
            since: Instant::now(),
            next_look: AtomicU64::new(0),
            look: Mutex::new(looking),
        };
        followed.looked();
        Ok(Self::holding(found, Some(followed)))
    }

    /// The secrets of this moment.
    pub fn now(&self) -> Arc<Secrets> {
        if let Some(followed) = &self.followed
            && followed.is_due()
        {
            self.look();
        }
        self.held()
    }

    /// Looks at the files now, however short ago the last look was.
    pub fn look(&self) {
        let Some(followed) = &self.followed else {
            return;
        };
        // Whoever comes meanwhile waits for this look, a few microseconds, and goes on with what it finds.
        let mut looking = followed.look.lock().unwrap_or_else(PoisonError::into_inner);
        match followed.files.read(&mut looking.had_list) {
            Ok(found) => {
                looking.complained = false;
                if !found.is_same(&self.held()) {
                    let kids: Vec<&str> = found.ring.kids().map(|kid| kid.as_str()).collect();
                    tracing::info!(?kids, "the files of secrets have changed; the first signs");
                    let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
                    *held = Arc::new(found);
                }
            }
            Err(cause) if !looking.complained => {
                looking.complained = true;
                tracing::error!(
                    %cause,
                    "a file of secrets cannot be used; going on with the secrets of before"
                );
            }
            Err(_) => {}
        }
        followed.looked();
    }

    fn holding(secrets: Secrets, followed: Option<Followed>) -> Self {
        Self {
            held: Arc::new(RwLock::new(Arc::new(secrets))),
            followed: followed.map(Arc::new),
        }
    }

    fn held(&self) -> Arc<Secrets> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Followed {
    fn is_due(&self) -> bool {
        self.elapsed() >= self.next_look.load(Ordering::Relaxed)
    }

    fn looked(&self) {
        let next = self.elapsed() + PAUSE.as_millis() as u64;
        self.next_look.store(next, Ordering::Relaxed);
    }

    fn elapsed(&self) -> u64 {
        self.since.elapsed().as_millis() as u64
    }
}

impl fmt::Debug for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Followed")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}
