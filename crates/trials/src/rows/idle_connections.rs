//! Ten thousand connections that were used once and stay open, and a hundred that work: no error for the
//! hundred, and what an idle one costs in memory.

use std::time::Duration;

use crate::{Client, Conditions, Connection, Request, Row, as_fast_as_it_goes, crowd::Member};

/// What a process may open here leaves room for them on both sides.
const IDLE: usize = 10_000;
const BUSY: usize = 100;
const EACH: u64 = 15 << 10;

pub(super) fn run(conditions: &Conditions) -> Vec<Row> {
    let ground = conditions.ground().with("MAX_CONNECTIONS", "12000");
    let (issuer, frontend) = ground.start();
    let member = Member::register(issuer.api(), 1).remove(0);
    let page = Request::page("/").cookie(&member.cookie(frontend.pages()));
    let busy = |time| as_fast_as_it_goes(frontend.pages(), BUSY, time, |_, _| page.clone());
    let time = conditions.either(Duration::from_secs(5), Duration::from_millis(300));
    // What a hundred connections need is not an idle one's.
    let warm = busy(time);
    let before = frontend.reading().memory;
    let count = conditions.either(IDLE, 200);
    let live = Request::get("/health/live");
    let mut idle: Vec<Connection> = Vec::with_capacity(count);
    let mut refused = 0;
    for _ in 0..count {
        match Connection::open(frontend.pages()).and_then(|mut one| one.ask(&live).map(|_| one)) {
            Ok(one) => idle.push(one),
            Err(_) => refused += 1,
        }
    }
    let grown = frontend.reading().memory.saturating_sub(before);
    let times = busy(time);
    let still_open = idle.iter().filter(|one| one.is_open()).count();
    let each = grown / u64::try_from(count - refused).unwrap_or(1).max(1);
    drop(idle);
    let after = Client::new(frontend.pages()).ask(&page).unwrap().status;
    let good = times.statuses() == [200] && times.unanswered() == 0 && after == 200;
    assert!(good, "{}", times.outcomes());
    vec![
        Row::new(
            &format!("{count} idle connections, {BUSY} busy ones"),
            "no error, all stay open",
            format!(
                "{}, {refused} refused, {still_open} still open; p99 {}, alone {}",
                times.outcomes(),
                super::ms(times.percentile(200, 99.0)),
                super::ms(warm.percentile(200, 99.0)),
            ),
            good && refused == 0 && still_open == count,
        ),
        Row::new(
            "the same: memory of an idle one",
            "≤ 15 KB",
            format!("{:.1} KiB", each as f64 / 1024.0),
            each <= EACH,
        ),
    ]
}
