//! A client that costs little: HTTP/1.1 on a connection that stays open. It shares the cores with what it
//! measures, so it does nothing that is not asked for.

use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::Request;

/// How long a request may take: longer than any service takes to give up.
const PATIENCE: Duration = Duration::from_secs(60);
/// A connection that rested for longer may have been closed by the other side.
const RESTED: Duration = Duration::from_secs(1);
const MAX_HEADERS: usize = 64;

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP's code.
    pub status: u16,
    /// The status line and the headers, as they came.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name, which is in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// All headers of this name.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self.head.split("\r\n").skip(1);
        let pairs = lines.filter_map(|line| line.split_once(':'));
        pairs
            .filter(move |(one, _)| one.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A member of the body, a text.
    pub fn member(&self, name: &str) -> Option<String> {
        Some(self.json().get(name)?.as_str()?.to_owned())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What it was, for a message: never what a good answer holds.
    pub fn said(&self) -> String {
        let json = self.json();
        let part = |name: &str| json.get(name).map(Value::to_string);
        let parts = [part("error"), part("cause"), part("detail")];
        let words: Vec<String> = parts.into_iter().flatten().collect();
        format!("{} {}", self.status, words.join(" "))
    }

    /// The cookie of this name, as it is sent back: `name=value`. None when the answer sets none or deletes it.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let set = self.set_cookie(name)?;
        let pair = set.split(';').next()?.trim();
        (!deletes(set)).then(|| pair.to_owned())
    }

    /// Whether the answer takes this cookie away from the browser.
    pub fn deletes_cookie(&self, name: &str) -> bool {
        self.set_cookie(name).is_some_and(deletes)
    }

    fn set_cookie(&self, name: &str) -> Option<&str> {
        let mut all = self.headers("set-cookie");
        all.find(|one| one.split('=').next() == Some(name))
    }
}

fn deletes(set_cookie: &str) -> bool {
    set_cookie.to_ascii_lowercase().contains("max-age=0")
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
    /// What of the buffer is filled.
    filled: usize,
    used: Instant,
    /// Whether the other side said that this was the last answer.
    last: bool,
}

impl Connection {
    /// To a service of this machine, `http://host:port`.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn open(url: &str) -> io::Result<Self> {
        let host = url.trim_start_matches("http://").trim_end_matches('/');
        let port = host.rsplit(':').next().and_then(|port| port.parse().ok());
        let port: u16 = port.unwrap_or_else(|| panic!("{url} has no port"));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            host: host.to_owned(),
            buffer: vec![0; 4 * 1024],
            filled: 0,
            used: Instant::now(),
            last: false,
        })
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// When there is none; the connection is of no use then.
    pub fn ask(&mut self, request: &Request) -> io::Result<Answer> {
        self.send(&request.bytes(&self.host))?;
        self.answer()
    }

    /// Sends bytes, whatever they are.
    ///
    /// # Errors
    /// When the other side has closed.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.used = Instant::now();
        self.stream.write_all(bytes)
    }

    /// Waits for the next answer.
    ///
    /// # Errors
    /// When the other side has closed, or sends what is no answer.
    pub fn answer(&mut self) -> io::Result<Answer> {
        loop {
            if let Some((status, head, body)) = self.read_head()? {
                return self.finish(status, head, body);
            }
            self.fill()?;
        }
    }

    /// The socket, for what only it can do.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Whether another request may be sent here.
    fn usable(&self) -> bool {
        !self.last && (self.used.elapsed() < RESTED || self.is_open())
    }

    /// Whether the other side has not closed it.
    pub fn is_open(&self) -> bool {
        let look = || {
            self.stream.set_nonblocking(true)?;
            let seen = self.stream.peek(&mut [0]);
            self.stream.set_nonblocking(false)?;
            seen
        };
        look().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// The status, where the head ends and how long the body is.
    fn read_head(&self) -> io::Result<Option<(u16, usize, usize)>> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        let head = match parsed.parse(&self.buffer[..self.filled]) {
            Ok(httparse::Status::Complete(head)) => head,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(error) => return Err(io::Error::new(ErrorKind::InvalidData, error)),
        };
        let status = parsed.code.unwrap_or_default();
        let length = parsed
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case("content-length"))
            .and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
        match length {
            Some(length) => Ok(Some((status, head, length))),
            None if [204, 304].contains(&status) => Ok(Some((status, head, 0))),
            None => Err(io::Error::new(
                ErrorKind::InvalidData,
                "an answer without a length",
            )),
        }
    }

    fn finish(&mut self, status: u16, head: usize, length: usize) -> io::Result<Answer> {
        let end = head + length;
        while self.filled < end {
            self.fill()?;
        }
        let answer = Answer {
            status,
            head: String::from_utf8_lossy(&self.buffer[..head]).into_owned(),
            body: self.buffer[head..end].to_vec(),
        };
        self.buffer.copy_within(end..self.filled, 0);
        self.filled -= end;
        self.used = Instant::now();
        self.last = answer.header("connection") == Some("close");
        Ok(answer)
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        match self.stream.read(&mut self.buffer[self.filled..]) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.filled += count;
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(ErrorKind::TimedOut.into()),
            Err(error) => Err(error),
        }
    }
}

/// Asks one service, on a connection that is opened again after it was lost.
#[derive(Debug)]
pub struct Client {
    url: String,
    connection: Option<Connection>,
}

impl Client {
    /// Of the service at `http://host:port`. Connects with the first request.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            connection: None,
        }
    }

    /// Sends a request, once, and waits for its answer.
    ///
    /// # Errors
    /// When there is none. What the service did is not known then.
    pub fn ask(&mut self, request: &Request) -> io::Result<Answer> {
        let kept = self.connection.take().filter(Connection::usable);
        let mut connection = match kept {
            Some(connection) => connection,
            None => Connection::open(&self.url)?,
        };
        let answer = connection.ask(request)?;
        self.connection = Some(connection);
        Ok(answer)
    }
}
