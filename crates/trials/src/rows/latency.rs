//! Whether anybody but those who log in notices a flood of logins: the 99th percentile of a walled page and
//! of a guarded route, at the same even pace in quiet and while 16 and while 200 clients log in. What is late
//! counts from when it was due.

use std::{thread, time::Duration};

use crate::{Conditions, Request, Row, Times, crowd::Member, flood::Flood, paced};

/// Of each of the two, in a second.
const PACE: u32 = 100;
const FLOODS: [usize; 2] = [16, 200];
/// What 200 clients that wait a second after an answer come to. The service does about eight.
const LOGINS: f64 = 200.0;
const LIMIT: Duration = Duration::from_millis(20);

pub(super) fn run(conditions: &Conditions) -> Vec<Row> {
    let ground = conditions
        .ground()
        .with("BCRYPT_COST", conditions.either("12", "4"));
    let (issuer, frontend) = ground.start();
    let [member] = &Member::register(issuer.api(), 1)[..] else {
        return Vec::new();
    };
    let guarded = Request::get("/users/me").bearer(&member.tokens(issuer.api()).access);
    let walled = Request::page("/").cookie(&member.cookie(frontend.pages()));
    let time = conditions.either(Duration::from_secs(10), Duration::from_millis(400));
    let both = || {
        thread::scope(|scope| {
            let guarded = scope.spawn(|| paced(issuer.api(), PACE, time, &guarded));
            let walled = paced(frontend.pages(), PACE, time, &walled);
            [guarded.join().unwrap(), walled]
        })
    };
    let quiet = both();
    let mut rows = Vec::new();
    for clients in FLOODS {
        let flood = Flood::begin(issuer.api(), clients, LOGINS, &[]);
        let flooded = both();
        flood.end();
        for (name, (quiet, flooded)) in ["guarded route", "walled page"]
            .iter()
            .zip(quiet.iter().zip(&flooded))
        {
            rows.push(row(name, clients, quiet, flooded));
        }
    }
    rows
}

fn row(name: &str, clients: usize, quiet: &Times, flooded: &Times) -> Row {
    for times in [quiet, flooded] {
        assert_eq!(times.statuses(), [200], "{}", times.outcomes());
    }
    let [quiet, flooded] = [quiet, flooded].map(|times| times.percentile(200, 99.0));
    let ratio = flooded.as_secs_f64() / quiet.as_secs_f64();
    Row::new(
        &format!("{name}: p99 in a login flood of {clients} clients"),
        "≤ 2 × quiet, ≤ 20 ms",
        format!(
            "{}, quiet {}: {ratio:.1} ×",
            super::ms(flooded),
            super::ms(quiet)
        ),
        ratio <= 2.0 && flooded <= LIMIT,
    )
}
