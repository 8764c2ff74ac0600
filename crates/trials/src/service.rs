//! One process of the real binary, on a port that stays its own, whatever becomes of it.

use std::{
    fs::File,
    io::Write as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use tegata_mongod::Mongod;
use tempfile::TempDir;

use crate::{Connection, Reading, Request, until};

/// How long a service may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(30);
/// Becomes the service, and leaves a watcher whose standard input only this process holds. A line there
/// dismisses it; an end without one means that this process is gone, whatever ended it.
const KEEPER: &str = r#"
exec 3<&0 </dev/null
{ read -r dismissed || kill -9 $$; } <&3 3<&- >/dev/null 2>&1 &
exec "$@" 3<&-
"#;

/// What a process serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `tegata issuer`
    Issuer,
    /// `tegata frontend`
    Frontend,
    /// `tegata up`: both
    Pair,
}

/// How a process is started.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) kind: Kind,
    /// The program and its arguments.
    pub(crate) words: Vec<String>,
    pub(crate) folder: Arc<TempDir>,
    /// It stays as long as somebody uses it.
    pub(crate) mongod: Option<Arc<Mongod>>,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) log: PathBuf,
    pub(crate) api: String,
    pub(crate) pages: String,
}

/// A service that is started, stopped, killed, frozen and started again. From any thread.
#[derive(Debug)]
pub struct Service {
    recipe: Recipe,
    running: Mutex<Option<Child>>,
}

impl Service {
    /// Not started yet.
    pub(crate) fn new(recipe: Recipe) -> Self {
        Self {
            recipe,
            running: Mutex::default(),
        }
    }

    /// Where the API is: its own, or the one that it asks.
    pub fn api(&self) -> &str {
        &self.recipe.api
    }

    /// Where the pages are.
    ///
    /// # Panics
    /// For an issuer.
    pub fn pages(&self) -> &str {
        assert!(self.recipe.kind != Kind::Issuer, "an issuer has no pages");
        &self.recipe.pages
    }

    /// Where it can be asked itself; the pages of a pair.
    pub fn url(&self) -> &str {
        match self.recipe.kind {
            Kind::Issuer => &self.recipe.api,
            Kind::Frontend | Kind::Pair => &self.recipe.pages,
        }
    }

    /// Starts it and waits until it is ready; how long that took.
    pub fn start(&self) -> Duration {
        let start = Instant::now();
        self.spawn();
        self.wait_until_ready(PATIENCE);
        start.elapsed()
    }

    /// Starts it, no more.
    pub fn spawn(&self) {
        let mut place = self.running();
        assert!(place.is_none(), "it runs already");
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.recipe.log);
        let child = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .args(&self.recipe.words)
            .current_dir(self.recipe.folder.path())
            .env_clear()
            .envs(self.recipe.settings.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log.unwrap())
            .spawn();
        *place = Some(child.expect("sh starts the service"));
    }

    /// Waits until it says that it is ready; how long that took.
    ///
    /// # Panics
    /// When it ends or is not ready within the limit.
    pub fn wait_until_ready(&self, limit: Duration) -> Duration {
        let ready = || {
            if !self.is_running() {
                panic!("the service has ended:\n{}", self.log());
            }
            self.is_ready().then_some(())
        };
        until("the service is ready", limit, ready).1
    }

    /// Whether it says that it is ready.
    pub fn is_ready(&self) -> bool {
        let says_so = |url: &str| {
            let answer = Connection::open(url).and_then(|mut connection| {
                // It may be frozen.
                connection
                    .stream()
                    .set_read_timeout(Some(Duration::from_secs(1)))?;
                connection.ask(&Request::get("/health/ready"))
            });
            answer.is_ok_and(|answer| answer.status == 200)
        };
        match self.recipe.kind {
            Kind::Pair => says_so(self.api()) && says_so(self.pages()),
            Kind::Issuer | Kind::Frontend => says_so(self.url()),
        }
    }

    /// Whether the process is there.
    pub fn is_running(&self) -> bool {
        let mut place = self.running();
        place
            .as_mut()
            .is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// The process.
    ///
    /// # Panics
    /// When it does not run.
    pub fn pid(&self) -> u32 {
        self.running().as_ref().expect("it runs").id()
    }

    /// What it uses at this moment.
    ///
    /// # Panics
    /// When it does not run.
    pub fn reading(&self) -> Reading {
        Reading::of(self.pid()).expect("it runs")
    }

    /// The MongoDB server under it, if there is one.
    pub fn mongod(&self) -> Option<&Mongod> {
        self.recipe.mongod.as_deref()
    }

    /// `kill -9`. Nothing, when it does not run.
    pub fn kill(&self) {
        if let Some(mut child) = self.running().take() {
            child.kill().unwrap();
            bury(child);
        }
    }

    /// Asks it to stop and waits until it has: its code, and how long that took.
    pub fn stop(&self) -> (Option<i32>, Duration) {
        self.signal(Signal::TERM);
        let mut child = self.running().take().expect("it runs");
        let (status, took) = until("the service stops", PATIENCE, || child.try_wait().unwrap());
        bury(child);
        (status.code(), took)
    }

    /// It holds its breath: connections stay, answers do not come.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// And goes on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// All that it has logged since it was first started.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.recipe.log).unwrap_or_default()
    }

    /// From its next start on with this setting as well.
    pub fn set(&mut self, name: &str, value: &str) {
        self.recipe
            .settings
            .push((name.to_owned(), value.to_owned()));
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process"), signal).unwrap();
    }

    fn running(&self) -> MutexGuard<'_, Option<Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}

/// After its end: no process stays behind.
fn bury(mut child: Child) {
    let watcher = child.stdin.take();
    child.wait().unwrap();
    // It may be gone with a service that never started.
    let _ = watcher.map(|mut watcher| watcher.write_all(b"\n"));
}
