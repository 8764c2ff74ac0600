//! Time, on a clock that moves when nobody has anything to do: how long each kind of slowness is borne.

mod parting;
mod reading;
mod resting;
mod sending;

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
    body::Bytes,
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use tegata_token::SystemRandom;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};

use super::{Connection, House, Stage};
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
