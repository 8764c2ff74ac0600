//! What may go wrong, each in a file of its own: the fault is made, people go on meanwhile, and afterwards the
//! journal of what they were told is held against the services.

mod clock;
mod disk_full;
mod files_exhausted;
mod frozen_mongod;
mod guarded;
mod killed_mongod;
mod killed_service;
mod late_turn;
mod report;
mod rolling_restart;
mod slow_mongod;
mod torn_records;

use crate::{
    Conditions, Kind, Row,
    StoreKind::{self, Mongodb, Sqlite},
    Trial,
};

const BOTH: &[StoreKind] = &[Sqlite, Mongodb];

/// All of them, in the order of the table.
pub const FAULTS: &[Trial] = &[
    fault("kill-issuer", BOTH, |on| {
        killed_service::run(on, Kind::Issuer)
    }),
    fault("kill-frontend", BOTH, |on| {
        killed_service::run(on, Kind::Frontend)
    }),
    fault("kill-mongod", &[Mongodb], killed_mongod::run),
    fault("frozen-mongod", &[Mongodb], frozen_mongod::run),
    fault("late-turn", &[Mongodb], late_turn::run),
    fault("slow-mongod", &[Mongodb], slow_mongod::run),
    fault("disk-full", BOTH, disk_full::run),
    fault("clock", BOTH, clock::run),
    fault("file-handles", BOTH, files_exhausted::run),
    fault("torn-records", BOTH, torn_records::run),
    fault("rolling-restart", &[Mongodb], rolling_restart::run),
];

const fn fault(
    name: &'static str,
    stores: &'static [StoreKind],
    run: fn(&Conditions) -> Vec<Row>,
) -> Trial {
    Trial {
        name,
        stores,
        by_name_only: false,
        run,
    }
}
