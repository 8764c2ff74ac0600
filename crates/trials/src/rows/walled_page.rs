//! What a walled page costs with a live session: CPU time of the frontend's process for each, the kernel's
//! share of it included, on eight connections as fast as it goes. And what it asks for: the issuer is frozen
//! meanwhile, so nothing can be asked of it, and MongoDB counts its operations.

use std::time::Duration;

use mongodb::bson::{Document, doc};

use crate::{Conditions, Request, Row, Service, Times, as_fast_as_it_goes, crowd::Member};

const CONNECTIONS: usize = 8;
const CPU: f64 = 50.0;

pub(super) fn run(conditions: &Conditions) -> Vec<Row> {
    let (issuer, frontend) = conditions.ground().start();
    let members = Member::register(issuer.api(), CONNECTIONS);
    let cookies: Vec<_> = members
        .iter()
        .map(|one| one.cookie(frontend.pages()))
        .collect();
    let pages = |time| {
        as_fast_as_it_goes(frontend.pages(), CONNECTIONS, time, |client, _| {
            Request::page("/").cookie(&cookies[client])
        })
    };
    pages(Duration::from_millis(200));

    issuer.freeze();
    let operations = operations(&frontend);
    let cpu = frontend.reading().cpu;
    let times = pages(conditions.either(Duration::from_secs(8), Duration::from_millis(500)));
    let cpu = frontend.reading().cpu - cpu;
    let operations = operations.zip(self::operations(&frontend));
    issuer.thaw();

    assert_eq!(times.statuses(), [200], "{}", times.outcomes());
    rows(conditions, &times, cpu, operations)
}

fn rows(
    conditions: &Conditions,
    times: &Times,
    cpu: Duration,
    operations: Option<(Operations, Operations)>,
) -> Vec<Row> {
    let store = conditions.store;
    let each = cpu.as_secs_f64() * 1e6 / times.count() as f64;
    let what = format!("walled page, live session, on {store}: CPU of each");
    let said = format!("{each:.0} µs, {:.0}/s", times.per_second(200));
    let mut rows = vec![match operations {
        None => Row::new(&what, "≤ 50 µs", said, each <= CPU),
        Some(_) => Row::noted(&what, said),
    }];
    if let Some((before, after)) = operations {
        let of_each = |count: i64| count as f64 / times.count() as f64;
        let reads = of_each(after.reads - before.reads);
        let writes = after.writes - before.writes;
        rows.push(Row::new(
            &format!(
                "walled page on {store}: reads and writes of each, while the issuer is frozen"
            ),
            "1 and 0",
            format!(
                "{reads:.3} and {:.3}, {}",
                of_each(writes),
                times.outcomes()
            ),
            (0.99..=1.01).contains(&reads) && of_each(writes) < 0.001,
        ));
    }
    rows
}

/// What MongoDB has done so far.
struct Operations {
    reads: i64,
    writes: i64,
}

fn operations(frontend: &Service) -> Option<Operations> {
    let status = frontend
        .mongod()?
        .command("admin", doc! { "serverStatus": 1 });
    let counters = status.get_document("opcounters").ok()?;
    Some(Operations {
        reads: count(counters, "query"),
        writes: ["insert", "update", "delete"]
            .iter()
            .map(|kind| count(counters, kind))
            .sum(),
    })
}

fn count(counters: &Document, kind: &str) -> i64 {
    let number = counters.get(kind);
    number
        .and_then(|one| one.as_i64().or(one.as_i32().map(i64::from)))
        .expect("a counter")
}
