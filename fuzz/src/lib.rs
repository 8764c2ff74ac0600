//! What reads bytes that strangers wrote, and what must hold of it whatever they wrote. A target is a function that
//! panics when it does not. libFuzzer runs them by hand (README), `cargo test` over the kept corpus and a few thousand
//! mutations of it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a target says what does not hold by panicking"
)]

mod authorization;
mod cookies;
#[cfg(test)]
mod corpus;
mod cursors;
mod explain;
mod forge;
mod forms;
mod forwarded_for;
mod framing;
mod input;
mod key_sets;
mod names;
mod next;
mod refresh_tokens;
mod settings;
mod verifier;

pub use authorization::authorization;
pub use cookies::cookies;
pub use cursors::cursors;
pub use explain::explain;
pub use forms::forms;
pub use forwarded_for::forwarded_for;
pub use framing::framing;
pub use key_sets::key_sets;
pub use names::names;
pub use next::next;
pub use refresh_tokens::refresh_tokens;
pub use settings::settings;
pub use verifier::verifier;

/// A target: panics when something does not hold for these bytes.
pub type Target = fn(&[u8]);

/// All of them, by the name of their binary and of their folder in `corpus/`.
pub const TARGETS: [(&str, Target); 13] = [
    ("verifier", verifier),
    ("explain", explain),
    ("authorization", authorization),
    ("cookies", cookies),
    ("forms", forms),
    ("next", next),
    ("key_sets", key_sets),
    ("refresh_tokens", refresh_tokens),
    ("cursors", cursors),
    ("settings", settings),
    ("forwarded_for", forwarded_for),
    ("names", names),
    ("framing", framing),
];
