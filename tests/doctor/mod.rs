//! `tegata doctor`: what an operator reads of a set-up that is well, of each thing that can be wrong with it, and
//! that looking changes nothing.

mod running;
mod set_up;

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;
use tegata_guard::token::HmacSecret;

use crate::tegata::Place;

const OTHER: &str = "another secret of thirty-two bytes or more";
/// Nobody listens there, nor there.
const NOWHERE: &str = "127.0.0.1:1";
const NOWHERE_EITHER: &str = "127.0.0.1:2";

fn kid(secret: &str) -> String {
    HmacSecret::parse(secret).unwrap().kid().to_string()
}

/// A place whose services, if there are any, are where these settings say.
fn place() -> Place {
    Place::new()
        .with("ISSUER_BIND", NOWHERE)
        .with("FRONTEND_BIND", NOWHERE_EITHER)
}

/// All checks, and the exit code.
struct Told {
    checks: Vec<Value>,
    code: i32,
    out: String,
}

impl Told {
    fn by(place: &Place, arguments: &[&str]) -> Self {
        let output = place.output(&[&["doctor", "--json"], arguments].concat());
        let out = String::from_utf8(output.stdout).unwrap();
        let said: Value = serde_json::from_str(&out).unwrap_or_else(|why| {
            panic!("{why}: {out} {:?}", String::from_utf8_lossy(&output.stderr))
        });
        Self {
            checks: said["checks"].as_array().unwrap().clone(),
            code: output.status.code().unwrap(),
            out,
        }
    }

    /// Whether a check of this name came out so and says this.
    fn has(&self, check: &str, outcome: &str, says: &str) -> bool {
        self.checks.iter().any(|one| {
            one["check"] == check
                && one["outcome"] == outcome
                && one["what"].as_str().unwrap().contains(says)
                && (one["advice"].is_string() == ["warning", "failed"].contains(&outcome))
        })
    }

    fn assert(&self, check: &str, outcome: &str, says: &str) {
        assert!(
            self.has(check, outcome, says),
            "{check} {outcome} {says}: {}",
            self.out
        );
    }

    fn count(&self, outcome: &str) -> usize {
        self.checks
            .iter()
            .filter(|one| one["outcome"] == outcome)
            .count()
    }
}

/// Every file below a folder with its content, but for the marks of readers.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let content = if path.to_str().unwrap().ends_with("-shm") {
                Vec::new()
            } else {
                fs::read(&path).unwrap()
            };
            (path.display().to_string(), content)
        })
        .collect()
}
