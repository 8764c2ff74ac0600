//! How many sessions can be refreshed in a second: clients as fast as they go, each with sessions of its own
//! in turn, each refresh with the token that the one before gave. Every one is a write that is acknowledged.

use std::{
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use crate::{Client, Conditions, Request, Row, StoreKind, Times, crowd::Member};

const CLIENTS: usize = 16;
/// Of each client.
const SESSIONS: usize = 32;
const P99: Duration = Duration::from_millis(100);

pub(super) fn run(conditions: &Conditions) -> Vec<Row> {
    // Each session far more often than anybody refreshes: what is limited for that is not what is measured.
    let ground = conditions.ground().with("REFRESHES_PER_SESSION", "1000000");
    let issuer = ground.issuer();
    issuer.start();
    let members = Member::register(issuer.api(), CLIENTS);
    let sessions = conditions.either(SESSIONS, 2);
    let time = conditions.either(Duration::from_secs(8), Duration::from_millis(300));
    let all = Mutex::new(Times::default());
    let work = |member: &Member| {
        let mut client = Client::new(issuer.api());
        let tokens = (0..sessions).map(|_| member.tokens(issuer.api()).refresh);
        let mut tokens: Vec<String> = tokens.collect();
        let (mut times, start) = (Times::default(), Instant::now());
        for turn in 0.. {
            if start.elapsed() >= time {
                break;
            }
            let token = &mut tokens[turn % sessions];
            let sent = Instant::now();
            let answer = client.ask(&Request::refresh(token));
            let took = sent.elapsed();
            if let Some(next) = answer
                .as_ref()
                .ok()
                .and_then(|one| one.member("refresh_token"))
            {
                *token = next;
            }
            let outcome = answer.map(|answer| answer.status);
            times.add(outcome.map_err(|error| error.kind()), took);
        }
        times.took = start.elapsed();
        all.lock().unwrap().merge(times);
    };
    thread::scope(|scope| {
        for member in &members {
            scope.spawn(move || work(member));
        }
    });
    let times = all.into_inner().unwrap();
    assert_eq!(times.statuses(), [200], "{}", times.outcomes());
    let (least, target) = match conditions.store {
        StoreKind::Sqlite => (500.0, "≥ 500/s, p99 ≤ 100 ms"),
        _ => (250.0, "≥ 250/s, p99 ≤ 100 ms"),
    };
    let (rate, p99) = (times.per_second(200), times.percentile(200, 99.0));
    vec![Row::new(
        &format!("refresh on {}, {CLIENTS} clients", conditions.store),
        target,
        format!("{rate:.0}/s, p99 {}", super::ms(p99)),
        rate >= least && p99 <= P99,
    )]
}
