//! Built without traces: nothing is noted and nothing passed on.

use axum::extract::Request;
use http::{HeaderMap, Method, StatusCode};

pub(crate) struct RequestSpan;

impl RequestSpan {
    pub(crate) fn begin(_: &Request, _from_trusted: bool) -> Self {
        Self
    }

    pub(crate) fn trace_id(&self) -> Option<String> {
        None
    }

    pub(crate) fn around<W: Future>(&self, work: W) -> impl Future<Output = W::Output> {
        work
    }

    pub(crate) fn end(self, _: StatusCode) {}
}

/// A question to another service.
#[derive(Debug)]
pub struct QuestionSpan;

impl QuestionSpan {
    /// It is about to be asked of the server at this host and port.
    pub fn begin(_: &Method, _question: &'static str, _server: (&str, u16)) -> Self {
        Self
    }

    /// What it has to carry: nothing.
    pub fn headers(&self) -> HeaderMap {
        HeaderMap::new()
    }

    /// It was answered so; none is no answer at all.
    pub fn end(self, _: Option<StatusCode>) {}
}

/// The work, as it is.
pub fn carried_along<W: Future>(work: W) -> impl Future<Output = W::Output> {
    work
}
