//! Two issuers and two frontends on one MongoDB, each pair behind a balancer, while people work and programs read
//! pages and their account as fast as a thousand requests a second; meanwhile the signing key is rotated and each
//! service is stopped and started again in turn. Shows that nobody notices: no request fails, nobody is logged out.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::report;
use crate::{
    Balancer, Client, Conditions, Ground, Journal, People, Request, Row, Service, Times, paced,
    pause,
};

/// Of the programs together.
const A_SECOND: u32 = 1000;
const PROGRAMS: u32 = 8;
const A_SECOND_SHORT: u32 = 100;
const PERSONS: usize = 12;
const ACTS_A_SECOND: f64 = 60.0;
/// Before the first restart and between any two.
const BETWEEN: Duration = Duration::from_millis(1500);
const BETWEEN_SHORT: Duration = Duration::from_millis(300);

pub(super) fn run(on: &Conditions) -> Vec<Row> {
    let ground = on
        .ground()
        .with("ALGORITHM", "ES256")
        .with("ACCESS_TOKEN_TTL", "1m");
    let issuers = [ground.issuer(), ground.issuer()];
    for issuer in &issuers {
        issuer.start();
    }
    let api = Balancer::before(&[issuers[0].api(), issuers[1].api()]);
    let api_url = api.url("127.0.0.1");
    let frontends = [ground.frontend(&api_url), ground.frontend(&api_url)];
    for frontend in &frontends {
        frontend.start();
    }
    let pages = Balancer::before(&[frontends[0].pages(), frontends[1].pages()]);
    let pages_url = pages.url("localhost");

    let journal = Arc::new(Journal::default());
    let people = People::begin((&api_url, &pages_url), &journal, PERSONS, ACTS_A_SECOND);
    let between = on.either(BETWEEN, BETWEEN_SHORT);
    let services: Vec<&Service> = issuers.iter().chain(&frontends).collect();
    let lasts = (between + on.either(Duration::from_secs(1), Duration::from_millis(500))) * 5;
    let load = thread::scope(|scope| {
        let load = scope.spawn(|| programs(on, &api_url, &pages_url, lasts));
        pause(between);
        let rotated = ground.run(&["key", "rotate"]);
        assert!(rotated.status.success(), "{rotated:?}");
        for service in &services {
            pause(between);
            let (code, _) = service.stop();
            assert_eq!(code, Some(0), "{}", service.log());
            service.start();
        }
        load.join().unwrap()
    });
    let seen = people.end();
    let findings = journal.check(issuers[0].api(), frontends[0].pages());

    let what = format!(
        "key rotation and rolling restart of two of each, {}",
        on.store
    );
    let failed = load.count() - load.with_status(200);
    let of_people = seen.with_status(503) + seen.unanswered() + report::forbidden(&seen);
    vec![
        Row::new(
            &format!("{what}: programs' requests"),
            "0 failed",
            format!("{}, {:.0} a second", load.outcomes(), load.per_second(200)),
            failed == 0,
        ),
        Row::new(
            &format!("{what}: people's acts that failed"),
            "0",
            format!("{of_people} of {}", seen.count()),
            of_people == 0,
        ),
        report::journal(&what, &seen, &findings),
        Row::new(
            &format!("{what}: what the balancers did"),
            "0 unanswered",
            format!(
                "{} refused and {} closed connections repeated elsewhere, {} unanswered",
                api.refused() + pages.refused(),
                api.closed() + pages.closed(),
                api.failed() + pages.failed()
            ),
            api.failed() + pages.failed() == 0,
        ),
    ]
}

/// Half of them read pages, and half their account.
fn programs(on: &Conditions, api: &str, pages: &str, lasts: Duration) -> Times {
    let login = Request::log_in("admin", Ground::ADMIN_PASSWORD);
    let sign_in = Request::sign_in("admin", Ground::ADMIN_PASSWORD);
    let pace = on.either(A_SECOND, A_SECOND_SHORT) / PROGRAMS;
    let start = Instant::now();
    let mut all = Times::default();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..PROGRAMS)
            .map(|number| {
                let (url, request) = if number % 2 == 0 {
                    let answer = Client::new(pages).ask(&sign_in).unwrap();
                    let cookie = answer.cookie("tegata").expect("a session");
                    (pages, Request::page("/").cookie(&cookie))
                } else {
                    let answer = Client::new(api).ask(&login).unwrap();
                    let token = answer.member("access_token").expect("a token");
                    (api, Request::get("/users/me").bearer(&token))
                };
                scope.spawn(move || paced(url, pace, lasts, &request))
            })
            .collect();
        for thread in threads {
            all.merge(thread.join().unwrap());
        }
    });
    all.took = start.elapsed();
    all
}
