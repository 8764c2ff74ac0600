//! `tegata explain`: what a developer reads of a token, the exit code, and that neither the signature nor a terminal
//! escape is ever printed.

mod keys;
mod said;

use std::{io::Write, process::Stdio};

use serde_json::Value;
use tegata_guard::token::{Claims, Clock, HmacSecret, Signer, SystemClock};
use time::Duration;

use crate::{pair::SECRET, tegata::Place};

const ISSUER: &str = "http://127.0.0.1:8000";
/// Without a comma, so that it can stand in a list.
const BEFORE: &str = "another secret of thirty-two bytes or more";

fn claims() -> Claims {
    let mut claims = Claims::new("user-1", SystemClock.now(), Duration::minutes(15));
    claims.iss = Some(ISSUER.to_owned());
    claims
}

fn signed(claims: &Claims, secret: &str) -> String {
    let secret = HmacSecret::parse_insecure(secret).unwrap();
    Signer::new(secret.signing_key()).sign(claims).unwrap()
}

fn service() -> Place {
    Place::new().with("SECRET_KEY", SECRET)
}

/// What was said, and the exit code.
struct Said {
    out: String,
    err: String,
    code: i32,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {}", self.out))
    }
}

/// Runs it with this on standard input.
fn explain(place: &Place, arguments: &[&str], input: &[u8]) -> Said {
    let mut child = place
        .command(&[&["explain"], arguments].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // One that reads no more closes the pipe.
    let writing = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    Said {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}
