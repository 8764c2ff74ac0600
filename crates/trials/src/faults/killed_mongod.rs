//! `kill -9` of the database while people are at work. Shows that what was acknowledged was on its disk, that
//! meanwhile the services say 503 and nothing else, and that they are ready soon after it is back, by themselves.

use std::{sync::Arc, time::Duration};

use super::report;
use crate::{Conditions, Journal, People, Row, pause};

const READY: Duration = Duration::from_secs(2);
const PERSONS: usize = 16;
const ACTS_A_SECOND: f64 = 150.0;

pub(super) fn run(on: &Conditions) -> Vec<Row> {
    let times = on.times(10);
    let ground = on.ground().with("ACCESS_TOKEN_TTL", "20s");
    let (issuer, frontend) = ground.start();
    let journal = Arc::new(Journal::default());
    let places = (issuer.api(), frontend.pages());
    let people = People::begin(places, &journal, PERSONS, ACTS_A_SECOND);

    let mut back = Vec::new();
    for number in 0..times {
        let moment = 500 + number * 137 % 500;
        pause(Duration::from_millis(u64::try_from(moment).unwrap()));
        ground.mongod().kill();
        pause(Duration::from_millis(300));
        ground.mongod().start_again();
        let waits = [&issuer, &frontend].map(|one| one.wait_until_ready(Duration::from_secs(30)));
        back.push(waits.into_iter().sum());
    }
    pause(Duration::from_millis(500));
    let seen = people.end();
    let findings = journal.check(issuer.api(), frontend.pages());

    let what = format!("kill -9 of mongod × {}, {}", times, on.store);
    vec![
        report::journal(&what, &seen, &findings),
        report::at_most(
            &format!("{what}: both ready after it is back"),
            READY,
            &back,
        ),
    ]
}
