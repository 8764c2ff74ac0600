//! A listener with a few routes, and a client that sends whatever it likes.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::IntoResponse,
    routing::{get, post},
};
use tegata_server::{Listener, Metrics, Transport, TrustedProxies, dress};
use tegata_token::SystemRandom;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
    task::JoinHandle,
    time::timeout,
};

/// How long anything may take that should happen at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Requests that reached a handler: method, path, body.
    pub(crate) requests: Arc<Mutex<Vec<(String, String, usize)>>>,
    pub(crate) waiting: Arc<AtomicUsize>,
    pub(crate) go: Arc<Notify>,
}

impl Seen {
    pub(crate) fn paths(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        requests.iter().map(|(_, path, _)| path.clone()).collect()
    }

    fn note(&self, method: &Method, uri: &Uri, body: usize) {
        let mut requests = self.requests.lock().unwrap();
        requests.push((method.to_string(), uri.path().to_owned(), body));
    }
}

pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Seen,
    stop: Arc<Notify>,
    running: JoinHandle<std::io::Result<()>>,
}

fn routes(seen: Seen) -> Router {
    async fn hello(State(seen): State<Seen>, method: Method, uri: Uri) -> &'static str {
        seen.note(&method, &uri, 0);
        "hello"
    }
    async fn echo(State(seen): State<Seen>, method: Method, uri: Uri, body: Bytes) -> String {
        seen.note(&method, &uri, body.len());
        format!("{} bytes", body.len())
    }
    async fn careless(
        State(seen): State<Seen>,
        method: Method,
        uri: Uri,
        body: Result<Bytes, BytesRejection>,
    ) {
        seen.note(&method, &uri, body.map_or(0, |body| body.len()));
    }
    async fn slow(State(seen): State<Seen>) -> &'static str {
        seen.waiting.fetch_add(1, SeqCst);
        seen.go.notified().await;
        "at last"
    }
    async fn names(headers: HeaderMap) -> String {
        let all = |name: &str| {
            let values = headers.get_all(name).iter();
            let values = values.map(|value| value.to_str().unwrap());
            values.collect::<Vec<_>>().join("|")
        };
        format!("host={} cookie={}", all("host"), all("cookie"))
    }
    Router::new()
        .route("/", get(hello))
        .route("/next", get(hello))
        .route("/echo", post(echo))
        .route("/careless", post(careless))
        .route("/slow", get(slow))
        .route("/names", get(names))
        .route("/big", get(async || vec![b'x'; 32 * 1024 * 1024]))
        .route("/health/ready", get(async || "ready"))
        .route(
            "/panic",
            get(async || -> &'static str { panic!("as a test wants it") }),
        )
        .method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED)
        .with_state(seen)
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(Transport::default()).await
    }

    pub(crate) async fn with(transport: Transport) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(any, "TEST_BIND", transport, false)
            .await
            .unwrap();
        let address = listener.address();
        let seen = Seen::default();
        let dressed = dress(
            routes(seen.clone()),
            Arc::new(SystemRandom),
            TrustedProxies::default(),
            Metrics::new("test", |_| {}),
            |status| (status, "refused").into_response(),
        );
        let stop = Arc::new(Notify::new());
        let asked = Arc::clone(&stop);
        let running = tokio::spawn(listener.serve(dressed, async move { asked.notified().await }));
        Self {
            address,
            seen,
            stop,
            running,
        }
    }

    pub(crate) async fn connect(&self) -> Raw {
        Raw(TcpStream::connect(self.address).await.unwrap())
    }

    /// What comes back until the connection is closed.
    pub(crate) async fn send(&self, bytes: impl AsRef<[u8]>) -> Answers {
        let mut raw = self.connect().await;
        raw.send(bytes).await;
        raw.rest().await
    }

    pub(crate) fn ask_to_stop(&self) {
        self.stop.notify_one();
    }

    pub(crate) async fn stopped(self) {
        timeout(PATIENCE, self.running)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
}

pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // Whoever is refused early may find the door closed.
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// One answer with a length; the connection stays.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut bytes = Vec::new();
        let read = async {
            loop {
                if let Some((answer, length)) = Answer::parse(&bytes) {
                    assert_eq!(length, bytes.len(), "one answer at a time");
                    return answer;
                }
                let byte = self.0.read_u8().await.unwrap();
                bytes.push(byte);
            }
        };
        timeout(PATIENCE, read).await.unwrap()
    }

    /// The status of the answer that comes first, whatever comes after it.
    pub(crate) async fn first(&mut self) -> u16 {
        let mut bytes = Vec::new();
        let read = async {
            loop {
                if let Some((answer, _)) = Answer::parse(&bytes) {
                    return answer.status;
                }
                bytes.push(self.0.read_u8().await.unwrap());
            }
        };
        timeout(PATIENCE, read).await.unwrap()
    }

    /// All that still comes; the end must.
    pub(crate) async fn rest(&mut self) -> Answers {
        let mut bytes = Vec::new();
        let read = self.0.read_to_end(&mut bytes);
        let closed = timeout(PATIENCE, read).await.expect("it is not closed");
        // A reset would take the answer from whoever has not read it.
        closed.expect("it is reset");
        Answers::parse(&bytes)
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        if status == 100 {
            return Self::parse(&bytes[end..]).map(|(answer, length)| (answer, length + end));
        }
        let mut answer = Self {
            status,
            head,
            body: String::new(),
        };
        let length: usize = answer
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        let body = bytes.get(end..end + length)?;
        answer.body = String::from_utf8_lossy(body).into_owned();
        Some((answer, end + length))
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_owned())
    }
}

#[derive(Debug)]
pub(crate) struct Answers(pub(crate) Vec<Answer>);

impl Answers {
    fn parse(mut bytes: &[u8]) -> Self {
        let mut answers = Vec::new();
        while let Some((answer, length)) = Answer::parse(bytes) {
            answers.push(answer);
            bytes = &bytes[length..];
        }
        assert!(bytes.is_empty(), "{:?}", String::from_utf8_lossy(bytes));
        Self(answers)
    }

    pub(crate) fn statuses(&self) -> Vec<u16> {
        self.0.iter().map(|answer| answer.status).collect()
    }
}
