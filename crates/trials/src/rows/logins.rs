//! What share of the machine's hashes logins reach: right logins through `/token`, of sixteen users at once,
//! against bcrypt alone on all cores, in turns within one run. Both at the priority of the service's hashing
//! threads, so that a neighbour slows both alike.

use std::{
    num::NonZeroUsize,
    thread,
    time::{Duration, Instant},
};

use crate::{Conditions, Row, as_fast_as_it_goes, crowd::Member};

const USERS: usize = 16;
const ROUNDS: usize = 3;
const SHARE: f64 = 95.0;
const NICENESS: i32 = 10;

pub(super) fn run(conditions: &Conditions) -> Vec<Row> {
    let cost = conditions.either(12, 4);
    let ground = conditions.ground().with("BCRYPT_COST", &cost.to_string());
    let issuer = ground.issuer();
    issuer.start();
    let members = Member::register(issuer.api(), USERS);
    let round = conditions.either(Duration::from_secs(8), Duration::from_millis(300));
    let hash = bcrypt::hash("eight barriers on the road", cost).unwrap();
    let (mut rates, mut shares, mut refused) = (Vec::new(), Vec::new(), 0);
    for _ in 0..conditions.either(ROUNDS, 1) {
        let before = bare(&hash, round / 2);
        let logins = as_fast_as_it_goes(issuer.api(), USERS, round, |client, _| {
            members[client].log_in()
        });
        let bare = (before + bare(&hash, round / 2)) / 2.0;
        // Where neighbours take the machine, somebody's turn may not come in time.
        refused += logins.with_status(503);
        let answered = logins.with_status(200) + logins.with_status(503);
        assert_eq!(answered, logins.count(), "{}", logins.outcomes());
        rates.push(logins.per_second(200));
        shares.push(100.0 * logins.per_second(200) / bare);
    }
    let share = super::median(shares);
    let refused = match refused {
        0 => String::new(),
        count => format!(", {count} × 503: the machine is not quiet"),
    };
    vec![Row::new(
        &format!("login throughput, {USERS} users at once, cost {cost}"),
        "≥ 95 % of bare bcrypt",
        format!("{share:.0} %, {:.1}/s{refused}", super::median(rates)),
        share >= SHARE,
    )]
}

/// Checks a second, on all cores. The last ones count by how much of them was in time.
fn bare(hash: &str, time: Duration) -> f64 {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let verify = || {
        // Where the system does not let it, the service's threads have the same priority too.
        let _ = rustix::process::nice(NICENESS);
        let start = Instant::now();
        let mut count = 0;
        while start.elapsed() < time {
            assert!(bcrypt::verify("eight barriers on the road", hash).unwrap());
            count += 1;
        }
        f64::from(count) / start.elapsed().as_secs_f64()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(verify)).collect();
        threads.into_iter().map(|one| one.join().unwrap()).sum()
    })
}
