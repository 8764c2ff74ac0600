//! A small load balancer: each request to the next of several services in turn, on a connection of its own.
//!
//! What it does is what a balancer before two replicas has to do: when a service refuses the connection, or closes
//! it without a byte of an answer, the request goes to the other one; and a service that says that it is not ready
//! is sent nothing more.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use crate::{Answer, Client, Connection, Request, pause};

const MAX_HEADERS: usize = 64;
/// Between two questions whether a service is ready.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// Rounds through all services before the request has failed.
const ROUNDS: usize = 3;

/// See the module. It ends when this is dropped.
#[derive(Debug)]
pub struct Balancer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    services: Vec<Backend>,
    turn: AtomicUsize,
    refused: AtomicUsize,
    closed: AtomicUsize,
    failed: AtomicUsize,
    over: AtomicBool,
}

#[derive(Debug)]
struct Backend {
    url: String,
    ready: AtomicBool,
}

enum Failed {
    /// It does not listen.
    Refused,
    /// It took the connection and has not answered.
    Closed,
}

impl Balancer {
    /// Before these services, `http://host:port`.
    pub fn before(urls: &[&str]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let services = urls.iter().map(|url| Backend {
            url: (*url).to_owned(),
            ready: AtomicBool::new(true),
        });
        let shared = Arc::new(Shared {
            services: services.collect(),
            turn: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            closed: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        });
        for number in 0..urls.len() {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.watch(number));
        }
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.over.load(SeqCst) {
                    break;
                }
                let shared = Arc::clone(&accepting);
                if let Ok(client) = client {
                    thread::spawn(move || shared.serve(client));
                }
            }
        });
        Self { address, shared }
    }

    /// Where it is, with this host's name: `http://localhost:port`.
    pub fn url(&self, host: &str) -> String {
        format!("http://{host}:{}", self.address.port())
    }

    /// Requests that went to another service because the first refused the connection.
    pub fn refused(&self) -> usize {
        self.shared.refused.load(SeqCst)
    }

    /// Those that went to another because the first closed the connection without an answer. It may have done what
    /// was asked: a balancer of the world repeats such a request only if told so.
    pub fn closed(&self) -> usize {
        self.shared.closed.load(SeqCst)
    }

    /// Requests that nobody answered.
    pub fn failed(&self) -> usize {
        self.shared.failed.load(SeqCst)
    }
}

impl Shared {
    fn watch(&self, number: usize) {
        let service = &self.services[number];
        let mut client = Client::new(&service.url);
        while !self.over.load(SeqCst) {
            let answer = client.ask(&Request::get("/health/ready"));
            let ready = answer.is_ok_and(|answer| answer.status == 200);
            service.ready.store(ready, SeqCst);
            pause(BETWEEN_LOOKS);
        }
    }

    fn serve(&self, mut client: TcpStream) {
        let _ = client.set_nodelay(true);
        let mut buffer = Vec::new();
        while let Ok(Some(request)) = read_request(&mut client, &mut buffer) {
            let answer = match self.forward(&request) {
                Some(answer) => [answer.head.as_bytes(), &answer.body].concat(),
                None => {
                    self.failed.fetch_add(1, SeqCst);
                    b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n".to_vec()
                }
            };
            if client.write_all(&answer).is_err() {
                break;
            }
        }
    }

    fn forward(&self, request: &[u8]) -> Option<Answer> {
        let first = self.turn.fetch_add(1, SeqCst);
        let count = self.services.len();
        for round in 0..ROUNDS {
            for place in 0..count {
                let service = &self.services[(first + place) % count];
                // In the last round nobody asks whether one is ready.
                if !service.ready.load(SeqCst) && round + 1 < ROUNDS {
                    continue;
                }
                match ask(&service.url, request) {
                    Ok(answer) => return Some(answer),
                    Err(Failed::Refused) => self.refused.fetch_add(1, SeqCst),
                    Err(Failed::Closed) => self.closed.fetch_add(1, SeqCst),
                };
                service.ready.store(false, SeqCst);
            }
            pause(BETWEEN_LOOKS);
        }
        None
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.shared.over.store(true, SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn ask(url: &str, request: &[u8]) -> Result<Answer, Failed> {
    let mut connection = Connection::open(url).map_err(|_| Failed::Refused)?;
    let answer = connection.send(request).and_then(|()| connection.answer());
    answer.map_err(|_| Failed::Closed)
}

/// The bytes of the next request; none when the client has closed.
fn read_request(client: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    loop {
        if let Some(length) = length(buffer)?
            && buffer.len() >= length
        {
            return Ok(Some(buffer.drain(..length).collect()));
        }
        let mut more = [0; 16 * 1024];
        match client.read(&mut more)? {
            0 => return Ok(None),
            count => buffer.extend_from_slice(&more[..count]),
        }
    }
}

/// Of the request that begins the buffer, with its body; none when its head is not all there.
fn length(buffer: &[u8]) -> io::Result<Option<usize>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let head = match parsed.parse(buffer) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    };
    let body = parsed
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| {
            std::str::from_utf8(header.value)
                .ok()?
                .parse::<usize>()
                .ok()
        });
    Ok(Some(head + body.unwrap_or_default()))
}
