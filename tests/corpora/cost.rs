//! What one request can be made to cost: requests of the largest size that is read, made of what parsers are slow at,
//! against a plain one of the same kind. CPU of this whole process, so nothing else may run in it.

use std::fs;

use super::{
    dear_requests::{kinds, login},
    trial::{Site, Trial},
    wire::Asked,
    world::World,
};
use crate::pair::{PASSWORD, USERNAME};

/// Nobody makes the services work this much harder than a plain request does.
const MOST: f64 = 50.0;
/// The kernel brings its counts up to date every few milliseconds only.
const AT_ONCE: u64 = 12;
/// Of which the one counts that was disturbed least.
const TURNS: usize = 5;

/// Nanoseconds that all threads of this process have been running.
fn cpu() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let files =
        tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("schedstat")).ok());
    files
        .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
        .sum()
}

#[tokio::test]
#[ignore = "measures the CPU of its process: run it alone"]
async fn no_request_costs_much_more_than_a_plain_one() {
    let mut trial = Trial::of(World::on_sqlite().await).await;
    let mut dear = Vec::new();
    println!("| request | status | µs | of a plain one |\n| --- | --- | --- | --- |");
    for kind in kinds() {
        let (name, asked) = &kind.plain;
        let plain = cost(&mut trial, kind.site, name, asked).await;
        for (name, asked) in &kind.dear {
            let ratio = cost(&mut trial, kind.site, name, asked).await / plain;
            println!("| … in plain ones | | | {ratio:.1} |");
            if ratio > MOST {
                dear.push(format!("{name}: {ratio:.0}"));
            }
        }
    }
    assert!(dear.is_empty(), "{dear:?}");
    let (user, password) = (USERNAME, PASSWORD);
    let answer = trial.send(Site::Api, login(user, password)).await;
    assert_eq!(answer.status, 200, "it serves as before");
}

/// Microseconds of CPU that one such request takes, the least of a few turns.
async fn cost(trial: &mut Trial, site: Site, name: &str, asked: &Asked) -> f64 {
    let (mut best, mut status) = (u64::MAX, 0);
    for _ in 0..TURNS {
        let before = cpu();
        for _ in 0..AT_ONCE {
            status = trial.send(site, asked.clone()).await.status;
        }
        best = best.min((cpu() - before) / AT_ONCE);
    }
    assert!((1..500).contains(&status), "{name}: {status}");
    let micros = best as f64 / 1000.0;
    println!("| {name} | {status} | {micros:.0} | |");
    micros
}
