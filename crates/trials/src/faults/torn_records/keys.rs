//! What becomes of an issuer whose sealed keys were torn: one that runs goes on with those that it has, and says so
//! once; one that starts refuses what it cannot do.

use std::time::{Duration, Instant};

use super::edit::{Kind, Place};
use crate::{Client, Ground, Request, Service, pause};

/// An issuer looks at its keys every other second; this machine is busy.
const FOLLOWED: Duration = Duration::from_secs(20);
const FOLLOWS_AGAIN: &str = "can be followed again";
const BETWEEN: Duration = Duration::from_millis(20);

/// Waits until the log of `issuer`, from `said` on, has the line.
fn says(issuer: &Service, said: usize, line: impl Fn(&str) -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < FOLLOWED {
        if issuer.log()[said..].lines().any(&line) {
            return true;
        }
        pause(BETWEEN);
    }
    false
}

/// What was not as it should be while the record is torn.
pub(super) fn torn(ground: &Ground, issuer: &Service, said: usize, place: &Place) -> Vec<String> {
    match place.kind {
        Kind::SigningKeys if !says(issuer, said, |line| place.is_named(line)) => {
            vec!["the running issuer does not name it".to_owned()]
        }
        Kind::RefreshKey => starts(ground, place),
        _ => Vec::new(),
    }
}

/// And once it is whole again.
pub(super) fn mended(issuer: &Service, said: usize, place: &Place) -> Vec<String> {
    if place.kind == Kind::SigningKeys && !says(issuer, said, |line| line.contains(FOLLOWS_AGAIN)) {
        return vec!["the running issuer does not follow again".to_owned()];
    }
    Vec::new()
}

/// Of one that starts on such a store.
fn starts(ground: &Ground, place: &Place) -> Vec<String> {
    let issuer = ground.issuer();
    issuer.spawn();
    let start = Instant::now();
    while issuer.is_running() && !issuer.is_ready() && start.elapsed() < FOLLOWED {
        pause(BETWEEN);
    }
    let mut wrong = Vec::new();
    if issuer.is_running() {
        let login = Request::log_in("admin", Ground::ADMIN_PASSWORD);
        let answer = Client::new(issuer.api()).ask(&login);
        let status = answer.map_or(0, |answer| answer.status);
        if status != 503 {
            wrong.push(format!("a login at one that starts: {status}"));
        }
    }
    let log = issuer.log();
    if log.contains("panicked") || !log.lines().any(|line| place.is_named(line)) {
        wrong.push(format!("one that starts does not name it: {log}"));
    }
    wrong
}
