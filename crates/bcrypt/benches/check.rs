//! What a check of a password costs, beside the crate `bcrypt` in one run: `cargo bench -p tegata-bcrypt`.
//!
//! Takes turns, so that a busy machine slows both, and prints the quietest of some turns: milliseconds of CPU
//! time for each hash of cost 10, alone and in step. Stops by itself after some seconds.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};
use tegata_bcrypt::{Hash, LANES, Lanes, Work};

const COST: u32 = 10;
const TURNS: usize = 15;
const PASSWORD: &[u8] = b"seven gates and a river";
const SALT: [u8; 16] = *b"0123456789abcdef";

fn main() {
    let mut best = [f64::INFINITY; 1 + LANES];
    for _ in 0..TURNS {
        for (lanes, best) in best.iter_mut().enumerate() {
            let start = cpu_milliseconds();
            if lanes == 0 {
                let hash = bcrypt::hash_with_salt(PASSWORD, COST, SALT);
                assert!(black_box(hash).is_ok());
            } else {
                in_step(lanes);
            }
            let each = (cpu_milliseconds() - start) / lanes.max(1) as f64;
            *best = best.min(each);
        }
    }
    let [crate_bcrypt, ours @ ..] = best;
    println!("crate bcrypt  {crate_bcrypt:>6.1} ms");
    for (nth, each) in ours.into_iter().enumerate() {
        let share = 100.0 * each / crate_bcrypt;
        println!(
            "{} in step     {each:>6.1} ms each, {share:.0} % of it",
            nth + 1
        );
    }
}

fn cpu_milliseconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn in_step(count: usize) {
    let mut lanes = Lanes::new();
    let work = Work::new(PASSWORD, SALT, Hash::rounds(COST));
    for nth in 0..count {
        assert_eq!(lanes.begin(&work, nth), Ok(()));
    }
    lanes.advance(u64::MAX);
    while let Some(done) = lanes.finished() {
        black_box(done);
    }
}
