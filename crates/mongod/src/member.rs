//! One server process: its port, its folder, its signals.

use std::{
    fs::{File, create_dir_all},
    io::{BufRead, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU16, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::binary;

/// How long a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(30);
/// Becomes the server, and leaves a watcher whose standard input only this process holds. A line there
/// dismisses it; an end without one means that this process is gone, whatever ended it, and nobody else
/// will remove the server and its data.
const KEEPER: &str = r#"
exec 3<&0 </dev/null
{ read -r dismissed || { kill -9 $$; rm -rf "$0"; }; } <&3 3<&- >/dev/null 2>&1 &
exec "$@" 3<&-
"#;
/// Below those that the system takes for outgoing connections, so that while a server is down nobody
/// takes its port, not even a client that knocks on it.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

#[derive(Debug)]
pub(crate) struct Member {
    port: AtomicU16,
    /// Its own, within that of all members.
    folder: PathBuf,
    arguments: Vec<String>,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    server: Child,
    /// A message when it listens, the end when it has ended.
    milestones: Receiver<()>,
}

impl Member {
    /// Started on a free port.
    pub(crate) fn new(folder: PathBuf, arguments: Vec<String>) -> Self {
        create_dir_all(&folder).unwrap();
        let member = Self {
            port: free_port().into(),
            folder,
            arguments,
            running: Mutex::default(),
        };
        // Somebody may take a port between our look at it and the server's.
        while let Err(log) = member.try_start() {
            let taken = log.contains("Address already in use");
            assert!(taken, "mongod does not start:\n{log}");
            member.port.store(free_port(), Ordering::Relaxed);
        }
        member
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.load(Ordering::Relaxed))
    }

    /// Starts it if it is not running, and waits until it listens.
    pub(crate) fn start(&self) {
        if let Err(log) = self.try_start() {
            panic!("mongod does not start again:\n{log}");
        }
    }

    pub(crate) fn kill(&self) {
        if let Some(mut running) = self.running().take() {
            running.server.kill().unwrap();
            running.bury();
        }
    }

    /// Whether it ended although nobody asked; then it may be started.
    pub(crate) fn has_ended(&self) -> bool {
        let mut place = self.running();
        let ended = place
            .as_mut()
            .is_some_and(|running| running.server.try_wait().unwrap().is_some());
        if ended && let Some(running) = place.take() {
            running.bury();
        }
        ended
    }

    pub(crate) fn stop(&self) {
        if let Some(running) = self.running().take() {
            running.signal(Signal::TERM);
            let end = running.milestones.recv_timeout(PATIENCE);
            let ended = end == Err(RecvTimeoutError::Disconnected);
            assert!(ended, "mongod does not stop:\n{}", self.log());
            running.bury();
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(running) = &*self.running() {
            running.signal(signal);
        }
    }

    /// When it does not come up, what it said.
    fn try_start(&self) -> Result<(), String> {
        let mut place = self.running();
        if place.is_some() {
            return Ok(());
        }
        let log = File::create(self.folder.join("log")).unwrap();
        let mut server = Command::new("sh")
            .args(["-c", KEEPER])
            .arg(self.folder.parent().unwrap_or(Path::new("")))
            .arg(binary::find())
            .args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--quiet"])
            .args(["--port", &self.port.load(Ordering::Relaxed).to_string()])
            .arg("--dbpath")
            .arg(&self.folder)
            .args(["--wiredTigerCacheSizeGB", "0.25"])
            .args(["--setParameter", "ttlMonitorSleepSecs=1"])
            .args(["--setParameter", "diagnosticDataCollectionEnabled=false"])
            // After SIGTERM a member of a set would stay for 15 s.
            .arg("--setParameter")
            .arg("shutdownTimeoutMillisForSignaledShutdown=200")
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.try_clone().unwrap())
            // Ctrl-C in a terminal is for the tests, not for the watcher.
            .process_group(0)
            .spawn()
            .expect("sh starts the server");
        let milestones = follow(server.stdout.take().unwrap(), log);
        let mut running = Running { server, milestones };
        if running.milestones.recv_timeout(PATIENCE).is_ok() {
            *place = Some(running);
            return Ok(());
        }
        running.server.kill().unwrap();
        running.bury();
        Err(self.log())
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> String {
        let log = std::fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Running {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.server), signal).unwrap();
    }

    /// After its end: no process stays behind.
    fn bury(mut self) {
        let watcher = self.server.stdin.take();
        self.server.wait().unwrap();
        // It may be gone with a server that never started.
        let _ = watcher.map(|mut watcher| watcher.write_all(b"\n"));
    }
}

/// Keeps what a server says, and tells when it listens.
fn follow(stdout: ChildStdout, mut log: File) -> Receiver<()> {
    let (tell, milestones) = mpsc::channel();
    std::thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = Vec::new();
        while stdout.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            // The log's folder may be gone, and nobody may listen any more.
            let _ = log.write_all(&line);
            if String::from_utf8_lossy(&line).contains("\"Waiting for connections\"") {
                let _ = tell.send(());
            }
            line.clear();
        }
    });
    milestones
}

fn free_port() -> u16 {
    static ASKED: AtomicU16 = AtomicU16::new(0);
    let many = u32::from(PORTS.end - PORTS.start);
    // Test processes run side by side, so each begins elsewhere.
    let begin = std::process::id() % many * 37;
    loop {
        let asked = ASKED.fetch_add(1, Ordering::Relaxed);
        assert!(u32::from(asked) < many, "no port is free on 127.0.0.1");
        let offset = (begin + u32::from(asked)) % many;
        let port = PORTS.start + u16::try_from(offset).unwrap();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
