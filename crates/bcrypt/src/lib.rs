//! bcrypt for a server: several passwords at once in one thread.
//!
//! bcrypt is slow by design, and most of what it costs is waiting: each of its sixteen rounds needs the one
//! before, through a table in the first cache, about eleven cycles in which a core could do the work of three.
//! [`Lanes`] gives it that work: hashes of different people in step with each other, which share nothing but
//! the core. Each takes about as long as it would alone, and a core does two to three times as many.
//!
//! The crate `bcrypt` stays the measure: the tests hold every result against it, [`agrees`] asks it at every start, and `cargo bench -p tegata-bcrypt` the speed.

mod blowfish;
mod hash;
mod known_answer;
mod lanes;
mod pi;

pub use hash::{BadHash, Digest, Hash, MAX_COST, MIN_COST, Salt};
pub use known_answer::agrees;
pub use lanes::{LANES, Lanes, Work};
