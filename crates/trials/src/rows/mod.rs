//! The rows of the table of numbers, each a trial of its own.

mod anonymous;
mod idle_connections;
mod latency;
mod logins;
mod overload;
mod refresh;
mod slow_senders;
mod soak;
mod start;
mod walled_page;

use std::time::Duration;

use crate::{
    Conditions, Row,
    StoreKind::{Mongodb, Sqlite},
    Trial,
};

/// All of them, in the order of the table.
pub const ROWS: &[Trial] = &[
    both("walled-page", walled_page::run),
    one("latency", latency::run),
    one("logins", logins::run),
    one("overload", overload::run),
    both("refresh", refresh::run),
    one("idle-connections", idle_connections::run),
    one("slow-senders", slow_senders::run),
    both("anonymous", anonymous::run),
    both("start", start::run),
    Trial {
        by_name_only: true,
        ..both("soak", soak::run)
    },
];

/// On both stores.
const fn both(name: &'static str, run: fn(&Conditions) -> Vec<Row>) -> Trial {
    Trial {
        name,
        stores: &[Sqlite, Mongodb],
        by_name_only: false,
        run,
    }
}

/// The store has no part in it.
const fn one(name: &'static str, run: fn(&Conditions) -> Vec<Row>) -> Trial {
    Trial {
        stores: &[Sqlite],
        ..both(name, run)
    }
}

/// As `17.3 ms`.
fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// As `17.3 MiB`.
fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
