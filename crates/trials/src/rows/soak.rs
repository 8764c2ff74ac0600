//! Half an hour of everything: people who register, log in and out, refresh, change passwords and read pages,
//! and strangers at the wall. No error, nothing lost at the end, and memory that does not grow: its slope by
//! least squares, after the first five minutes (or the first sixth of a shorter one).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{Client, Conditions, Journal, People, Request, Row, Service, pause};

const PERSONS: usize = 60;
/// A second, of all together. Everybody begins with hashes, and that many a second have to fit into two cores.
const ACTS: f64 = 20.0;
const BETWEEN_READINGS: Duration = Duration::from_secs(5);
const WARM_UP: Duration = Duration::from_secs(300);
/// MiB in a minute.
const SLOPE: f64 = 1.0;

pub(super) fn run(conditions: &Conditions) -> Vec<Row> {
    // A real cost, and tokens that end so soon that the pages refresh them all the time.
    let ground = conditions
        .ground()
        .with("BCRYPT_COST", conditions.either("10", "4"))
        .with("ACCESS_TOKEN_TTL", "2m");
    let (issuer, frontend) = ground.start();
    let journal = Arc::new(Journal::default());
    let (persons, acts) = conditions.either((PERSONS, ACTS), (4, 60.0));
    let people = People::begin((issuer.api(), frontend.pages()), &journal, persons, acts);

    let time = Duration::from_secs(60) * conditions.minutes;
    let time = conditions.either(time, Duration::from_secs(2));
    let between = BETWEEN_READINGS.min(time / 8);
    let warm_up = WARM_UP.min(time / 6);
    let mut stranger = Client::new(frontend.pages());
    let start = Instant::now();
    let mut memory = [const { Vec::new() }; 2];
    while start.elapsed() < time {
        pause(between);
        let turned_away = stranger.ask(&Request::page("/account")).unwrap().status;
        assert_eq!(turned_away, 303);
        if start.elapsed() < warm_up {
            continue;
        }
        let minutes = start.elapsed().as_secs_f64() / 60.0;
        for (service, points) in [&issuer, &frontend].iter().zip(&mut memory) {
            points.push((minutes, mib(service)));
        }
    }
    let seen = people.end();
    let findings = journal.check(issuer.api(), frontend.pages());

    let wrong = [seen.odd.clone(), findings.violations.clone()].concat();
    let (lost, away, waits) = (
        seen.unanswered(),
        seen.with_status(503),
        seen.with_status(429),
    );
    let errors = wrong.len() + lost + away + waits;
    assert!(errors == 0 || !conditions.short, "{wrong:?}");
    let what = format!("soak of {} s on {}", time.as_secs(), conditions.store);
    let mut rows = vec![Row::new(
        &format!("{what}: {} acts", seen.count()),
        "no error",
        format!(
            "{away} × 503, {waits} × 429, {lost} without an answer, {} odd; {findings} {}",
            seen.odd.len(),
            wrong.join("; ")
        ),
        errors == 0,
    )];
    for (name, points) in ["issuer", "pages"].iter().zip(&memory) {
        let slope = slope(points);
        let last = points.last().map_or(0.0, |(_, memory)| *memory);
        rows.push(Row::new(
            &format!("{what}: memory of the {name}"),
            "≤ 1 MB/min",
            format!("{slope:+.3} MiB/min, {last:.1} MiB at the end"),
            slope <= SLOPE,
        ));
    }
    rows
}

fn mib(service: &Service) -> f64 {
    service.reading().memory as f64 / f64::from(1 << 20)
}

/// By least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    both / spread
}

#[cfg(test)]
mod tests {
    use super::slope;

    #[test]
    fn the_slope_is_that_of_the_line_nearest_to_the_points() {
        assert!((slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]) - 2.0).abs() < 1e-9);
        assert!(slope(&[(0.0, 1.0), (1.0, 2.0), (2.0, 1.0)]).abs() < 1e-9);
    }
}
