//! What Linux says about a process.

use std::{fs, time::Duration};

/// What Linux counts CPU time in, whatever the machine.
const TICKS_PER_SECOND: u64 = 100;

/// A process at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Resident memory, in bytes.
    pub memory: u64,
    /// The most that it ever was, in bytes.
    pub peak: u64,
    /// CPU time of all its threads, gone ones too.
    pub cpu: Duration,
    /// Open file descriptors.
    pub files: usize,
    /// Threads.
    pub threads: usize,
}

impl Reading {
    /// Of a process; nothing when it is gone.
    pub fn of(pid: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let kilobytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let number: u64 = line.split_whitespace().next()?.parse().ok()?;
            Some(number * 1024)
        };
        Some(Self {
            // A zombie has no memory.
            memory: kilobytes("VmRSS:")?,
            peak: kilobytes("VmHWM:")?,
            cpu: cpu(pid)?,
            files: fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count(),
            threads: fs::read_dir(format!("/proc/{pid}/task")).ok()?.count(),
        })
    }
}

fn cpu(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it may hold anything.
    let fields = stat.rsplit_once(')')?.1;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    let ticks = next()? + next()?;
    Some(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
}
