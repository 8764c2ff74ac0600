//! What a service needs before anybody asks anything: memory, and time from its start until it is ready.

use std::time::Duration;

use crate::{Conditions, Row, Service, crowd::Member};

const MEMORY: u64 = 20 << 20;
const READY: Duration = Duration::from_millis(100);
const STARTS: usize = 9;

pub(super) fn run(conditions: &Conditions) -> Vec<Row> {
    let ground = conditions.ground().with("BCRYPT_COST", "12");
    let (issuer, frontend) = ground.start();
    // The first account is made once: what that takes is no part of a start.
    Member::register(issuer.api(), 1);
    let starts = conditions.either(STARTS, 1);
    let services = [("issuer", issuer), ("pages", frontend)];
    let rows = services.iter().flat_map(|(name, service)| {
        let mut took: Vec<Duration> = (0..starts).map(|_| again(service)).collect();
        took.sort_unstable();
        let median = took[took.len() / 2];
        let memory = service.reading().memory;
        let store = conditions.store;
        [
            Row::new(
                &format!("{name} on {store}: idle memory"),
                "≤ 20 MiB",
                super::mib(memory),
                memory <= MEMORY,
            ),
            Row::new(
                &format!("{name} on {store}: ready after start, median of {starts}"),
                "≤ 100 ms",
                format!("{} ms", median.as_millis()),
                median <= READY,
            ),
        ]
    });
    rows.collect()
}

fn again(service: &Service) -> Duration {
    // A stop takes its time to tell a balancer.
    service.kill();
    service.start()
}
