//! The real binary as a value: started in a folder of its own, killed when dropped.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// How long a process may take to do what it should.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder to run in, with settings; databases and `.env` live here.
#[derive(Debug)]
pub(crate) struct Place {
    folder: Arc<TempDir>,
    settings: Vec<(String, String)>,
}

impl Place {
    /// An empty folder; free ports and cheap hashes, so that tests do not wait for each other.
    pub(crate) fn new() -> Self {
        let settings = [
            ("ISSUER_BIND", "127.0.0.1:0"),
            ("FRONTEND_BIND", "127.0.0.1:0"),
            ("BCRYPT_COST", "4"),
        ];
        Self {
            folder: Arc::new(tempfile::tempdir().unwrap()),
            settings: settings.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same folder, with the settings of a new one.
    pub(crate) fn again(&self) -> Self {
        Self {
            folder: Arc::clone(&self.folder),
            ..Self::new()
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command that runs here with nothing but the settings in its environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tegata"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.settings.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must be refused, and gives its one line and its code.
    pub(crate) fn refusal(&self, arguments: &[&str]) -> (String, i32) {
        let (line, code) = self.end(arguments);
        assert_eq!(line.lines().count(), 1, "one line, not: {line}");
        (line, code)
    }

    /// Runs a command that ends by itself, and gives what it said on standard error and its code.
    pub(crate) fn end(&self, arguments: &[&str]) -> (String, i32) {
        let output = finish(self.command(arguments));
        let said = String::from_utf8(output.stderr).unwrap();
        (said, output.status.code().unwrap())
    }

    /// Starts `tegata` here, which ends by itself: the last line that it says, and its code.
    pub(crate) fn stops(&self) -> (String, i32) {
        let (said, code) = self.end(&[]);
        (said.lines().last().unwrap_or_default().to_owned(), code)
    }

    /// Starts `tegata` here and waits for its two addresses.
    pub(crate) fn start(&self) -> Tegata {
        self.start_with(&[])
    }

    pub(crate) fn start_with(&self, arguments: &[&str]) -> Tegata {
        let fresh = !self.path("data/issuer.db").exists();
        let log = self.path("log.txt");
        let mut child = self
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(
                File::options()
                    .create(true)
                    .append(true)
                    .open(&log)
                    .unwrap(),
            )
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = Greeting::default();
        for line in stdout.lines() {
            greeting.read(&line.unwrap());
            if greeting.complete(fresh) {
                break;
            }
        }
        assert!(
            greeting.complete(fresh),
            "{}",
            std::fs::read_to_string(&log).unwrap()
        );
        Tegata {
            child,
            log,
            pages: greeting.pages,
            api: greeting.api,
            admin_password: greeting.password,
        }
    }
}

/// One of the two services, by itself.
#[derive(Debug)]
pub(crate) struct Service {
    child: Child,
    log: PathBuf,
    pub(crate) url: String,
    _folder: Arc<TempDir>,
}

impl Place {
    /// Starts `tegata issuer` or `tegata frontend` here and waits until it listens.
    pub(crate) fn serve(&self, service: &str) -> Service {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let log = self.path(&format!("log{}.txt", COUNT.fetch_add(1, Relaxed)));
        let mut child = self
            .command(&[service])
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let start = Instant::now();
        loop {
            let said = std::fs::read_to_string(&log).unwrap();
            let listens = said.lines().find(|line| line.contains(" on http"));
            if let Some((_, url)) = listens.and_then(|line| line.split_once(" on ")) {
                // Pages compare the host with the one they were told.
                let url = url.replace("127.0.0.1", "localhost");
                return Service {
                    child,
                    log,
                    url,
                    _folder: Arc::clone(&self.folder),
                };
            }
            assert!(child.try_wait().unwrap().is_none(), "{said}");
            assert!(start.elapsed() < PATIENCE, "{said}");
            std::thread::yield_now();
        }
    }
}

impl Service {
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Sends a signal and gives the exit code.
    pub(crate) fn stop(&mut self, signal: &str) -> Option<i32> {
        stop(&mut self.child, signal)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Default)]
struct Greeting {
    pages: String,
    api: String,
    password: String,
}

impl Greeting {
    fn read(&mut self, line: &str) {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["Pages", url] => self.pages = url.to_owned(),
            ["API", url] => self.api = url.trim_end_matches("/docs").to_owned(),
            ["password", ref words @ ..] => self.password = words.join(" "),
            _ => {}
        }
    }

    fn complete(&self, with_password: bool) -> bool {
        !self.api.is_empty() && (!with_password || !self.password.is_empty())
    }
}

/// A running pair.
#[derive(Debug)]
pub(crate) struct Tegata {
    child: Child,
    log: PathBuf,
    pub(crate) pages: String,
    pub(crate) api: String,
    pub(crate) admin_password: String,
}

impl Tegata {
    /// An access token of the first account.
    pub(crate) async fn token(&self) -> String {
        let form = [("username", "admin"), ("password", &self.admin_password)];
        let asked = reqwest::Client::new().post(format!("{}/token", self.api));
        let answer = asked.form(&form).send().await.unwrap();
        let body: serde_json::Value = answer.json().await.unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// `kill -9`: no chance to tidy up.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal and gives the exit code.
    pub(crate) fn stop(mut self, signal: &str) -> Option<i32> {
        stop(&mut self.child, signal)
    }
}

impl Drop for Tegata {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal and gives the exit code.
pub(crate) fn stop(child: &mut Child, signal: &str) -> Option<i32> {
    let status = Command::new("kill")
        .args([format!("-{signal}"), child.id().to_string()])
        .status();
    assert!(status.unwrap().success());
    wait(child).code()
}

fn wait(child: &mut Child) -> std::process::ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(start.elapsed() < PATIENCE, "the process does not end");
        std::thread::yield_now();
    }
}

fn finish(mut command: Command) -> Output {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait(&mut child);
    child.wait_with_output().unwrap()
}

/// Whether any file below a folder holds these bytes.
pub(crate) fn any_file_holds(folder: &Path, needle: &[u8]) -> bool {
    assert!(needle.len() >= 8, "too short to prove anything");
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let content = std::fs::read(entry.unwrap().path()).unwrap();
        content.windows(needle.len()).any(|window| window == needle)
    })
}
