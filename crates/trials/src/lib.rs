//! Trials: the real binary, as processes on a real store, under load and under faults, and afterwards a
//! look at whether everything that it acknowledged is there.
//!
//! Everything stays on loopback and in a temporary folder, is bounded in count and time, and is gone when
//! the value is. Everything here panics when it does not work; what a service does under trial is a value.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a trial says what went wrong by failing"
)]

mod balancer;
mod client;
mod crowd;
mod faults;
mod flood;
mod ground;
mod journal;
mod load;
mod people;
mod person;
mod proxy;
mod reading;
mod request;
mod rows;
mod service;
mod table;
mod trial;
mod wait;

pub use balancer::Balancer;
pub use client::{Answer, Client, Connection};
pub use crowd::{Member, Tokens};
pub use faults::FAULTS;
pub use flood::{Flood, Flooded};
pub use ground::{Ground, StoreKind};
pub use journal::{Findings, Journal, SessionId};
pub use load::{Times, as_fast_as_it_goes, paced};
pub use people::{People, Seen};
pub use person::{Act, Done, Person};
pub use proxy::Proxy;
pub use reading::Reading;
pub use request::Request;
pub use rows::ROWS;
pub use service::{Kind, Service};
pub use table::{Row, Table, Verdict};
pub use trial::{Conditions, Trial, run};
pub use wait::{pause, until};
