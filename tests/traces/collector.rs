//! A collector that keeps what it is sent.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use tokio::net::TcpListener;

use super::protobuf::Message;

type Kept = Arc<Mutex<Vec<Bytes>>>;

pub(super) struct Collector {
    pub(super) url: String,
    kept: Kept,
}

/// A span as it came.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) service: String,
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) failed: bool,
    pub(super) attributes: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Server,
    Client,
}

impl Collector {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let kept = Kept::default();
        let routes = Router::new().route("/v1/traces", post(keep));
        let routes = routes.with_state(Arc::clone(&kept));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, kept }
    }

    /// All that was sent, as it was.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.kept.lock().unwrap().concat()
    }

    pub(super) fn spans(&self) -> Vec<Span> {
        let kept = self.kept.lock().unwrap();
        kept.iter().flat_map(|batch| read(batch)).collect()
    }
}

async fn keep(State(kept): State<Kept>, headers: HeaderMap, body: Bytes) {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    kept.lock().unwrap().push(body);
}

/// An `ExportTraceServiceRequest`; the numbers are those of opentelemetry-proto.
fn read(batch: &[u8]) -> Vec<Span> {
    let mut spans = Vec::new();
    for resource_spans in Message::read(batch).messages(1) {
        let resource = Message::read(resource_spans.bytes(1));
        let service = attributes(&resource, 1)["service.name"].clone();
        for scope_spans in resource_spans.messages(2) {
            for span in scope_spans.messages(2) {
                assert_eq!(span.all(11).count(), 0, "an event: only the log has them");
                spans.push(Span {
                    service: service.clone(),
                    trace: hex(span.bytes(1)),
                    id: hex(span.bytes(2)),
                    parent: hex(span.bytes(4)),
                    name: span.text(5),
                    kind: match span.number(6) {
                        2 => Kind::Server,
                        3 => Kind::Client,
                        other => panic!("a span of kind {other}"),
                    },
                    failed: Message::read(span.bytes(15)).number(3) == 2,
                    attributes: attributes(&span, 9),
                });
            }
        }
    }
    spans
}

fn attributes(of: &Message<'_>, number: u64) -> BTreeMap<String, String> {
    let pair = |pair: Message<'_>| {
        let value = Message::read(pair.bytes(2));
        let shown = match value.number(3) {
            0 => value.text(1),
            number => number.to_string(),
        };
        (pair.text(1), shown)
    };
    of.messages(number).map(pair).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
