//! A service may open no more files: it is allowed a few, and many connections come. Shows that it neither dies nor
//! spins, that what is under way goes on, and that all is well when they may be opened again.

use std::{process::Command, time::Duration};

use super::report;
use crate::{Client, Conditions, Connection, Ground, Request, Row, Service, pause, until};

/// More than a service needs for itself and less than come.
const ALLOWED: usize = 60;
const COME: usize = 200;
const LASTS: Duration = Duration::from_secs(5);
const LASTS_SHORT: Duration = Duration::from_secs(2);
/// Of one core.
const BUSY: f64 = 0.10;
const BACK: Duration = Duration::from_secs(5);

pub(super) fn run(on: &Conditions) -> Vec<Row> {
    let ground = on.ground();
    let (issuer, frontend) = ground.start();
    let mut all = Vec::new();
    for service in [&issuer, &frontend] {
        let name = if service.url() == issuer.url() {
            "issuer"
        } else {
            "frontend"
        };
        let what = format!("file handles of the {name} exhausted, {}", on.store);
        if !may_open(service, ALLOWED) {
            return report::skipped(&what, "prlimit is not there, or may not be used");
        }
        let connections: Vec<_> = (0..COME).map(|_| Connection::open(service.url())).collect();
        // They are accepted as far as they can be.
        pause(Duration::from_millis(500));
        let before = service.reading();
        let lasts = on.either(LASTS, LASTS_SHORT);
        pause(lasts);
        let after = service.reading();
        let busy = (after.cpu.saturating_sub(before.cpu)).as_secs_f64() / lasts.as_secs_f64();
        all.push(Row::new(
            &format!("{what}: CPU meanwhile"),
            "no spin: ≤ 10 % of a core",
            format!("{:.1} %, {} files of {ALLOWED}", busy * 100.0, after.files),
            busy <= BUSY && after.files >= ALLOWED - 2,
        ));
        drop(connections);
        may_open(service, 4096);
        let back = until("it answers again", Duration::from_secs(60), || {
            answers(service)
        })
        .1;
        all.push(report::at_most(
            &format!("{what}: answers again"),
            BACK,
            &[back],
        ));
        let log = service.log();
        all.push(Row::new(
            &format!("{what}: afterwards"),
            "the same process, no panic",
            format!(
                "runs: {}, panics: {}",
                service.is_running(),
                log.matches("panicked").count()
            ),
            service.is_running() && !log.contains("panicked"),
        ));
    }
    all
}

/// From now on it may have so many files open.
fn may_open(service: &Service, files: usize) -> bool {
    let limit = Command::new("prlimit")
        .args(["--pid", &service.pid().to_string()])
        .arg(format!("--nofile={files}:4096"))
        .status();
    limit.is_ok_and(|status| status.success())
}

fn answers(service: &Service) -> Option<()> {
    let login = Request::log_in("admin", Ground::ADMIN_PASSWORD);
    let sign_in = Request::sign_in("admin", Ground::ADMIN_PASSWORD);
    let request = if service.url() == service.api() {
        login
    } else {
        sign_in
    };
    let answer = Client::new(service.url()).ask(&request);
    answer
        .is_ok_and(|answer| [200, 303].contains(&answer.status))
        .then_some(())
}
