//! A client that costs little: a request made once, sent over and over on connections that stay open.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// A request, as bytes to be sent.
pub(crate) struct Request {
    head: String,
    body: String,
}

impl Request {
    pub(crate) fn get(path: &str) -> Self {
        Self {
            head: format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: text/html\r\n"),
            body: String::new(),
        }
    }

    pub(crate) fn log_in(username: &str, password: &str) -> Self {
        Self::form("/token", username, password)
    }

    pub(crate) fn sign_in(username: &str, password: &str) -> Self {
        Self::form("/login", username, password)
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn cookie(self, cookie: &str) -> Self {
        self.header("cookie", cookie)
    }

    fn form(path: &str, username: &str, password: &str) -> Self {
        let body = format!(
            "username={username}&password={}",
            password.replace(' ', "+")
        );
        let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\naccept: text/html\r\n");
        let form = Self { head, body };
        let length = form.body.len().to_string();
        form.header("content-type", "application/x-www-form-urlencoded")
            .header("content-length", &length)
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.head += &format!("{name}: {value}\r\n");
        self
    }
}

/// Where to send which request.
pub(crate) struct Target {
    address: String,
    request: Vec<u8>,
}

/// How long each request took.
pub(crate) struct Times {
    pub(crate) sorted: Vec<Duration>,
    pub(crate) took: Duration,
}

impl Times {
    pub(crate) fn per_second(&self) -> f64 {
        self.sorted.len() as f64 / self.took.as_secs_f64()
    }

    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        self.sorted[(self.sorted.len() - 1) * percent / 100]
    }
}

impl Target {
    pub(crate) fn new(url: &str, request: &Request) -> Self {
        Self {
            address: url.trim_start_matches("http://").to_owned(),
            request: format!("{}\r\n{}", request.head, request.body).into_bytes(),
        }
    }

    /// Head and body of one answer.
    pub(crate) fn ask_once(&self) -> String {
        Connection::open(self).ask()
    }
}

struct Connection<'a> {
    stream: TcpStream,
    request: &'a [u8],
    buffer: Vec<u8>,
}

impl<'a> Connection<'a> {
    fn open(target: &'a Target) -> Self {
        let stream = TcpStream::connect(&target.address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            request: &target.request,
            buffer: vec![0; 64 * 1024],
        }
    }

    fn ask(&mut self) -> String {
        self.stream.write_all(self.request).unwrap();
        let mut read = 0;
        loop {
            let count = self.stream.read(&mut self.buffer[read..]).unwrap();
            assert!(count > 0, "the server hung up");
            read += count;
            let answer = std::str::from_utf8(&self.buffer[..read]).unwrap_or_default();
            if let Some((head, body)) = answer.split_once("\r\n\r\n") {
                let length = head.split("content-length: ").nth(1).unwrap();
                let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
                if body.len() >= length {
                    return answer.to_owned();
                }
            }
        }
    }

    fn expect_success(&mut self) {
        let answer = self.ask();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

/// Asks as fast as it goes on some connections for some time.
pub(crate) fn load(target: &Target, connections: usize, time: Duration) -> Times {
    let start = Instant::now();
    let ask = || {
        let mut connection = Connection::open(target);
        let mut times = Vec::new();
        while start.elapsed() < time {
            let sent = Instant::now();
            connection.expect_success();
            times.push(sent.elapsed());
        }
        times
    };
    let mut sorted: Vec<Duration> = thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(ask)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    sorted.sort_unstable();
    Times {
        sorted,
        took: start.elapsed(),
    }
}

/// Asks at an even pace; a request that is late counts from when it was due.
pub(crate) fn steady(target: &Target, per_second: u32, time: Duration) -> Times {
    let start = Instant::now();
    let pace = Duration::from_secs(1) / per_second;
    let mut connection = Connection::open(target);
    let mut sorted = Vec::new();
    let mut due = start;
    while start.elapsed() < time {
        thread::park_timeout(due.saturating_duration_since(Instant::now()));
        if Instant::now() < due {
            continue;
        }
        connection.expect_success();
        sorted.push(due.elapsed());
        due += pace;
    }
    sorted.sort_unstable();
    Times {
        sorted,
        took: start.elapsed(),
    }
}

/// Asks again and again; 503 is an answer too.
pub(crate) fn repeat_until(target: &Target, over: &AtomicBool) {
    let mut connection = Connection::open(target);
    while !over.load(Ordering::Relaxed) {
        connection.ask();
    }
}
