//! What both listeners promise whoever sends bytes, over raw sockets.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod ambiguous;
mod answers;
mod framing;
mod half_closed;
mod house;
mod limits;
mod stopping;
mod tls;
