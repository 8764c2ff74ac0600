//! The spans of a distributed trace: one for each request, one for each question to another service on its behalf, and
//! the header that ties both services' spans together (W3C Trace Context).
//!
//! Without the feature `traces` all of it is empty. With it, spans go to whatever tracer provider the program has
//! installed; without one, nowhere. Nothing that somebody typed is in a span: no path but the route's pattern, no
//! query, no header, no address of a browser.

#[cfg_attr(not(feature = "traces"), path = "none.rs")]
mod spans;

pub(crate) use spans::RequestSpan;
pub use spans::{QuestionSpan, carried_along};
