//! A hundred thousand visitors without a session at a walled page: they are sent to the login, and nothing is
//! kept of them, neither in the store nor in memory.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::{thread, time::Instant};

use rusqlite::{Connection as Database, OpenFlags};

use crate::{Client, Conditions, Ground, Request, Row, StoreKind};

const HITS: usize = 100_000;
const CONNECTIONS: usize = 8;
const MEMORY: u64 = 10 << 20;

pub(super) fn run(conditions: &Conditions) -> Vec<Row> {
    let ground = conditions.ground();
    let (_issuer, frontend) = ground.start();
    let hits = conditions.either(HITS, 400);
    let hit = |hits: usize| {
        let left = AtomicUsize::new(hits);
        let visit = || {
            let mut client = Client::new(frontend.pages());
            while left
                .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1))
                .is_ok()
            {
                let answer = client.ask(&Request::page("/")).unwrap();
                assert_eq!(answer.status, 303, "{}", answer.said());
                assert_eq!(answer.cookie("tegata"), None);
            }
        };
        thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(visit);
            }
        });
    };
    // Buffers and caches that anybody fills.
    hit(hits / 100);
    let before = frontend.reading().memory;
    let start = Instant::now();
    hit(hits);
    let rate = hits as f64 / start.elapsed().as_secs_f64();
    let grown = frontend.reading().peak.saturating_sub(before);
    let stored = stored(&ground, conditions.store);
    assert_eq!(stored, 0, "sessions of visitors who never signed in");
    vec![Row::new(
        &format!(
            "{hits} anonymous hits on a walled page, on {}",
            conditions.store
        ),
        "0 stored sessions, ≤ 10 MB",
        format!("{stored} stored, +{}, {rate:.0}/s", super::mib(grown)),
        stored == 0 && grown <= MEMORY,
    )]
}

fn stored(ground: &Ground, store: StoreKind) -> usize {
    if store != StoreKind::Sqlite {
        return ground.mongod().documents("pages", "sessions").len();
    }
    let file = ground.path("data/frontend.db");
    let database = Database::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let count = database.query_row("SELECT count(*) FROM session", [], |row| {
        row.get::<_, i64>(0)
    });
    usize::try_from(count.unwrap()).unwrap()
}
