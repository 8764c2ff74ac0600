//! JSONTestSuite: its `y_` files are JSON, its `n_` files are not, its `i_` files are as the reader likes. Here
//! as a token's payload, as its header, as a value inside of either, and as a key set.

use serde_json::json;
use tegata_token::{KeySet, Reason, json::parse_object};

use super::{
    Expected::{self, Accepted, Either, Refused},
    Tally, list, read,
};
use crate::forge::{forge, header, judge, payload, with};

const FOLDER: &str = "json-test-suite/test_parsing";
const FILES: usize = 318;

/// Is JSON by the letter, and read differently by every reader (RFC 8259 §4): refused here.
const AMBIGUOUS: [&str; 2] = [
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
];

fn files() -> Vec<(String, Vec<u8>)> {
    let names = list(FOLDER).into_iter();
    names
        .map(|path| {
            let name = path.rsplit('/').next().unwrap().to_owned();
            (name, read(&path))
        })
        .collect()
}

fn expected(name: &str) -> Expected {
    match &name[..2] {
        "y_" if AMBIGUOUS.contains(&name) => Refused,
        "y_" => Accepted,
        "n_" => Refused,
        _ => Either,
    }
}

fn is_object(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{")
}

/// The file in the place of a value.
fn inside(document: &str, bytes: &[u8]) -> Vec<u8> {
    let (before, after) = document.split_once("\"(here)\"").unwrap();
    [before.as_bytes(), bytes, after.as_bytes()].concat()
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn as_a_document_of_its_own() {
    let mut tally = Tally::new("JSONTestSuite, objects");
    for (name, bytes) in files() {
        let expected = match expected(&name) {
            Accepted if !is_object(&bytes) => Refused,
            other => other,
        };
        let read = parse_object(&bytes).map(|_| ());
        // Its claims are missing, but it was read; or it was not. The signature is right in either case.
        let as_payload = judge(&forge(header().to_string(), &bytes)).unwrap_err();
        assert_eq!(as_payload == Reason::Malformed, read.is_err(), "{name}");
        let as_header = judge(&forge(&bytes, payload().to_string()));
        assert_eq!(as_header, Err(Reason::Malformed), "{name}");
        assert!(KeySet::parse(&bytes).is_err(), "{name}");
        tally.count(name, expected, read);
    }
    tally.finish(FILES);
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn as_a_value_in_a_payload() {
    let mut tally = Tally::new("JSONTestSuite, values in a payload");
    let document = with(payload(), "x", json!("(here)")).to_string();
    for (name, bytes) in files() {
        let found = judge(&forge(header().to_string(), inside(&document, &bytes)));
        tally.count(&name, expected(&name), found.map(|_| ()));
    }
    tally.finish(FILES);
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn as_a_value_in_a_header() {
    let mut tally = Tally::new("JSONTestSuite, values in a header");
    let document = with(header(), "x", json!("(here)")).to_string();
    for (name, bytes) in files() {
        let found = judge(&forge(inside(&document, &bytes), payload().to_string()));
        tally.count(&name, expected(&name), found.map(|_| ()));
    }
    tally.finish(FILES);
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn in_a_key_set() {
    let mut beside = Tally::new("JSONTestSuite, values beside a set's keys");
    let mut among = Tally::new("JSONTestSuite, values among a set's keys");
    for (name, bytes) in files() {
        let set = KeySet::parse(&inside(r#"{"x":"(here)","keys":[]}"#, &bytes));
        beside.count(&name, expected(&name), set.map(|_| ()));

        let set = KeySet::parse(&inside(r#"{"keys":["(here)"]}"#, &bytes));
        let nothing = bytes.trim_ascii().is_empty();
        if let Ok(set) = &set {
            // None of them is a key; each is told.
            assert!(set.keys.is_empty(), "{name}");
            assert_eq!(set.skipped.is_empty(), nothing, "{name}");
        }
        // Nothing between the brackets is an empty list.
        let expected = if nothing { Accepted } else { expected(&name) };
        among.count(&name, expected, set.map(|_| ()));

        // In place of the list itself: whatever it says, there is no key in it.
        let set = KeySet::parse(&inside(r#"{"keys":"(here)"}"#, &bytes));
        assert!(set.map_or(0, |set| set.keys.len()) == 0, "{name}");
    }
    beside.finish(FILES);
    among.finish(FILES);
}
