//! HTTP/1.1 over a socket, byte for byte: other clients refuse to send what attackers send.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request; the target goes out as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: Vec<u8>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn new(method: &str, target: impl AsRef<[u8]>) -> Self {
        Self {
            method: method.to_uppercase(),
            target: target.as_ref().to_vec(),
            ..Self::default()
        }
    }

    /// Without what would end the line: that is no header but several.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref().iter().copied();
        let value = value.filter(|byte| !b"\r\n".contains(byte)).collect();
        self.headers.push((name.to_owned(), value));
        self
    }

    pub(crate) fn body(self, content_type: &str, body: impl AsRef<[u8]>) -> Self {
        let mut asked = self.header("content-type", content_type);
        asked.body = body.as_ref().to_vec();
        asked
    }

    pub(crate) fn form(self, members: &[(&str, &[u8])]) -> Self {
        let body = form(members);
        self.body("application/x-www-form-urlencoded", body)
    }

    fn bytes(&self, host: &str) -> Vec<u8> {
        let mut bytes = format!("{} ", self.method).into_bytes();
        bytes.extend_from_slice(&self.target);
        bytes.extend_from_slice(b" HTTP/1.1\r\n");
        let names_host = self.headers.iter().any(|(name, _)| name == "host");
        if !names_host {
            bytes.extend_from_slice(format!("host: {host}\r\n").as_bytes());
        }
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("{name}: ").as_bytes());
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        if !self.body.is_empty() || self.method != "GET" {
            bytes.extend_from_slice(format!("content-length: {}\r\n", self.body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

pub(crate) fn form(members: &[(&str, &[u8])]) -> String {
    let pairs = members
        .iter()
        .map(|(name, value)| format!("{name}={}", escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Percent-encoded, all but letters and digits.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let escape = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(*byte).to_string(),
        other => format!("%{other:02X}"),
    };
    bytes.iter().map(escape).collect()
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(one, _)| one == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The value of the cookie of this name that it sets.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.iter().filter(|(one, _)| one == "set-cookie");
        let mut pairs = set.filter_map(|(_, value)| value.split(';').next()?.split_once('='));
        pairs
            .find(|(one, _)| *one == name)
            .map(|(_, value)| value.to_owned())
    }
}

/// A connection that is made again when it ends.
#[derive(Debug)]
pub(crate) struct Wire {
    host: String,
    stream: Option<TcpStream>,
}

impl Wire {
    pub(crate) fn to(url: &str) -> Self {
        let host = url.trim_start_matches("http://").to_owned();
        Self { host, stream: None }
    }

    pub(crate) async fn send(&mut self, asked: &Asked) -> Reply {
        let bytes = asked.bytes(&self.host);
        let was_open = self.stream.is_some();
        match self.exchange(&bytes).await {
            Some(reply) => reply,
            // The other side may have closed it since.
            None if was_open => {
                self.stream = None;
                self.exchange(&bytes).await.unwrap_or_default()
            }
            None => Reply::default(),
        }
    }

    async fn exchange(&mut self, bytes: &[u8]) -> Option<Reply> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(&self.host).await.unwrap(),
        };
        let answered = timeout(PATIENCE, async {
            // A refusal may come before all is sent.
            let _ = stream.write_all(bytes).await;
            read(&mut stream).await
        });
        let reply = answered
            .await
            .unwrap_or_else(|_| panic!("no answer: {}", bytes.escape_ascii()))?;
        if reply.header("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Some(reply)
    }
}

async fn read(stream: &mut TcpStream) -> Option<Reply> {
    let mut got = Vec::new();
    let end = loop {
        if let Some(at) = got.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        more(stream, &mut got).await?;
    };
    let head = String::from_utf8(got[..end].to_vec()).unwrap();
    let mut body = got.split_off(end + 4);
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let split = |line: &str| {
        let (name, value) = line
            .split_once(':')
            .unwrap_or_else(|| panic!("no header: {line:?}"));
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    let mut reply = Reply {
        status,
        headers: lines.map(split).collect(),
        body: Vec::new(),
    };
    assert!(
        reply.header("transfer-encoding").is_none(),
        "chunked: {head}"
    );
    let length = reply
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    while body.len() < length {
        more(stream, &mut body).await?;
    }
    assert_eq!(body.len(), length, "more than was announced: {head}");
    reply.body = body;
    Some(reply)
}

async fn more(stream: &mut TcpStream, into: &mut Vec<u8>) -> Option<()> {
    let mut chunk = [0; 16 * 1024];
    let count = stream
        .read(&mut chunk)
        .await
        .ok()
        .filter(|count| *count > 0)?;
    into.extend_from_slice(&chunk[..count]);
    Some(())
}
