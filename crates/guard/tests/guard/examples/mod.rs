//! The examples are what they say: each is included as it stands, and served on a real listener.

mod headers;
mod protected;

#[path = "../../../examples/headers.rs"]
#[expect(dead_code, reason = "main is for cargo run")]
mod headers_example;
#[path = "../../../examples/protected.rs"]
#[expect(dead_code, reason = "main is for cargo run")]
mod protected_example;
