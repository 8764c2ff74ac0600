//! One server process.

use std::{
    fs::create_dir_all,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Mutex,
    thread,
};

use crate::binary;

/// Starts the server, says its process id, and kills it when standard input ends: that happens with this
/// process, whatever ends it.
const KEEPER: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- & server=$!
echo "$server"
exec >/dev/null 2>&1
{ cat <&3; kill -9 "$server"; } & watcher=$!
wait "$server"
kill "$watcher"
"#;

#[derive(Debug)]
pub(crate) struct Member {
    port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    keeper: Child,
    server: String,
}

impl Member {
    /// Not yet started.
    pub(crate) fn new(folder: PathBuf, arguments: Vec<String>) -> Self {
        create_dir_all(&folder).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            port: free.local_addr().unwrap().port(),
            folder,
            arguments,
            running: Mutex::default(),
        }
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Starts it if it is not running, and waits until it listens.
    pub(crate) fn start(&self) {
        let mut running = self.running.lock().unwrap();
        if running.is_some() {
            return;
        }
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(binary::find())
            .args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--port"])
            .arg(self.port.to_string())
            .arg("--dbpath")
            .arg(&self.folder)
            .args(["--wiredTigerCacheSizeGB", "0.25"])
            .args(["--setParameter", "ttlMonitorSleepSecs=1"])
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("sh starts the server");
        let mut lines = BufReader::new(keeper.stdout.take().unwrap()).lines();
        let server = lines.next().unwrap().unwrap();
        let mut log = Vec::new();
        loop {
            let line = lines.next().unwrap_or_else(|| {
                panic!("mongod does not start:\n{}", log.join("\n"));
            });
            let line = line.unwrap();
            if line.contains("Waiting for connections") {
                break;
            }
            log.push(line);
        }
        // A full pipe would stop the server.
        thread::spawn(move || lines.count());
        *running = Some(Running { keeper, server });
    }

    pub(crate) fn kill(&self) {
        self.end("KILL");
    }

    pub(crate) fn stop(&self) {
        self.end("TERM");
    }

    pub(crate) fn signal(&self, signal: &str) {
        if let Some(running) = &*self.running.lock().unwrap() {
            running.signal(signal);
        }
    }

    fn end(&self, signal: &str) {
        if let Some(mut running) = self.running.lock().unwrap().take() {
            running.signal(signal);
            running.keeper.wait().unwrap();
        }
    }
}

impl Running {
    fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &self.server])
            .status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.kill();
    }
}
