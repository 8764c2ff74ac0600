//! The database holds its breath for half a minute: connections stay, answers do not come. Shows that everybody is
//! told 503 soon, that no cookie is taken away and no end claimed that was none, that a guard elsewhere notices
//! nothing, and that all is well soon after.

use std::{sync::Arc, time::Duration};

use super::{guarded::Guarded, report};
use crate::{Client, Conditions, Ground, Journal, People, Request, Row, pause, until};

const FROZEN: Duration = Duration::from_secs(30);
const FROZEN_SHORT: Duration = Duration::from_secs(6);
const TOLD: Duration = Duration::from_secs(3);
const BACK: Duration = Duration::from_secs(5);
/// A guard's check takes microseconds; this machine has other things to do.
const UNTOUCHED: Duration = Duration::from_millis(100);
const PERSONS: usize = 24;
const ACTS_A_SECOND: f64 = 100.0;

pub(super) fn run(on: &Conditions) -> Vec<Row> {
    let times = on.times(1);
    let ground = on
        .ground()
        .with("ACCESS_TOKEN_TTL", "1m")
        // As it is by default: what is held up for longer is what this is about.
        .with("REFRESH_GRACE", "30s");
    let (issuer, frontend) = ground.start();
    let guarded = Guarded::begin(issuer.api());
    let journal = Arc::new(Journal::default());
    let places = (issuer.api(), frontend.pages());
    let people = People::begin(places, &journal, PERSONS, ACTS_A_SECOND);
    pause(Duration::from_secs(2));

    let frozen = on.either(FROZEN, FROZEN_SHORT);
    let mut told = Vec::new();
    let mut back = Vec::new();
    let mut refusals = 0;
    for _ in 0..times {
        let before = people.seen().with_status(503);
        ground.mongod().stall();
        pause(frozen);
        ground.mongod().resume();
        let seen = people.seen();
        refusals += seen.with_status(503) - before;
        told.push(report::longest(&seen).0);
        back.push(works_again(issuer.api(), frontend.pages()));
        pause(Duration::from_secs(1));
    }
    let checks = guarded.end();
    let seen = people.end();
    let findings = journal.check(issuer.api(), frontend.pages());

    let what = format!("mongod frozen for {} s × {times}", frozen.as_secs());
    vec![
        report::journal(&what, &seen, &findings),
        report::at_most(
            &format!("{what}: the longest wait of {refusals} that were told 503"),
            TOLD,
            &told,
        ),
        report::at_most(&format!("{what}: logins and pages work again"), BACK, &back),
        Row::new(
            &format!("{what}: a guard elsewhere"),
            "0 refused",
            format!(
                "{} checks, {} refused, {} ms at most",
                checks.count,
                checks.refused.len(),
                checks.longest.as_millis()
            ),
            checks.refused.is_empty() && checks.longest <= UNTOUCHED,
        ),
    ]
}

/// Until somebody can log in and sign in; how long that took.
pub(super) fn works_again(api: &str, pages: &str) -> Duration {
    let (mut api, mut pages) = (Client::new(api), Client::new(pages));
    let login = Request::log_in("admin", Ground::ADMIN_PASSWORD);
    let sign_in = Request::sign_in("admin", Ground::ADMIN_PASSWORD);
    let works = || {
        let in_api = api.ask(&login).is_ok_and(|answer| answer.status == 200);
        let on_pages = pages.ask(&sign_in).is_ok_and(|answer| answer.status == 303);
        (in_api && on_pages).then_some(())
    };
    until("it works again", Duration::from_secs(60), works).1
}
