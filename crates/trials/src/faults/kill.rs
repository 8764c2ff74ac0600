//! `kill -9` under mixed load: what was acknowledged is there.

use std::{sync::Arc, time::Duration};

use crate::{Conditions, Journal, People, Row, pause};

const READY: Duration = Duration::from_secs(2);

pub(super) fn issuer(conditions: &Conditions) -> Vec<Row> {
    let (issuer, frontend) = conditions.ground().start();
    let journal = Arc::new(Journal::default());
    let places = (issuer.api(), frontend.pages());
    let people = People::begin(places, &journal, 12, 150.0);
    let kills = conditions.either(20, 2);
    let mut slowest = Duration::ZERO;
    for _ in 0..kills {
        pause(Duration::from_millis(conditions.either(1000, 300)));
        issuer.kill();
        slowest = slowest.max(issuer.start());
    }
    pause(Duration::from_millis(500));
    let seen = people.end();
    let findings = journal.check(issuer.api(), frontend.pages());
    let wrong = [seen.odd, findings.violations.clone()].concat();
    vec![Row::new(
        &format!(
            "kill -9 of the issuer on {}, {kills} times",
            conditions.store
        ),
        "nothing lost, ready ≤ 2 s",
        format!("{findings}, ready after {slowest:.2?}{}", wrong.concat()),
        wrong.is_empty() && slowest <= READY,
    )]
}
