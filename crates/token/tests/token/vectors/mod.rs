//! The public vectors against the verifier and the key loaders. They are not part of the repository: where they
//! lie is said in `CORPORA` (CONTRIBUTING.md says how to run these tests). Each prints what it counted and
//! fails on any deviation, and when there is less to read than there should be.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]
#![expect(
    clippy::print_stdout,
    reason = "the counts are what these tests are run for"
)]

mod jose_cookbook;
mod json_suite;
mod keys;
mod primitives;
mod pyjwt;
mod wycheproof;

use std::{env, fmt::Display, fs, path::PathBuf};

use serde_json::Value;

/// A file or folder of the vectors.
fn place(name: &str) -> PathBuf {
    let folder = env::var_os("CORPORA");
    let folder = folder.expect("CORPORA should name the folder of the public vectors");
    PathBuf::from(folder).join(name)
}

fn read(name: &str) -> Vec<u8> {
    fs::read(place(name)).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}

fn read_json(name: &str) -> Value {
    serde_json::from_slice(&read(name)).unwrap()
}

/// The files of a folder, by name.
fn list(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(place(folder)).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    names.sort();
    names
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap().as_bytes();
    let digits = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    hex.chunks(2).map(digits).collect()
}

/// What should become of a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Accepted,
    Refused,
    Either,
}

/// Counts, and remembers what went otherwise than it should.
struct Tally {
    name: &'static str,
    accepted: usize,
    refused: usize,
    /// Of both of the above.
    free: usize,
    deviations: Vec<String>,
}

impl Tally {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            accepted: 0,
            refused: 0,
            free: 0,
            deviations: Vec::new(),
        }
    }

    fn count<E: Display>(&mut self, id: impl Display, expected: Expected, found: Result<(), E>) {
        let right = match (expected, &found) {
            (Expected::Either, _) => true,
            (Expected::Accepted, found) => found.is_ok(),
            (Expected::Refused, found) => found.is_err(),
        };
        match found {
            Ok(()) => self.accepted += 1,
            Err(_) => self.refused += 1,
        }
        self.free += usize::from(expected == Expected::Either);
        if !right {
            let found = found.map_or_else(|why| why.to_string(), |()| "accepted".to_owned());
            self.deviations
                .push(format!("{id}: {found}, not {expected:?}"));
        }
    }

    /// Prints the counts.
    fn finish(self, total: usize) {
        println!(
            "{}: {} vectors, {} accepted, {} refused ({} of them free to be either), {} deviations",
            self.name,
            self.accepted + self.refused,
            self.accepted,
            self.refused,
            self.free,
            self.deviations.len()
        );
        assert!(
            self.deviations.is_empty(),
            "{}:\n{}",
            self.name,
            self.deviations.join("\n")
        );
        assert_eq!(self.accepted + self.refused, total, "{}", self.name);
    }
}
