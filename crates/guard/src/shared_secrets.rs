//! The secrets that services share: fixed ones, or those in files, which are followed. One signs, and all of
//! them verify.
//!
//! `secret_key` holds the one that signs; `previous_secret_keys` holds others, one a line: those that signed
//! before, and those that will. Whoever asks for the secrets makes them look, once a second at most: two small
//! reads. A file that is gone or cannot be used changes nothing, and is said once in the log. The list is read
//! first: a secret that moves from the list to the front is in one of them at each moment.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tegata_token::{HmacSecret, Keyring, SecretError};

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

/// Where the secrets are written.
#[derive(Clone, Debug)]
pub struct SecretFiles {
    signing: Signing,
    verifying: PathBuf,
    previous: Vec<HmacSecret>,
    allow_weak: bool,
}

/// Why a file of secrets cannot be used. Says what to do, never what is in it.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct SecretFileError {
    path: PathBuf,
    why: Why,
}

#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error(transparent)]
    Refused(#[from] SecretError),
    #[error("line {0}: {1}")]
    Line(usize, SecretError),
}

#[derive(Clone, Debug)]
enum Signing {
    File(PathBuf),
    Fixed(HmacSecret),
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
    fn new(current: HmacSecret, previous: Vec<HmacSecret>, weak: bool) -> Self {
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

impl SecretFiles {
    /// The secret that signs, in one file, and the others, one a line, in another, which need not be there.
    pub fn new(signing: impl Into<PathBuf>, verifying: impl Into<PathBuf>) -> Self {
        Self::with(Signing::File(signing.into()), verifying.into())
    }

    /// A secret that signs and stays, and the file with the others.
    pub fn beside(signing: HmacSecret, verifying: impl Into<PathBuf>) -> Self {
        Self::with(Signing::Fixed(signing), verifying.into())
    }

    fn with(signing: Signing, verifying: PathBuf) -> Self {
        Self {
            signing,
            verifying,
            previous: Vec::new(),
            allow_weak: false,
        }
    }

    /// These verify as well, whatever is in the files.
    #[must_use]
    pub fn with_previous(self, previous: Vec<HmacSecret>) -> Self {
        Self { previous, ..self }
    }

    /// Takes secrets however weak they are. For development only: anybody can forge tokens.
    #[must_use]
    pub fn allow_weak(self) -> Self {
        Self {
            allow_weak: true,
            ..self
        }
    }

    /// Reads them, and follows them from now on.
    ///
    /// # Errors
    /// [`SecretFileError`]
    pub fn open(self) -> Result<SharedSecrets, SecretFileError> {
        let mut looking = Looking::default();
        let found = self.read(&mut looking.had_list)?;
        let followed = Followed {
            files: self,
            since: Instant::now(),
            next_look: AtomicU64::new(0),
            look: Mutex::new(looking),
        };
        followed.looked();
        Ok(SharedSecrets::holding(found, Some(followed)))
    }

    fn read(&self, had_list: &mut bool) -> Result<Secrets, SecretFileError> {
        let mut weak = false;
        let mut previous = self.previous.clone();
        let list = match fs::read_to_string(&self.verifying) {
            Ok(list) => {
                *had_list = true;
                list
            }
            Err(cause) if cause.kind() == io::ErrorKind::NotFound && !*had_list => String::new(),
            Err(cause) => return Err(failed(&self.verifying, cause)),
        };
        for (number, line) in list.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() {
                let secret = self.parse(line, &mut weak);
                let line = |why| failed(&self.verifying, Why::Line(number + 1, why));
                previous.push(secret.map_err(line)?);
            }
        }
        let current = match &self.signing {
            Signing::Fixed(secret) => secret.clone(),
            Signing::File(path) => {
                let text = fs::read_to_string(path).map_err(|cause| failed(path, cause))?;
                // A line break at the end is the editor's, not the secret's.
                let text = text.trim_end_matches(['\r', '\n']);
                let secret = self.parse(text, &mut weak);
                secret.map_err(|why| failed(path, why))?
            }
        };
        Ok(Secrets::new(current, previous, weak))
    }

    fn parse(&self, text: &str, weak: &mut bool) -> Result<HmacSecret, SecretError> {
        match HmacSecret::parse(text) {
            Err(_) if self.allow_weak => {
                *weak = true;
                HmacSecret::parse_insecure(text)
            }
            parsed => parsed,
        }
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

fn failed(path: &Path, why: impl Into<Why>) -> SecretFileError {
    SecretFileError {
        path: path.to_owned(),
        why: why.into(),
    }
}
