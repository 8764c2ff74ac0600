//! Many requests, and how long each took.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    thread,
    time::{Duration, Instant},
};

use crate::{Client, Request, pause};

/// How long requests took, by what came of them.
#[derive(Clone, Debug, Default)]
pub struct Times {
    by_status: BTreeMap<u16, Vec<Duration>>,
    unanswered: BTreeMap<String, usize>,
    /// From the first to the last.
    pub took: Duration,
}

impl Times {
    /// One more.
    pub fn add(&mut self, outcome: Result<u16, ErrorKind>, took: Duration) {
        match outcome {
            Ok(status) => self.by_status.entry(status).or_default().push(took),
            Err(kind) => *self.unanswered.entry(kind.to_string()).or_default() += 1,
        }
    }

    /// Those of others as well, which were measured meanwhile.
    pub fn merge(&mut self, other: Self) {
        for (status, times) in other.by_status {
            self.by_status.entry(status).or_default().extend(times);
        }
        for (kind, count) in other.unanswered {
            *self.unanswered.entry(kind).or_default() += count;
        }
        self.took = self.took.max(other.took);
    }

    /// All of them.
    pub fn count(&self) -> usize {
        self.by_status.values().map(Vec::len).sum::<usize>() + self.unanswered()
    }

    /// Those with this status.
    pub fn with_status(&self, status: u16) -> usize {
        self.by_status.get(&status).map_or(0, Vec::len)
    }

    /// Those without an answer.
    pub fn unanswered(&self) -> usize {
        self.unanswered.values().sum()
    }

    /// Every status there was.
    pub fn statuses(&self) -> Vec<u16> {
        self.by_status.keys().copied().collect()
    }

    /// What came how often, in words.
    pub fn outcomes(&self) -> String {
        let answered = self
            .by_status
            .iter()
            .map(|(status, times)| format!("{} × {status}", times.len()));
        let unanswered = self
            .unanswered
            .iter()
            .map(|(kind, count)| format!("{count} × {kind}"));
        answered.chain(unanswered).collect::<Vec<_>>().join(", ")
    }

    /// Those with this status, in a second.
    pub fn per_second(&self, status: u16) -> f64 {
        self.with_status(status) as f64 / self.took.as_secs_f64()
    }

    /// The time in which this share (in percent) of those with this status had their answer; zero when
    /// there are none.
    pub fn percentile(&self, status: u16, percent: f64) -> Duration {
        let mut times = self.by_status.get(&status).cloned().unwrap_or_default();
        times.sort_unstable();
        let Some(last) = times.len().checked_sub(1) else {
            return Duration::ZERO;
        };
        times[(last as f64 * percent / 100.0).ceil() as usize]
    }
}

/// Each client asks as fast as it is answered, for some time. What client `n` asks at its turn `t` is
/// `request(n, t)`.
pub fn as_fast_as_it_goes(
    url: &str,
    clients: usize,
    time: Duration,
    request: impl Fn(usize, usize) -> Request + Sync,
) -> Times {
    let start = Instant::now();
    let ask = |number| {
        let mut client = Client::new(url);
        let mut times = Times::default();
        for turn in 0.. {
            if start.elapsed() >= time {
                break;
            }
            let request = request(number, turn);
            let sent = Instant::now();
            let answer = client.ask(&request);
            let outcome = answer.map(|answer| answer.status);
            times.add(outcome.map_err(|error| error.kind()), sent.elapsed());
        }
        times
    };
    let ask = &ask;
    let mut all = Times::default();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|number| scope.spawn(move || ask(number)))
            .collect();
        for thread in threads {
            all.merge(thread.join().unwrap());
        }
    });
    all.took = start.elapsed();
    all
}

/// One client asks at an even pace; a request that is late counts from when it was due, so that an answer
/// that takes long shows in all that had to wait behind it.
pub fn paced(url: &str, per_second: u32, time: Duration, request: &Request) -> Times {
    let mut client = Client::new(url);
    let start = Instant::now();
    let pace = Duration::from_secs(1) / per_second;
    let mut times = Times::default();
    let mut due = start;
    while start.elapsed() < time {
        pause(due.saturating_duration_since(Instant::now()));
        let answer = client.ask(request);
        let outcome = answer.map(|answer| answer.status);
        times.add(outcome.map_err(|error| error.kind()), due.elapsed());
        due += pace;
    }
    times.took = start.elapsed();
    times
}
