//! A database that takes 200 ms for each answer, and then two seconds. Shows that with the first everything goes on,
//! only slower; that with the second everybody is told so soon; and that neither costs anybody anything.

use std::{sync::Arc, time::Duration};

use super::{frozen_mongod::works_again, report};
use crate::{Conditions, Ground, Journal, People, Proxy, Row, StoreKind, pause};

const SLOW: Duration = Duration::from_millis(200);
const VERY_SLOW: Duration = Duration::from_secs(2);
const TOLD: Duration = Duration::from_secs(3);
const BACK: Duration = Duration::from_secs(5);
const LASTS: Duration = Duration::from_secs(10);
const LASTS_SHORT: Duration = Duration::from_secs(4);
const PERSONS: usize = 24;
const ACTS_A_SECOND: f64 = 60.0;

pub(super) fn run(on: &Conditions) -> Vec<Row> {
    // Alone: a member of a set tells clients where it is itself, and they would go past the line.
    let ground = Ground::new(&on.binary, StoreKind::MongodbStandalone);
    let line = Proxy::to(&ground.mongod().host());
    let at = |database: &str| format!("mongodb://{}/{database}", line.address());
    let ground = ground
        .with("DATABASE_URL", &at("issuer"))
        .with("SESSION_STORE_URL", &at("pages"))
        .with("ACCESS_TOKEN_TTL", "1m");
    let (issuer, frontend) = ground.start();
    let journal = Arc::new(Journal::default());
    let places = (issuer.api(), frontend.pages());
    let people = People::begin(places, &journal, PERSONS, ACTS_A_SECOND);
    pause(Duration::from_secs(2));
    let lasts = on.either(LASTS, LASTS_SHORT);

    let mut rows = Vec::new();
    let mut all = people.news();
    for delay in [SLOW, VERY_SLOW] {
        line.slow_down(delay);
        pause(lasts);
        line.slow_down(Duration::ZERO);
        let seen = people.news();
        let what = format!("mongod {} slow", report::seconds(delay));
        let (refused, count) = (seen.with_status(503), seen.count());
        let (longest, which) = report::longest(&seen);
        rows.push(report::at_most(
            &format!(
                "{what}: the longest ({which}) of {count} acts, of which {refused} were told 503"
            ),
            TOLD,
            &[longest],
        ));
        if delay == SLOW {
            rows.push(Row::new(
                &format!("{what}: acts that were told 503"),
                "0",
                refused.to_string(),
                refused == 0,
            ));
        }
        let back = works_again(issuer.api(), frontend.pages());
        rows.push(report::at_most(
            &format!("{what}: works again"),
            BACK,
            &[back],
        ));
        report::merge(&mut all, seen);
    }
    report::merge(&mut all, people.end());
    let findings = journal.check(issuer.api(), frontend.pages());
    rows.push(report::journal("mongod slow", &all, &findings));
    rows
}
