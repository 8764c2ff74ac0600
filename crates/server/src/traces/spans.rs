//! Spans by OpenTelemetry's semantic conventions for HTTP. `url.path` and `url.full` are left out on purpose,
//! though they ask for them: both may hold what somebody typed.

use axum::extract::{MatchedPath, Request};
use http::{HeaderMap, Method, StatusCode};
use opentelemetry::{
    Context, KeyValue,
    context::FutureExt,
    global,
    trace::{SpanBuilder, SpanKind, Status, TraceContextExt, Tracer},
};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};

use crate::{connection::Wire, method_name::method_name};

/// The scope of our spans.
const SCOPE: &str = "tegata";

/// A request that is being answered.
pub(crate) struct RequestSpan(Option<Context>);

impl RequestSpan {
    /// A request has come in. What it says of the trace that it is part of counts only from somebody trusted.
    pub(crate) fn begin(request: &Request, from_trusted: bool) -> Self {
        let route = request.extensions().get::<MatchedPath>();
        let route = route.map(MatchedPath::as_str);
        if route.is_some_and(is_asked_all_the_time) {
            return Self(None);
        }
        let caller = match from_trusted {
            true => global::get_text_map_propagator(|propagator| {
                let headers = HeaderExtractor(request.headers());
                propagator.extract_with_context(&Context::new(), &headers)
            }),
            false => Context::new(),
        };
        let wire = request.extensions().get::<Wire>();
        let scheme = match wire.is_some_and(|wire| wire.https) {
            true => "https",
            false => "http",
        };
        let mut attributes = vec![
            KeyValue::new("http.request.method", word(request.method())),
            KeyValue::new("url.scheme", scheme),
        ];
        attributes.extend(route.map(|route| KeyValue::new("http.route", route.to_owned())));
        let name = named(request.method(), route);
        Self(Some(started(name, SpanKind::Server, attributes, &caller)))
    }

    /// Of the trace, as collectors show it; for the log. None where nothing is traced.
    pub(crate) fn trace_id(&self) -> Option<String> {
        let span = self.0.as_ref()?.span();
        let context = span.span_context();
        context.is_sampled().then(|| context.trace_id().to_string())
    }

    /// Does the work as part of this.
    pub(crate) fn around<W: Future>(&self, work: W) -> impl Future<Output = W::Output> {
        work.with_context(self.0.clone().unwrap_or_default())
    }

    /// It was answered so. One whose sender hung up has no status.
    pub(crate) fn end(self, status: StatusCode) {
        if let Some(context) = self.0 {
            // What a client did wrong is no error of the server.
            ended(&context, Some(status), StatusCode::is_server_error);
        }
    }
}

/// A question to another service, asked while a request is answered.
#[derive(Debug)]
pub struct QuestionSpan(Option<Context>);

impl QuestionSpan {
    /// It is about to be asked of the server at this host and port. The span has a word for the kind of question in its
    /// name, never the path.
    pub fn begin(method: &Method, question: &'static str, (host, port): (&str, u16)) -> Self {
        let asking = Context::current();
        if !asking.span().span_context().is_valid() {
            return Self(None);
        }
        let attributes = vec![
            KeyValue::new("http.request.method", word(method)),
            KeyValue::new("server.address", host.to_owned()),
            KeyValue::new("server.port", i64::from(port)),
        ];
        let name = named(method, Some(question));
        Self(Some(started(name, SpanKind::Client, attributes, &asking)))
    }

    /// What it has to carry: `traceparent`, and `tracestate` where there is one.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(context) = &self.0 {
            global::get_text_map_propagator(|propagator| {
                propagator.inject_context(context, &mut HeaderInjector(&mut headers));
            });
        }
        headers
    }

    /// It was answered so; none is no answer at all.
    pub fn end(self, status: Option<StatusCode>) {
        if let Some(context) = self.0 {
            let failed = |status: &StatusCode| status.is_client_error() || status.is_server_error();
            ended(&context, status, failed);
        }
    }
}

/// The work, as part of whatever is traced now: a task of its own would not be.
pub fn carried_along<W: Future>(work: W) -> impl Future<Output = W::Output> {
    work.with_current_context()
}

fn started(name: String, kind: SpanKind, attributes: Vec<KeyValue>, parent: &Context) -> Context {
    let tracer = global::tracer(SCOPE);
    let span = SpanBuilder::from_name(name)
        .with_kind(kind)
        .with_attributes(attributes);
    let span = tracer.build_with_context(span, parent);
    parent.with_span(span)
}

fn ended(context: &Context, status: Option<StatusCode>, failed: impl Fn(&StatusCode) -> bool) {
    let span = context.span();
    if let Some(status) = status {
        let code = i64::from(status.as_u16());
        span.set_attribute(KeyValue::new("http.response.status_code", code));
    }
    let error = match status {
        Some(status) => failed(&status).then(|| status.as_u16().to_string()),
        None => Some("no_answer".to_owned()),
    };
    if let Some(error) = error {
        span.set_attribute(KeyValue::new("error.type", error));
        span.set_status(Status::error(""));
    }
    span.end();
}

fn named(method: &Method, route: Option<&str>) -> String {
    let method = match word(method) {
        OTHER => "HTTP",
        word => word,
    };
    match route {
        Some(route) => format!("{method} {route}"),
        None => method.to_owned(),
    }
}

/// Every few seconds, for ever, and by machines.
fn is_asked_all_the_time(route: &str) -> bool {
    route.starts_with("/health/") || route == "/metrics"
}

/// What the conventions call a method that is none of HTTP's.
const OTHER: &str = "_OTHER";

fn word(method: &Method) -> &'static str {
    method_name(method).unwrap_or(OTHER)
}
