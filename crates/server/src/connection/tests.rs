//! Time, on a clock that moves when nobody has anything to do: how long each kind of slowness is borne.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{Request, StatusCode},
    response::IntoResponse,
    routing::{get, post},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tegata_token::SystemRandom;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    sync::watch,
    task::JoinHandle,
    time::{Instant, advance, sleep_until, timeout},
};

use super::{BODY_TIMEOUT, Connection, HEAD_TIMEOUT, House, IDLE_TIMEOUT, Stage, WRITE_TIMEOUT};
use crate::{Metrics, TrustedProxies, dress};

const STEP: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(30);
const BIG: usize = 1024 * 1024;

struct Guest {
    io: DuplexStream,
    /// Large answers that were made.
    made: Arc<AtomicUsize>,
    ended: JoinHandle<()>,
    began: Instant,
    _stage: watch::Sender<Stage>,
}

fn guest(room: usize) -> Guest {
    speaking(room, false)
}

fn speaking(room: usize, http2: bool) -> Guest {
    let made = Arc::new(AtomicUsize::new(0));
    let making = Arc::clone(&made);
    let routes = Router::new()
        .route("/", get(async || "hello"))
        .route("/echo", post(async |body: Bytes| body))
        .route(
            "/slow",
            get(async || {
                sleep_until(Instant::now() + Duration::from_secs(5)).await;
                "at last"
            }),
        )
        .route("/deaf", post(async || "not read"))
        .route(
            "/big",
            get(async move || {
                making.fetch_add(1, Relaxed);
                vec![b'x'; BIG]
            }),
        );
    let failed = |status: StatusCode| status.into_response();
    let router = dress(
        routes,
        Arc::new(SystemRandom),
        TrustedProxies::default(),
        Metrics::new("test", |_| {}),
        failed,
    );
    let (stage, watched) = watch::channel(Stage::Serving);
    let (io, server) = duplex(room);
    let house = House {
        router,
        stage: watched,
        https: true,
    };
    let peer = SocketAddr::from(([127, 0, 0, 1], 1));
    Guest {
        io,
        made,
        ended: tokio::spawn(async move {
            let connection = Connection { house, peer };
            match http2 {
                true => connection.http2(server).await,
                false => connection.http1(server).await,
            }
        }),
        began: Instant::now(),
        _stage: stage,
    }
}

impl Guest {
    async fn send(&mut self, text: &str) {
        self.io.write_all(text.as_bytes()).await.unwrap();
    }

    /// A byte every five seconds, until nobody takes it any more; what was said meanwhile.
    async fn drip(mut self, text: &str) -> (String, Duration) {
        for byte in text.bytes().cycle() {
            if self.io.write_all(&[byte]).await.is_err() {
                break;
            }
            let mut said = [0; 4096];
            if let Ok(Ok(length)) = timeout(STEP, self.io.read(&mut said)).await {
                let said = String::from_utf8_lossy(&said[..length]).into_owned();
                return (said, self.began.elapsed());
            }
        }
        (String::new(), self.began.elapsed())
    }

    /// The status that comes next.
    async fn status(&mut self) -> String {
        let mut bytes = vec![0; 4096];
        let length = self.io.read(&mut bytes).await.unwrap();
        String::from_utf8_lossy(&bytes[..length.min(12)]).into_owned()
    }

    async fn closed(mut self) -> Duration {
        let mut rest = Vec::new();
        let _ = self.io.read_to_end(&mut rest).await;
        self.ended.await.unwrap();
        self.began.elapsed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_that_drips_is_cut() {
    let (said, after) = guest(64 * 1024)
        .drip("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n")
        .await;
    assert_eq!(said, "", "closed");
    assert!(
        (HEAD_TIMEOUT..HEAD_TIMEOUT + STEP).contains(&after),
        "{after:?}"
    );
    // A second one on a connection that was well behaved so far.
    let mut guest = guest(64 * 1024);
    guest.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(guest.status().await, "HTTP/1.1 200");
    guest.began = Instant::now();
    let (said, after) = guest.drip("GET / HTTP/1.1\r\n").await;
    assert!(said.is_empty() && after < HEAD_TIMEOUT + STEP, "{after:?}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_408_and_closed() {
    for (head, drop) in [
        (
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
            "x",
        ),
        (
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n",
            "x",
        ),
    ] {
        let mut guest = guest(64 * 1024);
        guest.send(head).await;
        let (said, after) = guest.drip(drop).await;
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
        assert!(said.contains("connection: close"), "{said}");
        assert!(said.contains("strict-transport-security"), "{said}");
        assert!((BODY_TIMEOUT..WHOLE).contains(&after), "{after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_and_a_body_that_take_all_their_time_are_cut_within_thirty_seconds() {
    let mut guest = guest(64 * 1024);
    guest.send("POST /echo HTTP/1.1\r\n").await;
    advance(HEAD_TIMEOUT - Duration::from_secs(1)).await;
    guest.send("Host: a\r\nContent-Length: 1000\r\n\r\n").await;
    let (said, after) = guest.drip("x").await;
    assert!(
        said.starts_with("HTTP/1.1 408") && after <= WHOLE,
        "{after:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_reads_holds_nobody() {
    let mut guest = guest(64 * 1024);
    guest
        .send("POST /deaf HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx")
        .await;
    assert_eq!(guest.status().await, "HTTP/1.1 200");
    assert!(guest.closed().await < STEP);
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_closed() {
    let silent = guest(64 * 1024);
    let after = silent.closed().await;
    assert!(
        (IDLE_TIMEOUT..IDLE_TIMEOUT + STEP).contains(&after),
        "{after:?}"
    );
    let mut polite = guest(64 * 1024);
    for _ in 0..3 {
        polite.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(polite.status().await, "HTTP/1.1 200");
        advance(IDLE_TIMEOUT - STEP).await;
    }
    polite.began = Instant::now();
    assert!(polite.closed().await <= STEP * 2, "the last one counts");
}

#[tokio::test(start_paused = true)]
async fn who_never_reads_is_left() {
    let mut guest = guest(1024);
    guest.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let Guest {
        io, ended, began, ..
    } = guest;
    ended.await.unwrap();
    let after = began.elapsed();
    assert!(after >= WRITE_TIMEOUT && after < WHOLE, "{after:?}");
    drop(io);
}

#[tokio::test(start_paused = true)]
async fn who_asks_on_and_on_and_never_reads_is_left_and_costs_a_few_answers() {
    let mut guest = guest(1024);
    let asks = "GET /big HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3);
    let sent = timeout(WHOLE, async {
        // With an end, so that a server that takes them all is found out.
        for _ in 0..20 {
            if guest.io.write_all(asks.as_bytes()).await.is_err() {
                break;
            }
        }
    });
    sent.await.unwrap();
    let made = guest.made.load(Relaxed);
    assert!((1..=2).contains(&made), "{made} answers wait");
    guest.ended.await.unwrap();
    assert!(guest.began.elapsed() < WHOLE);
}

#[tokio::test(start_paused = true)]
async fn who_reads_a_little_now_and_then_is_left_too_and_who_reads_steadily_is_not() {
    for (pause, finishes) in [
        (Duration::from_secs(10), false),
        (Duration::from_millis(100), true),
    ] {
        let mut guest = guest(1024);
        guest.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let mut read = 0;
        loop {
            let mut some = [0; 1024];
            match guest.io.read(&mut some).await {
                Ok(0) | Err(_) => break,
                Ok(length) => read += length,
            }
            if read > 1024 * 1024 {
                break;
            }
            advance(pause).await;
        }
        assert_eq!(read > 1024 * 1024, finishes, "{read} bytes");
        assert!(guest.began.elapsed() < Duration::from_secs(300));
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_rested_goes_on_as_if_it_had_not() {
    let mut guest = guest(64 * 1024);
    for pause in [0, 1, 2, 60, 3, 0] {
        advance(Duration::from_secs(pause)).await;
        // In two halves, with a rest between requests but none inside of one.
        guest.send("GET /slow HTTP/1.1\r\nHo").await;
        advance(Duration::from_secs(5)).await;
        guest.send("st: a\r\n\r\n").await;
        assert_eq!(guest.status().await, "HTTP/1.1 200", "after {pause} s");
    }
    guest
        .send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
        .await;
    for byte in ["a", "b", "c", "d"] {
        advance(Duration::from_secs(3)).await;
        guest.send(byte).await;
    }
    assert_eq!(guest.status().await, "HTTP/1.1 200");
    advance(Duration::from_secs(3)).await;
    guest.send("nonsense\r\n\r\n").await;
    assert_eq!(guest.status().await, "HTTP/1.1 400");
}

#[tokio::test(start_paused = true)]
async fn what_is_read_slowly_is_not_cut_for_resting() {
    let mut guest = guest(1024);
    guest.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut read = 0;
    while read < 100 * 1024 {
        let mut some = [0; 1024];
        read += guest.io.read(&mut some).await.unwrap();
        tokio::time::advance(Duration::from_millis(if read % 10 == 0 {
            1500
        } else {
            10
        }))
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_over_http2_and_never_reads_is_left_too() {
    for window in [0, 1, 1000] {
        let Guest {
            io,
            ended,
            began,
            _stage,
            ..
        } = speaking(64 * 1024, true);
        let mut builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
        builder.initial_stream_window_size(window);
        let (mut client, connection) = builder.handshake(TokioIo::new(io)).await.unwrap();
        tokio::spawn(connection);
        let ask = |path: &str| {
            let request = Request::builder().uri(format!("http://a{path}"));
            request.body(Body::empty()).unwrap()
        };
        let unread = client.send_request(ask("/big")).await.unwrap();
        // Whatever else it asks.
        while client.send_request(ask("/slow")).await.is_ok() {
            assert!(began.elapsed() < WHOLE, "{window}");
        }
        ended.await.unwrap();
        assert!(
            (WRITE_TIMEOUT..WHOLE + STEP).contains(&began.elapsed()),
            "{window}"
        );
        drop(unread);
    }
}
