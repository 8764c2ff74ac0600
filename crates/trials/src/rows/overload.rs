//! A flood of logins at ten times what the machine can hash, half of them right: everybody gets an answer, of
//! those that mean something, whoever is let in does not wait longer than the deadline, memory stays, and five
//! seconds after the flood a login takes what it took before. Who logs in rightly is never told 429.

use std::time::Duration;

use crate::{
    Client, Conditions, Request, Row, Service, as_fast_as_it_goes, crowd::Member, flood::Flood,
    pause,
};

const CLIENTS: usize = 200;
const USERS: usize = 16;
const TIMES_CAPACITY: f64 = 10.0;
const DEADLINE: Duration = Duration::from_secs(5);
const MEMORY: u64 = 50 << 20;
const ALLOWED: [u16; 4] = [200, 400, 429, 503];

pub(super) fn run(conditions: &Conditions) -> Vec<Row> {
    let ground = conditions
        .ground()
        .with("BCRYPT_COST", conditions.either("12", "4"));
    let issuer = ground.issuer();
    issuer.start();
    let members = Member::register(issuer.api(), USERS);
    let second = conditions.either(Duration::from_secs(4), Duration::from_millis(200));
    let logins = as_fast_as_it_goes(issuer.api(), USERS, second, |client, _| {
        members[client].log_in()
    });
    let capacity = logins.per_second(200);
    let alone = login(&issuer, &members[0]).unwrap_or(DEADLINE);
    let before = issuer.reading();

    // At the least cost the generator, not the hash, would be what is full.
    let attempts = conditions.either(TIMES_CAPACITY * capacity, 400.0);
    let flood = Flood::begin(issuer.api(), CLIENTS, attempts, &members);
    pause(conditions.either(Duration::from_secs(20), Duration::from_secs(1)));
    let flooded = flood.end();
    let after = issuer.reading();

    pause(conditions.either(Duration::from_secs(5), Duration::from_millis(100)));
    let again = login(&issuer, &members[0]);

    let mut all = flooded.strangers.clone();
    all.merge(flooded.members.clone());
    let unexpected = all
        .statuses()
        .iter()
        .any(|status| !ALLOWED.contains(status));
    let right = &flooded.members;
    let statuses = !unexpected && all.unanswered() == 0 && right.with_status(429) == 0;
    assert!(statuses || !conditions.short, "{}", all.outcomes());
    let offered = all.count() as f64 / all.took.as_secs_f64();
    let admitted = right
        .percentile(200, 99.0)
        .max(flooded.strangers.percentile(400, 99.0));
    let grown = after.peak.saturating_sub(before.memory);
    vec![
        Row::new(
            &format!("login flood, {offered:.0}/s offered, {capacity:.1}/s can be hashed"),
            "only 200, 400, 429, 503",
            all.outcomes(),
            statuses,
        ),
        Row::new(
            "the same: p99 of those that were let in or refused by a hash",
            "≤ 5 s",
            format!("{:.2} s", admitted.as_secs_f64()),
            admitted <= DEADLINE,
        ),
        Row::new(
            "the same: memory",
            "≤ +50 MB",
            format!("+{}", super::mib(grown)),
            grown <= MEMORY,
        ),
        Row::new(
            "the same: a login 5 s after it",
            "as before",
            match again {
                Some(again) => format!("{}, before {}", super::ms(again), super::ms(alone)),
                None => "refused".to_owned(),
            },
            again.is_some_and(|again| again <= 2 * alone),
        ),
    ]
}

/// The time of one login; none when it is refused.
fn login(issuer: &Service, member: &Member) -> Option<Duration> {
    let mut client = Client::new(issuer.api());
    client.ask(&Request::get("/health/live")).ok()?;
    let start = std::time::Instant::now();
    let answer = client.ask(&member.log_in()).ok()?;
    (answer.status == 200).then(|| start.elapsed())
}
