//! What was measured, in words. CPU time is that of the server's threads alone.

use std::fs;

use crate::client::Times;

/// The name by which the server's threads are found.
pub(crate) const SERVER_THREADS: &str = "server";
/// What Linux counts CPU time in, whatever the machine.
const TICKS_PER_SECOND: f64 = 100.0;

/// Several rounds of one target.
#[derive(Default)]
pub(crate) struct Measured {
    rates: Vec<f64>,
    requests: usize,
    cpu_seconds: f64,
}

impl Measured {
    pub(crate) fn add(&mut self, round: impl FnOnce() -> Times) {
        let before = server_cpu_seconds();
        let times = round();
        self.cpu_seconds += server_cpu_seconds() - before;
        self.requests += times.sorted.len();
        self.rates.push(times.per_second());
    }

    pub(crate) fn print(&self, name: &str, bare: Option<&Self>) {
        let share = bare.map_or(String::new(), |bare| {
            // Neighbours in time are compared, so that a busy machine slows both.
            let shares = self.rates.iter().zip(&bare.rates);
            let shares = shares.map(|(rate, bare)| rate / bare).collect();
            format!("  {:>4.0} % of bare", 100.0 * median(shares))
        });
        println!(
            "{name:<22} {:>8.0} requests/s  {:.3} ms CPU each{share}",
            median(self.rates.clone()),
            1000.0 * self.cpu_seconds / self.requests as f64,
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

pub(crate) fn share(name: &str, rate: f64, of: &str, whole: f64) {
    println!(
        "{of}: {whole:.2}/s\n{name}: {rate:.2}/s, {:.0} % of it\n",
        100.0 * rate / whole
    );
}

pub(crate) fn latency(name: &str, quiet: &Times, flooded: &Times) {
    let (quiet, flooded) = (quiet.percentile(99), flooded.percentile(99));
    println!(
        "\n{name}, p99: {quiet:.2?}, under a login flood {flooded:.2?} ({:.1} times)",
        flooded.as_secs_f64() / quiet.as_secs_f64()
    );
}

fn server_cpu_seconds() -> f64 {
    let tasks = fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let ticks = tasks.filter_map(|task| {
        let stat = fs::read_to_string(task.path().join("stat")).ok()?;
        let (name, fields) = stat.split_once('(')?.1.rsplit_once(')')?;
        let mut fields = fields.split_whitespace().skip(11);
        let mut next = || fields.next()?.parse::<u64>().ok();
        let spent = next()? + next()?;
        (name == SERVER_THREADS).then_some(spent)
    });
    ticks.sum::<u64>() as f64 / TICKS_PER_SECOND
}
