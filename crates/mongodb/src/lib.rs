//! The MongoDB that the replicas of both services share.
//!
//! Owns addresses, connections with their time limits, indexes, and the words for what can go wrong:
//! [`Address`] → [`Database`] → [`Database::prepare`] → [`Database::collection`]. Leaves documents and
//! statements to the stores above it. Nothing that it says holds a password.

mod address;
mod bad_address;
mod database;
mod date;
mod fault;
mod index;

pub use address::{Address, PoolSize};
pub use bad_address::BadAddress;
pub use database::{Database, PrepareError};
pub use date::{date, moment, readable_moment};
pub use fault::{Unavailable, answer, answer_on, duplicate, duplicated, duplicated_field};
pub use index::{Index, Kind};
