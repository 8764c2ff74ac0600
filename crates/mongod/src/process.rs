//! One mongod process: its port, its folder, its signals.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt as _,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU16, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{PATIENCE, find};

/// Becomes a mongod, and leaves a watcher behind whose standard input only the test process holds. A line
/// there dismisses it; an end without one means that the test process is gone, however it went.
const SCRIPT: &str = r#"
exec 3<&0 </dev/null
{ read -r dismissed || { kill -9 $$; rm -rf "$0"; }; } <&3 3<&- >/dev/null 2>&1 &
exec "$@" 3<&-
"#;
/// Below the ports that the system hands out for outgoing connections, so that while a mongod is down
/// nobody takes its port, not even a client that knocks on it.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// One mongod.
#[derive(Debug)]
pub struct Member {
    port: u16,
    arguments: Vec<String>,
    running: Option<Running>,
    folder: TempDir,
}

#[derive(Debug)]
struct Running {
    child: Child,
    /// A message when it takes connections; the end when the process has ended.
    milestones: Mutex<Receiver<()>>,
}

impl Member {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut member = Self {
            port: free_port(),
            arguments: arguments.iter().map(|&a| a.to_owned()).collect(),
            running: None,
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
        };
        // Somebody may take a port between our look at it and mongod's.
        while let Err(log) = member.try_start() {
            assert!(
                log.contains("Address already in use"),
                "mongod did not start:\n{log}"
            );
            member.port = free_port();
        }
        member
    }

    /// Host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        let log = std::fs::read(self.folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Kills it, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.child.kill().expect("a child can be killed");
            running.bury();
        }
    }

    /// Stops it in good order, and waits until it has ended.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.signal(Signal::TERM);
            assert_eq!(
                running.next_milestone(),
                Err(RecvTimeoutError::Disconnected),
                "mongod did not stop:\n{}",
                self.log()
            );
            running.bury();
        }
    }

    /// Starts it, unless it runs, on the same port with the same data; waits until it takes connections.
    pub fn start_again(&mut self) {
        if self.running.is_none()
            && let Err(log) = self.try_start()
        {
            panic!("mongod did not start again:\n{log}");
        }
    }

    /// Holds it still: connections stay open and nothing answers.
    pub fn stall(&mut self) {
        if let Some(running) = &self.running {
            running.signal(Signal::STOP);
        }
    }

    /// Lets it go on after [`stall`](Self::stall).
    pub fn resume(&mut self) {
        if let Some(running) = &self.running {
            running.signal(Signal::CONT);
        }
    }

    /// When it does not come up, what it said.
    fn try_start(&mut self) -> Result<(), String> {
        let folder = self.folder.path();
        let log = File::create(folder.join("log")).expect("a log can be made");
        let mut child = Command::new("sh")
            .args(["-c", SCRIPT])
            .arg(folder)
            .arg(find::mongod())
            .arg("--dbpath")
            .arg(folder)
            .args(["--port", &self.port.to_string()])
            .args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--quiet"])
            .args(["--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64"])
            .args(["--setParameter", "ttlMonitorSleepSecs=1"])
            .args(["--setParameter", "diagnosticDataCollectionEnabled=false"])
            // In a set it would stay around for 15 s after SIGTERM.
            .args([
                "--setParameter",
                "shutdownTimeoutMillisForSignaledShutdown=200",
            ])
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.try_clone().expect("a log can be shared"))
            // Ctrl-C in a terminal is for the tests; the watcher has to outlive them.
            .process_group(0)
            .spawn()
            .expect("sh can be started");
        let stdout = child.stdout.take().expect("its output is a pipe");
        let running = Running {
            milestones: Mutex::new(follow(stdout, log)),
            child,
        };
        if running.next_milestone().is_ok() {
            self.running = Some(running);
            Ok(())
        } else {
            let mut failed = running;
            failed.child.kill().expect("a child can be killed");
            failed.bury();
            Err(self.log())
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Running {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("a child takes signals");
    }

    fn next_milestone(&self) -> Result<(), RecvTimeoutError> {
        let milestones = self.milestones.lock().expect("nobody panics with it");
        milestones.recv_timeout(PATIENCE)
    }

    /// After its end: no process stays behind.
    fn bury(mut self) {
        let watcher = self.child.stdin.take();
        self.child.wait().expect("a child can be waited for");
        // It may have ended by itself.
        let _ = watcher.map(|mut watcher| watcher.write_all(b"\n"));
    }
}

/// Keeps what a mongod says, and tells when it takes connections.
fn follow(stdout: ChildStdout, mut log: File) -> Receiver<()> {
    let (tell, milestones) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = Vec::new();
        let mut stdout = BufReader::new(stdout);
        while stdout.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            // The folder may be gone already, and nobody may listen any more.
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
    let many = PORTS.end - PORTS.start;
    // Test processes run side by side, so each begins elsewhere.
    let begin = (std::process::id() % u32::from(many)) as u16;
    loop {
        let asked = ASKED.fetch_add(1, Ordering::Relaxed);
        assert!(asked < many, "no port is free on 127.0.0.1");
        let port = PORTS.start + (begin.wrapping_mul(37) % many + asked) % many;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
