//! Logins that do not stop coming. Their names are nobody's and their addresses new each time, so that no
//! limit of an account or an address spares the service the work. They come at an even pace, because a
//! generator that took all it can get would measure itself: it shares the cores with the service.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{Client, Request, Times, crowd::Member, pause};

/// The longest that nobody looks whether it is over.
const BLINK: Duration = Duration::from_millis(50);

/// A flood that goes on until it is ended or dropped.
#[derive(Debug)]
pub struct Flood {
    over: Arc<AtomicBool>,
    start: Instant,
    /// Those of strangers, and those of members.
    clients: Vec<(bool, JoinHandle<Times>)>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Flooded {
    /// Of wrong logins.
    pub strangers: Times,
    /// Of right ones.
    pub members: Times,
}

impl Flood {
    /// So many clients that try so many logins a second together, as far as they do not wait for an answer.
    /// Every other client is one of these members and sends the right password, the others a wrong one.
    pub fn begin(api: &str, clients: usize, per_second: f64, members: &[Member]) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let between = Duration::from_secs_f64(clients as f64 / per_second);
        let start = Instant::now();
        let client = |number: usize| {
            let mut right = None;
            if number % 2 == 1 && !members.is_empty() {
                right = Some(members[number / 2 % members.len()].log_in());
            }
            let mut due = start + between.mul_f64(number as f64 / clients as f64);
            let (over, mut client) = (Arc::clone(&over), Client::new(api));
            let is_member = right.is_some();
            let thread = thread::spawn(move || {
                let mut times = Times::default();
                while !over.load(Relaxed) {
                    let left = due.saturating_duration_since(Instant::now());
                    if !left.is_zero() {
                        pause(left.min(BLINK));
                        continue;
                    }
                    let sent = Instant::now();
                    let answer = match &right {
                        Some(login) => client.ask(login),
                        None => client.ask(&strangers_login()),
                    };
                    let outcome = answer.map(|answer| answer.status);
                    times.add(outcome.map_err(|error| error.kind()), sent.elapsed());
                    due = (due + between).max(Instant::now());
                }
                times
            });
            (is_member, thread)
        };
        let clients = (0..clients).map(client).collect();
        Self {
            over,
            start,
            clients,
        }
    }

    /// Waits for the last answers.
    pub fn end(mut self) -> Flooded {
        self.over.store(true, Relaxed);
        let took = self.start.elapsed();
        let mut flooded = Flooded {
            strangers: Times::default(),
            members: Times::default(),
        };
        for (is_member, client) in self.clients.drain(..) {
            let times = client.join().unwrap();
            let all = match is_member {
                true => &mut flooded.members,
                false => &mut flooded.strangers,
            };
            all.merge(times);
        }
        (flooded.strangers.took, flooded.members.took) = (took, took);
        flooded
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
    }
}

fn strangers_login() -> Request {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Relaxed);
    // 240.0.0.0/4 is nobody's.
    let address = Ipv4Addr::from(0xf000_0000 | number);
    Request::log_in(&format!("stranger{number}"), "not a password of anybody").from_address(address)
}
