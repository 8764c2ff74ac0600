//! The short form of the faults (`benches/faults.rs`), those that take seconds: what is right, never how fast it is.

use std::path::Path;

use tegata_trials::{Conditions, FAULTS, StoreKind, Verdict};

/// Fails when one of its claims is not met, but those about time.
fn holds(name: &str, store: StoreKind) {
    let fault = FAULTS.iter().find(|fault| fault.name == name).unwrap();
    let conditions = Conditions::short(Path::new(env!("CARGO_BIN_EXE_tegata")), store);
    let rows = (fault.run)(&conditions);
    assert!(!rows.is_empty());
    for row in rows {
        let about_time = row.target.starts_with('≤');
        assert!(about_time || row.verdict != Verdict::Missed, "{row}");
    }
}

#[test]
fn what_the_issuer_acknowledged_survives_its_kill() {
    holds("kill-issuer", StoreKind::Sqlite);
}

#[test]
fn what_the_frontend_acknowledged_survives_its_kill() {
    holds("kill-frontend", StoreKind::Mongodb);
}

#[test]
fn a_turn_that_the_database_does_too_late_takes_nobodys_session() {
    holds("late-turn", StoreKind::Mongodb);
}

#[test]
fn a_torn_record_of_a_file_is_refused_and_shows_nobody_elses() {
    holds("torn-records", StoreKind::Sqlite);
}

#[test]
fn a_torn_document_is_refused_and_shows_nobody_elses() {
    holds("torn-records", StoreKind::Mongodb);
}

#[test]
fn two_of_each_are_restarted_in_turn_and_nobody_notices() {
    holds("rolling-restart", StoreKind::Mongodb);
}
