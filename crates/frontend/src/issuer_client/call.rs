//! One question to the issuer on its way: with the id of the request that it is asked for, so that one id is in both
//! logs, as part of the same trace, and timed.

use std::time::Duration;

use http::{HeaderName, Method};
use reqwest::{Client, RequestBuilder, Response};
use serde::Serialize;
use tegata_server::{
    RequestId,
    metrics::{Operations, Timer},
    traces::QuestionSpan,
};
use tokio::time::Instant;
use url::Url;

/// What the issuer is asked for.
pub(crate) const QUESTIONS: Operations = &["token", "revoke", "register", "account", "ready"];

/// Connections to the issuer; clones share them.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: Client,
    timer: Timer,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Call {
    request: RequestBuilder,
    question: &'static str,
    timer: Timer,
}

impl Http {
    pub(super) fn new(client: Client, timer: Timer) -> Self {
        Self { client, timer }
    }

    pub(super) fn get(&self, url: Url) -> Call {
        self.call(Method::GET, url)
    }

    pub(super) fn post(&self, url: Url) -> Call {
        self.call(Method::POST, url)
    }

    pub(super) fn put(&self, url: Url) -> Call {
        self.call(Method::PUT, url)
    }

    pub(super) fn patch(&self, url: Url) -> Call {
        self.call(Method::PATCH, url)
    }

    pub(super) fn delete(&self, url: Url) -> Call {
        self.call(Method::DELETE, url)
    }

    fn call(&self, method: Method, url: Url) -> Call {
        let path = url.path();
        let question = match path {
            _ if path.ends_with("/token") => "token",
            _ if path.ends_with("/revoke") => "revoke",
            _ if path.ends_with("/users") => "register",
            _ if path.ends_with("/ready") => "ready",
            _ => "account",
        };
        Call {
            request: self.client.request(method, url),
            question,
            timer: self.timer.clone(),
        }
    }
}

impl Call {
    pub(super) fn header(self, name: HeaderName, value: impl AsRef<str>) -> Self {
        self.with(|request| request.header(name, value.as_ref()))
    }

    pub(super) fn form(self, fields: &(impl Serialize + ?Sized)) -> Self {
        self.with(|request| request.form(fields))
    }

    pub(super) fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        self.with(|request| request.json(body))
    }

    pub(super) fn timeout(self, limit: Duration) -> Self {
        self.with(|request| request.timeout(limit))
    }

    pub(super) fn bearer_auth(self, token: &str) -> Self {
        self.with(|request| request.bearer_auth(token))
    }

    pub(super) fn basic_auth(self, name: String, password: String) -> Self {
        self.with(|request| request.basic_auth(name, Some(password)))
    }

    /// Asks it. Whoever hangs up meanwhile is not counted.
    pub(super) async fn send(self) -> Result<Response, reqwest::Error> {
        let (client, request) = self.request.build_split();
        let mut request = request?;
        let trace = QuestionSpan::begin(request.method(), self.question, server(request.url()));
        let headers = request.headers_mut();
        headers.extend(trace.headers());
        if let Some(id) = RequestId::current() {
            headers.insert(RequestId::HEADER, id.header());
        }
        let start = Instant::now();
        let answer = client.execute(request).await;
        let failed = match &answer {
            Ok(answer) => answer.status().is_server_error(),
            Err(_) => true,
        };
        trace.end(answer.as_ref().ok().map(Response::status));
        self.timer.note(self.question, start.elapsed(), failed);
        answer
    }

    fn with(mut self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        self.request = change(self.request);
        self
    }
}

/// The host and the port of an address.
fn server(url: &Url) -> (&str, u16) {
    let port = url.port_or_known_default().unwrap_or_default();
    (url.host_str().unwrap_or_default(), port)
}
