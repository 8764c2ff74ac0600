//! What a walled page costs with a live session: CPU time of the frontend's process for each, the kernel's
//! share of it included, on eight connections as fast as it goes; and its share of the requests that a bare
//! axum route answers, in turns within one run. And what it asks for: the issuer is frozen meanwhile, so
//! nothing can be asked of it, and MongoDB counts its operations.

use std::{net::Ipv4Addr, time::Duration};

use axum::{Router, routing::get};
use mongodb::bson::{Document, doc};

use crate::{
    Conditions, Request, Row, Service, StoreKind, Times, as_fast_as_it_goes, crowd::Member,
};

const CONNECTIONS: usize = 8;
const CPU: f64 = 50.0;
const ROUNDS: u32 = 5;
/// Percent of the bare route's requests.
const SHARE: f64 = 50.0;

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

    let bare = Bare::serve();
    let round = conditions.either(Duration::from_secs(2), Duration::from_millis(100));
    let (mut times, mut cpu, mut shares) = (Times::default(), Duration::ZERO, Vec::new());

    issuer.freeze();
    let operations = operations(&frontend);
    for _ in 0..ROUNDS {
        let before = frontend.reading().cpu;
        let some = pages(round);
        cpu += frontend.reading().cpu - before;
        let page = Request::get("/");
        let bare = as_fast_as_it_goes(&bare.url, CONNECTIONS, round, |_, _| page.clone());
        shares.push(100.0 * some.per_second(200) / bare.per_second(200));
        times.merge(some);
    }
    let operations = operations.zip(self::operations(&frontend));
    issuer.thaw();

    assert_eq!(times.statuses(), [200], "{}", times.outcomes());
    let mut rows = rows(conditions, &times, cpu, operations);
    if conditions.store == StoreKind::Sqlite {
        let share = super::median(shares);
        rows.push(Row::new(
            "the same: share of a bare axum route's requests",
            "≥ 50 %",
            format!("{share:.0} %"),
            share >= SHARE,
        ));
    }
    rows
}

/// A route that does nothing, in this process.
struct Bare {
    url: String,
    _runtime: tokio::runtime::Runtime,
}

impl Bare {
    fn serve() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().route("/", get(async || "hello"));
        runtime.spawn(async { axum::serve(listener, routes).await });
        Self {
            url,
            _runtime: runtime,
        }
    }
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
    let said = format!("{each:.0} µs");
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
