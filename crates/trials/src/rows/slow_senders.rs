//! A thousand clients that send a byte every five seconds, half of them in a request's head and half in its
//! body: each is cut within half a minute, and nobody else notices.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    thread,
    time::{Duration, Instant},
};

use crate::{Conditions, Connection, Request, Row, crowd::Member, paced, pause};

const SENDERS: usize = 1000;
const BETWEEN_BYTES: Duration = Duration::from_secs(5);
const CUT: Duration = Duration::from_secs(30);
/// Beyond the limit, to see how late the late ones are.
const PATIENCE: Duration = Duration::from_secs(50);
const LOOK: Duration = Duration::from_millis(100);
const PACE: u32 = 100;

pub(super) fn run(conditions: &Conditions) -> Vec<Row> {
    let (issuer, frontend) = conditions.ground().start();
    let member = Member::register(issuer.api(), 1).remove(0);
    let page = Request::page("/").cookie(&member.cookie(frontend.pages()));
    let time = conditions.either(Duration::from_secs(10), Duration::from_millis(300));
    let quiet = paced(frontend.pages(), PACE, time, &page);
    let count = conditions.either(SENDERS, 20);
    // In short nobody waits for half a minute.
    let patience = conditions.either(PATIENCE, Duration::from_secs(1));
    let (slow, beside) = thread::scope(|scope| {
        let slow = scope.spawn(|| Slow::run(frontend.pages(), count, patience));
        let beside = paced(frontend.pages(), PACE, time, &page);
        (slow.join().unwrap(), beside)
    });
    for times in [&quiet, &beside] {
        assert_eq!(times.statuses(), [200], "{}", times.outcomes());
    }
    let [quiet, beside] = [quiet, beside].map(|times| times.percentile(200, 99.0));
    let ratio = beside.as_secs_f64() / quiet.as_secs_f64();
    let cut = slow.cut.len();
    let latest = slow.cut.iter().max().copied().unwrap_or_default();
    vec![
        Row::new(
            &format!("{count} slow senders: cut"),
            "each within 30 s",
            format!("{cut}, the latest after {:.1} s", latest.as_secs_f64()),
            cut == count && latest <= CUT,
        ),
        Row::new(
            "the same: p99 of others' walled page",
            "≤ 2 × quiet",
            format!(
                "{}, quiet {}: {ratio:.1} ×",
                super::ms(beside),
                super::ms(quiet)
            ),
            ratio <= 2.0,
        ),
    ]
}

struct Slow {
    /// When each was cut, since it began.
    cut: Vec<Duration>,
}

impl Slow {
    fn run(url: &str, count: usize, patience: Duration) -> Self {
        let head = b"GET /login HTTP/1.1\r\nhost: localhost\r\nx-slow: ".to_vec();
        let body = b"POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4000\r\n\
            content-type: application/x-www-form-urlencoded\r\n\r\nusername="
            .to_vec();
        let mut open = Vec::new();
        for number in 0..count {
            let mut connection = Connection::open(url).unwrap();
            connection
                .send(if number % 2 == 0 { &head } else { &body })
                .unwrap();
            connection.stream().set_nonblocking(true).unwrap();
            open.push((connection, Instant::now(), Instant::now() + BETWEEN_BYTES));
        }
        let (start, mut cut) = (Instant::now(), Vec::new());
        while !open.is_empty() && start.elapsed() < patience {
            open.retain_mut(|(connection, begun, due)| {
                let mut stream = connection.stream();
                let mut is_open = true;
                if Instant::now() >= *due {
                    *due += BETWEEN_BYTES;
                    is_open = stream.write_all(b"a").is_ok();
                }
                // An answer may come before the end.
                let mut answer = [0; 1024];
                is_open &= match stream.read(&mut answer) {
                    Ok(count) => count > 0,
                    Err(error) => error.kind() == ErrorKind::WouldBlock,
                };
                if !is_open {
                    cut.push(begun.elapsed());
                }
                is_open
            });
            pause(LOOK);
        }
        Self { cut }
    }
}
