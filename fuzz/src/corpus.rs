//! The targets as ordinary tests: what is kept in `corpus/`, and what comes of it when bytes change by chance that is
//! the same at every run.

use std::{fs, panic::catch_unwind, path::Path};

use crate::{TARGETS, Target};

/// Mutations of each target, unless `FUZZ_RUNS` says how many: all targets together take seconds.
const MUTATIONS: u64 = 4_000;
/// Of the sequence of mutations, unless `FUZZ_SEED` gives another; not zero.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
/// What readers of text trip over.
const PIECES: [&[u8]; 24] = [
    b"\0",
    b"\r\n",
    b"//",
    b"\\",
    b"%00",
    b"%2f",
    b"%ff",
    b"..",
    b"@",
    b"\"",
    b"=",
    b"; ",
    b",",
    b"{",
    b"[[",
    b"null",
    b"1e999",
    b"-1",
    b"\\u0000",
    b"\xff",
    b"\xf0\x9f\x98\x80",
    b"\xef\xbb\xbf",
    b"$ne",
    b"eyJ",
];

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|file| fs::read(file).unwrap())
        .collect()
}

/// xorshift64*: the same sequence everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap() % end.max(1)
    }

    fn mutate(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut data = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(4) {
            let at = self.below(data.len() + 1);
            match self.below(6) {
                0 if at < data.len() => data[at] ^= 1 << self.below(8),
                1 if at < data.len() => data[at] = u8::try_from(self.below(256)).unwrap(),
                2 => data.truncate(at),
                3 => {
                    let end = at + self.below(data.len() - at + 1);
                    data.drain(at..end);
                }
                4 => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len() + 1);
                    data.splice(at..at, other[from..].iter().copied());
                }
                _ => {
                    let piece = PIECES[self.below(PIECES.len())];
                    data.splice(at..at, piece.iter().copied());
                }
            }
        }
        data
    }
}

/// The input for which it does not hold.
fn failing(target: Target, data: &[u8]) -> Option<String> {
    let failed = catch_unwind(|| target(data)).is_err();
    failed.then(|| data.escape_ascii().to_string())
}

#[test]
fn every_target_holds_for_what_is_kept_and_for_its_mutations() {
    let given =
        |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let (runs, seed) = (given("FUZZ_RUNS", MUTATIONS), given("FUZZ_SEED", SEED));
    let only = std::env::var("FUZZ_TARGET").ok();
    let is_asked = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let asked: Vec<_> = TARGETS.iter().filter(|(name, _)| is_asked(name)).collect();
    assert!(!asked.is_empty(), "FUZZ_TARGET names no target");
    let mut failures = Vec::new();
    for &&(name, target) in &asked {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name} has no corpus");
        let mut chance = Chance(seed);
        let mutations = (0..runs).map(|_| chance.mutate(&seeds));
        let mut inputs = seeds.iter().cloned().chain(mutations);
        let failed = inputs.find_map(|data| failing(target, &data));
        failures.extend(failed.map(|data| format!("{name}: {data}")));
    }
    assert!(
        failures.is_empty(),
        "do not hold for\n{}",
        failures.join("\n")
    );
}

/// A target that cannot fail is none: this one is told of an input that its rule refuses.
#[test]
fn a_rule_that_does_not_hold_is_told() {
    let broken: Target = |data| assert!(!data.starts_with(b"/"), "a path");
    assert_eq!(failing(broken, b"/account").as_deref(), Some("/account"));
    assert_eq!(failing(broken, b"account"), None);
}
