//! `kill -9` of the issuer or of the frontend while people register, log in, refresh, change passwords, sign out
//! and look at pages; again and again. Shows that what was acknowledged is on the disk, that a refresh token has one
//! successor however often its answer was lost, and that a service is ready soon after its start.

use std::{sync::Arc, time::Duration};

use super::report;
use crate::{Conditions, Journal, Kind, People, Row, Service, pause};

const READY: Duration = Duration::from_secs(2);
const PERSONS: usize = 16;
const ACTS_A_SECOND: f64 = 150.0;

pub(super) fn run(on: &Conditions, victim: Kind) -> Vec<Row> {
    let times = on.times(20);
    let ground = on.ground().with("ACCESS_TOKEN_TTL", "20s");
    let (issuer, frontend) = ground.start();
    let journal = Arc::new(Journal::default());
    let places = (issuer.api(), frontend.pages());
    let people = People::begin(places, &journal, PERSONS, ACTS_A_SECOND);

    let service = match victim {
        Kind::Issuer => &issuer,
        _ => &frontend,
    };
    let starts: Vec<Duration> = (0..times).map(|number| kill(service, number)).collect();
    pause(Duration::from_millis(500));
    let seen = people.end();
    let findings = journal.check(issuer.api(), frontend.pages());

    let name = match victim {
        Kind::Issuer => "issuer",
        _ => "frontend",
    };
    let what = format!("kill -9 of the {name} × {}, {}", times, on.store);
    vec![
        report::journal(&what, &seen, &findings),
        report::at_most(&format!("{what}: ready after its start"), READY, &starts),
    ]
}

/// At another moment of what people do each time.
fn kill(service: &Service, number: usize) -> Duration {
    let moment = 300 + number * 137 % 500;
    pause(Duration::from_millis(u64::try_from(moment).unwrap()));
    service.kill();
    pause(Duration::from_millis(50));
    service.start()
}
