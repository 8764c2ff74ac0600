//! What the system says of this process, under the names that Prometheus' own libraries give it. From `/proc`, so on
//! Linux only; elsewhere the lines are absent.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
};

/// Read anew at every scrape.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut gauge = |name: &str, help: &str, value: Option<f64>| match value {
            Some(value) => {
                let gauge = ConstGauge::new(value);
                let kind = gauge.metric_type();
                gauge.encode(encoder.encode_descriptor(name, help, None, kind)?)
            }
            None => Ok(()),
        };
        let seen = Seen::now();
        gauge(
            "process_resident_memory_bytes",
            "Memory that is in RAM",
            seen.resident,
        )?;
        gauge(
            "process_virtual_memory_bytes",
            "Memory that is addressed",
            seen.addressed,
        )?;
        gauge("process_threads", "Threads of this process", seen.threads)?;
        gauge("process_open_fds", "File handles that are open", seen.open)?;
        gauge(
            "process_max_fds",
            "File handles that may be open",
            seen.most_open,
        )?;
        gauge(
            "process_start_time_seconds",
            "When this process started, in seconds since 1970",
            seen.started,
        )?;
        if let Some(cpu) = seen.cpu {
            let cpu = ConstCounter::new(cpu);
            let help = "Time on all cores, in user mode and in the kernel";
            let name = "process_cpu_seconds";
            cpu.encode(encoder.encode_descriptor(name, help, None, cpu.metric_type())?)?;
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Seen {
    resident: Option<f64>,
    addressed: Option<f64>,
    threads: Option<f64>,
    open: Option<f64>,
    most_open: Option<f64>,
    started: Option<f64>,
    cpu: Option<f64>,
}

impl Seen {
    fn now() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let (stat, system) = (read("/proc/self/stat"), read("/proc/stat"));
        // The name of the program stands in brackets and may hold blanks (proc(5)).
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let fields: Vec<f64> = fields
            .split_whitespace()
            .map(|field| field.parse().unwrap_or(0.0))
            .collect();
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        let page = rustix::param::page_size() as f64;
        // Counted from the field after the name, which is proc(5)'s third.
        let field = |number: usize| fields.get(number - 3).copied();
        let booted = system
            .lines()
            .find_map(|line| line.strip_prefix("btime ")?.trim().parse::<f64>().ok());
        let limits = read("/proc/self/limits");
        let most_open = limits.lines().find_map(|line| {
            let rest = line.strip_prefix("Max open files")?;
            rest.split_whitespace().next()?.parse().ok()
        });
        let open = std::fs::read_dir("/proc/self/fd").ok();
        Self {
            cpu: field(14)
                .zip(field(15))
                .map(|(user, kernel)| (user + kernel) / ticks),
            threads: field(20),
            started: booted
                .zip(field(22))
                .map(|(booted, after)| booted + after / ticks),
            addressed: field(23),
            resident: field(24).map(|pages| pages * page),
            // The one that lists them is open too.
            open: open.map(|entries| entries.count().saturating_sub(1) as f64),
            most_open,
        }
    }
}
