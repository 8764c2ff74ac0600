//! Secrets in files: a guard follows them, and no moment of a rotation refuses a living token.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, Once},
    time::{Duration, Instant},
};

use tegata_guard::token::Reason;
use tegata_guard::{Guard, Keys, SecretFiles, SharedSecrets, token::HmacSecret};
use tempfile::TempDir;

use crate::app::{OTHER_SECRET, SECRET, claims, sign};

const NEXT_SECRET: &str = "Qr5tGh8mXw2cVb9nLk4jPd7sYz3eFa6U";
const PATIENCE: Duration = Duration::from_secs(10);

struct Folder(TempDir);

impl Folder {
    /// With this in `secret_key`, and no list.
    fn with(signing: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("secret_key", signing);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// As an editor, or a rotation, replaces a file.
    fn write(&self, name: &str, text: &str) {
        fs::write(self.path("draft"), text).unwrap();
        fs::rename(self.path("draft"), self.path(name)).unwrap();
    }

    fn files(&self) -> SecretFiles {
        SecretFiles::new(self.path("secret_key"), self.path("previous_secret_keys"))
    }

    fn open(&self) -> SharedSecrets {
        self.files().open().unwrap()
    }
}

async fn judge(secrets: &SharedSecrets, signed_with: &str) -> Result<(), Reason> {
    let clock = tegata_guard::token::ManualClock::new(crate::app::START);
    let guard =
        Guard::new(Keys::shared_secrets(secrets.clone())).with_clock(std::sync::Arc::new(clock));
    guard.check(&sign(&claims(), signed_with)).await.map(drop)
}

fn kid(secret: &str) -> String {
    HmacSecret::parse(secret).unwrap().kid().to_string()
}

fn signs(secrets: &SharedSecrets) -> String {
    secrets.now().current().kid().to_string()
}

#[tokio::test]
async fn a_guard_follows_both_files_by_itself() {
    let folder = Folder::with(&format!("{SECRET}\n"));
    let clock = tegata_guard::token::ManualClock::new(crate::app::START);
    let keys = Keys::secret_files(
        folder.path("secret_key"),
        folder.path("previous_secret_keys"),
    );
    let guard = Guard::new(keys.unwrap()).with_clock(std::sync::Arc::new(clock));
    let accepted = async |secret: &str| guard.check(&sign(&claims(), secret)).await.is_ok();
    assert!(accepted(SECRET).await);
    assert!(!accepted(NEXT_SECRET).await);

    folder.write(
        "previous_secret_keys",
        &format!("{NEXT_SECRET}\n\n{SECRET}\r\n"),
    );
    let start = Instant::now();
    while !accepted(NEXT_SECRET).await {
        assert!(start.elapsed() < PATIENCE, "the list is not followed");
        assert!(accepted(SECRET).await, "nobody is refused meanwhile");
        tokio::task::yield_now().await;
    }
    folder.write("secret_key", NEXT_SECRET);
    folder.write("previous_secret_keys", OTHER_SECRET);
    let start = Instant::now();
    while accepted(SECRET).await {
        assert!(start.elapsed() < PATIENCE, "the secret is not followed");
        tokio::task::yield_now().await;
    }
    assert!(accepted(NEXT_SECRET).await && accepted(OTHER_SECRET).await);
}

#[tokio::test]
async fn the_file_signs_and_the_list_verifies() {
    let folder = Folder::with(SECRET);
    folder.write("previous_secret_keys", OTHER_SECRET);
    let always = HmacSecret::parse(NEXT_SECRET).unwrap();
    let secrets = folder.files().with_previous(vec![always]).open().unwrap();
    assert_eq!(signs(&secrets), kid(SECRET));
    let now = secrets.now();
    let kids: Vec<&str> = now.ring().kids().map(|kid| kid.as_str()).collect();
    assert_eq!(kids, [kid(SECRET), kid(NEXT_SECRET), kid(OTHER_SECRET)]);
    for secret in [SECRET, OTHER_SECRET, NEXT_SECRET] {
        assert_eq!(judge(&secrets, secret).await, Ok(()));
    }

    let fixed = HmacSecret::parse(NEXT_SECRET).unwrap();
    let beside = SecretFiles::beside(fixed, folder.path("previous_secret_keys"));
    let secrets = beside.open().unwrap();
    assert_eq!(signs(&secrets), kid(NEXT_SECRET));
    assert_eq!(judge(&secrets, OTHER_SECRET).await, Ok(()));
    assert_eq!(judge(&secrets, SECRET).await, Err(Reason::KeyMismatch));
}

#[tokio::test]
async fn a_file_that_is_gone_or_broken_changes_nothing_and_is_said_once() {
    listen();
    let folder = Folder::with(SECRET);
    folder.write("previous_secret_keys", OTHER_SECRET);
    let secrets = folder.open();
    let both_are_good = async || {
        secrets.look();
        judge(&secrets, SECRET).await.is_ok() && judge(&secrets, OTHER_SECRET).await.is_ok()
    };
    for (name, broken) in [
        ("secret_key", None),
        ("previous_secret_keys", None),
        ("secret_key", Some("too short")),
        ("secret_key", Some("")),
        ("previous_secret_keys", Some("too short")),
    ] {
        let kept = fs::read_to_string(folder.path(name)).unwrap();
        match broken {
            None => fs::remove_file(folder.path(name)).unwrap(),
            Some(text) => folder.write(name, text),
        }
        let before = complaints(&folder.path(name));
        for _ in 0..3 {
            assert!(both_are_good().await, "{name}: {broken:?}");
        }
        assert_eq!(
            complaints(&folder.path(name)),
            before + 1,
            "{name}: {broken:?}"
        );
        folder.write(name, &kept);
        assert!(both_are_good().await);
    }
    assert!(!log().contains(SECRET) && !log().contains(OTHER_SECRET));

    // What is empty on purpose counts.
    folder.write("previous_secret_keys", "");
    secrets.look();
    assert_eq!(
        judge(&secrets, OTHER_SECRET).await,
        Err(Reason::KeyMismatch)
    );
}

#[test]
fn files_that_cannot_be_used_are_refused_at_start_with_their_name() {
    let folder = Folder::with(SECRET);
    let why = |files: SecretFiles| files.open().unwrap_err().to_string();
    let missing = SecretFiles::new(folder.path("nowhere"), folder.path("list"));
    assert!(why(missing).contains("nowhere: it cannot be read"));
    folder.write("list", &format!("{OTHER_SECRET}\nshort\n"));
    let files = SecretFiles::new(folder.path("secret_key"), folder.path("list"));
    let refused = why(files.clone());
    assert!(
        refused.contains("list: line 2: the secret has 5 bytes"),
        "{refused}"
    );
    let weak = files.allow_weak().open().unwrap();
    assert!(weak.now().is_weak());
    assert!(!folder.open().now().is_weak());
}

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn listen() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(|| Sink)
            .init();
    });
}

fn log() -> String {
    String::from_utf8(LOG.lock().unwrap().clone()).unwrap()
}

fn complaints(about: &Path) -> usize {
    let about = about.display().to_string();
    let is_one = |line: &&str| line.contains("ERROR") && line.contains(&about);
    log().lines().filter(is_one).count()
}

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
