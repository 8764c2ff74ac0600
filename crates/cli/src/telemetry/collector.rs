//! The way to the collector. The SDK sends from a thread of its own, where no runtime is: so the requests are tasks of
//! ours. What goes wrong is told now and then, and nobody waits for it.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::{Client, redirect};
use tokio::{runtime::Handle, time::Instant};

/// A collector that takes longer is away.
const TIMEOUT: Duration = Duration::from_secs(5);
/// What goes wrong with every batch is told so often.
const TELL_EVERY: Duration = Duration::from_secs(60);

pub(super) struct Collector {
    client: Client,
    runtime: Handle,
    last_told: Mutex<Option<Instant>>,
}

/// Without the requests' headers, which may hold a key.
impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

impl Collector {
    /// Inside a runtime.
    ///
    /// # Errors
    /// The TLS set-up of this machine cannot be read.
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self {
            client,
            runtime: Handle::current(),
            last_told: Mutex::new(None),
        })
    }

    fn tell(&self, why: &str) {
        let now = Instant::now();
        let mut last = self
            .last_told
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| now > last + TELL_EVERY) {
            *last = Some(now);
            tracing::warn!(why, "the collector does not take traces, and some are lost");
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self
            .runtime
            .spawn(async move { client.send_bytes(request).await });
        let answer = match sent.await {
            Ok(answer) => answer,
            // The runtime is gone: so is the service.
            Err(ended) => Err(ended.into()),
        };
        match &answer {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => self.tell(answer.status().as_str()),
            Err(cause) => self.tell(said(cause.as_ref())),
        }
        answer
    }
}

/// In our words: theirs name the address, which may hold a password.
fn said(cause: &(dyn std::error::Error + 'static)) -> &'static str {
    match cause.downcast_ref::<reqwest::Error>() {
        Some(cause) if cause.is_timeout() => "it takes too long",
        Some(cause) if cause.is_connect() => "it cannot be reached",
        _ => "the connection broke",
    }
}
