//! A trial by name, and running those that were asked for.

use std::{
    panic::catch_unwind,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;

use crate::{Ground, Row, StoreKind, Table, Verdict};

/// The target of a trial that did not get to its own.
const UNFINISHED: &str = "to come to an end";

/// What a trial looks at, and on which stores it is worth a look.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// As it is asked for.
    pub name: &'static str,
    /// Where it can take place.
    pub stores: &'static [StoreKind],
    /// Whether it has to be asked for by name, because it takes long.
    pub by_name_only: bool,
    /// Does it.
    pub run: fn(&Conditions) -> Vec<Row>,
}

/// Under which conditions.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// The real binary.
    pub binary: PathBuf,
    /// What both services keep their data in.
    pub store: StoreKind,
    /// Whether a second or two and tiny counts must do. Then nothing is said about speed.
    pub short: bool,
    /// How often a fault happens, when it is said.
    pub repeats: Option<usize>,
    /// How long a soak is.
    pub minutes: u32,
}

impl Conditions {
    /// Of a short trial of this binary.
    pub fn short(binary: &Path, store: StoreKind) -> Self {
        Self {
            binary: binary.to_owned(),
            store,
            short: true,
            repeats: None,
            minutes: 0,
        }
    }

    /// A new ground.
    pub fn ground(&self) -> Ground {
        Ground::new(&self.binary, self.store)
    }

    /// How often a fault happens: as it is said, or this often, or once.
    pub fn times(&self, usual: usize) -> usize {
        self.repeats.unwrap_or(self.either(usual, 1))
    }

    /// One number for a long trial, another for a short one.
    pub fn either<T>(&self, long: T, short: T) -> T {
        if self.short { short } else { long }
    }
}

/// What a run of trials is told.
#[derive(Clone, Debug, Parser)]
struct Options {
    /// Only on these stores: sqlite, mongodb (a replica set of one), mongodb-standalone
    #[arg(long = "store")]
    stores: Vec<StoreKind>,
    /// Only these
    #[arg(long = "row")]
    rows: Vec<String>,
    /// All but those that take very long; what is done when nothing else is said
    #[arg(long)]
    all: bool,
    /// A second or two of each, to see that they work
    #[arg(long)]
    short: bool,
    /// How often a fault happens, in place of what its row takes
    #[arg(long)]
    repeats: Option<usize>,
    /// How long a soak is
    #[arg(long, default_value_t = 30)]
    minutes: u32,
    /// Another binary than the one that was just built
    #[arg(long)]
    binary: Option<PathBuf>,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

/// Runs the trials that the command line asks for and prints a row of Markdown for each thing that was
/// looked at. Fails when one missed its target, which none does in the short form.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints")]
pub fn run(trials: &[Trial], binary: &Path) -> ExitCode {
    let options = Options::parse();
    let known: Vec<_> = trials.iter().map(|trial| trial.name).collect();
    if let Some(unknown) = options
        .rows
        .iter()
        .find(|row| !known.contains(&row.as_str()))
    {
        eprintln!(
            "there is no row {unknown}: write one of {}",
            known.join(", ")
        );
        return ExitCode::FAILURE;
    }
    let is_chosen = |trial: &&Trial| {
        let by_name = options.rows.iter().any(|row| row == trial.name);
        by_name || (options.rows.is_empty() && !trial.by_name_only)
    };
    println!("{}", Table::HEAD);
    let mut table = Table::default();
    for trial in trials.iter().filter(is_chosen) {
        for store in trial.stores {
            if !options.stores.is_empty() && !options.stores.contains(store) {
                continue;
            }
            let conditions = Conditions {
                binary: options.binary.clone().unwrap_or(binary.to_owned()),
                store: *store,
                short: options.short,
                repeats: options.repeats,
                minutes: options.minutes,
            };
            let rows = catch_unwind(|| (trial.run)(&conditions)).unwrap_or_else(|_| {
                let what = format!("{} on {store}", trial.name);
                let said = "failed: see standard error".to_owned();
                vec![Row::new(&what, UNFINISHED, said, false)]
            });
            for mut row in rows {
                if conditions.short && row.target != UNFINISHED {
                    row.verdict = Verdict::Noted;
                }
                println!("{row}");
                table.rows.push(row);
            }
        }
    }
    ExitCode::from(u8::from(table.missed().next().is_some()))
}
