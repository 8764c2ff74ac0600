//! The short form of the trials (`benches/load.rs`; of the others: `faults.rs`): each for a second or two and with few
//! of everything. It asserts what is right (statuses, counts, what was acknowledged), never how fast it is.

use std::{path::Path, sync::Arc};

use tegata_trials::{Conditions, Ground, Journal, Person, ROWS, StoreKind, Trial};

/// Fails when something of it is not right.
fn short(trials: &[Trial], name: &str, store: StoreKind) {
    let trial = trials.iter().find(|trial| trial.name == name).unwrap();
    let conditions = Conditions::short(Path::new(env!("CARGO_BIN_EXE_tegata")), store);
    let rows = (trial.run)(&conditions);
    assert!(!rows.is_empty());
}

#[test]
fn a_walled_page_is_one_read_and_no_write_and_asks_nothing_of_the_issuer() {
    short(ROWS, "walled-page", StoreKind::Sqlite);
    short(ROWS, "walled-page", StoreKind::Mongodb);
}

#[test]
fn whoever_is_in_stays_in_during_a_flood_of_logins() {
    short(ROWS, "latency", StoreKind::Sqlite);
}

#[test]
fn right_logins_at_once_are_all_let_in() {
    short(ROWS, "logins", StoreKind::Sqlite);
}

#[test]
fn a_flood_gets_answers_that_mean_something() {
    short(ROWS, "overload", StoreKind::Sqlite);
}

#[test]
fn sessions_are_refreshed_at_once() {
    short(ROWS, "refresh", StoreKind::Sqlite);
    short(ROWS, "refresh", StoreKind::Mongodb);
}

#[test]
fn idle_connections_are_in_nobodys_way() {
    short(ROWS, "idle-connections", StoreKind::Sqlite);
}

#[test]
fn slow_senders_are_in_nobodys_way() {
    short(ROWS, "slow-senders", StoreKind::Sqlite);
}

#[test]
fn nothing_is_stored_of_a_visitor_without_a_session() {
    short(ROWS, "anonymous", StoreKind::Sqlite);
    short(ROWS, "anonymous", StoreKind::Mongodb);
}

#[test]
fn services_start_again_on_their_store() {
    short(ROWS, "start", StoreKind::Sqlite);
}

#[test]
fn mixed_use_has_no_error_and_loses_nothing() {
    short(ROWS, "soak", StoreKind::Sqlite);
    short(ROWS, "soak", StoreKind::Mongodb);
}

/// Otherwise the trials above could not fail.
#[test]
fn the_journal_notices_what_is_lost_and_what_is_revived() {
    let ground = Ground::new(Path::new(env!("CARGO_BIN_EXE_tegata")), StoreKind::Sqlite);
    let (issuer, frontend) = ground.start();
    let journal = Arc::new(Journal::default());
    let mut people: Vec<Person> = (0..3)
        .map(|number| Person::new(number, issuer.api(), frontend.pages(), &journal))
        .collect();
    let mut act = |times: usize| {
        let done = people.iter_mut().flat_map(|one| {
            let acts = (0..times).map(|_| one.act());
            acts.collect::<Vec<_>>()
        });
        let odd: Vec<String> = done.filter_map(|done| done.odd).collect();
        assert!(odd.is_empty(), "{odd:?}");
    };
    act(4);
    issuer.stop();
    let (file, earlier) = (ground.path("data/issuer.db"), ground.path("earlier.db"));
    std::fs::copy(&file, &earlier).unwrap();
    issuer.start();
    // A day and a bit: passwords change, sessions begin, are refreshed and end.
    act(30);
    issuer.stop();
    let now = ground.path("now.db");
    std::fs::copy(&file, &now).unwrap();

    // The disk as it was an hour ago, so to say.
    std::fs::copy(&earlier, &file).unwrap();
    issuer.start();
    let findings = journal.check(issuer.api(), frontend.pages());
    issuer.stop();
    let all = findings.violations.join("\n");
    for lost in [
        "the password is refused",
        "the former password gives 200",
        "a live session is lost",
        "an ended session goes on",
    ] {
        assert!(all.contains(lost), "not noticed: {lost}\n{all}");
    }

    std::fs::copy(&now, &file).unwrap();
    issuer.start();
    let findings = journal.check(issuer.api(), frontend.pages());
    assert!(
        findings.violations.is_empty(),
        "{findings} {:?}",
        findings.violations
    );
    assert!(findings.live > 0 && findings.over > 0 && findings.refreshes > 0);
}
