//! What was measured, in words and as a row of docs/load.md. CPU time is that of the server's threads alone.

use std::fs;

use tegata_trials::{Row, Times};

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
        assert_eq!(times.statuses(), [200], "{}", times.outcomes());
        self.requests += times.count();
        self.rates.push(times.per_second(200));
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
            self.cpu_each() / 1000.0,
        );
    }

    /// CPU above the bare route, and whether it is within so many microseconds.
    pub(crate) fn row(&self, name: &str, bare: &Self, limit: f64) -> Row {
        let above = self.cpu_each() - bare.cpu_each();
        Row::new(
            &format!("guarded route, {name}: CPU above the bare route"),
            &format!("≤ {limit:.0} µs"),
            format!("{above:.1} µs"),
            above <= limit,
        )
    }

    /// In microseconds.
    fn cpu_each(&self) -> f64 {
        1e6 * self.cpu_seconds / self.requests as f64
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
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
