//! Project Wycheproof's JWS, JWK and JWE files.

use std::collections::BTreeSet;

use serde_json::Value;
use tegata_token::Verifier;

use super::{
    Expected::{self, Accepted, Either, Refused},
    Tally,
    keys::ring,
    read_json,
};

/// The labels that a strict verifier does not follow, as `EXCEPTIONS.json` explains them. The weak keys of
/// 7 and 46 (ROCA) are not looked for here.
const EXCEPTIONS: [(&str, &[(u64, Expected)]); 3] = [
    (
        "json_web_signature_test.json",
        &[
            (346, Refused),
            (347, Either),
            (350, Refused),
            (351, Either),
            (367, Accepted),
            (370, Accepted),
            (372, Refused),
            (373, Refused),
        ],
    ),
    ("json_web_key_test.json", &[(7, Either)]),
    ("json_web_crypto_test.json", &[(46, Either)]),
];

fn expected(file: &str, test: &Value) -> Expected {
    let id = test["tcId"].as_u64().unwrap();
    let of_file = EXCEPTIONS.iter().find(|(name, _)| *name == file);
    let exception = of_file.and_then(|(_, ids)| ids.iter().find(|(one, _)| *one == id));
    match exception {
        Some(&(_, expected)) => expected,
        // There is nothing to decrypt with here: a JWE is never a token.
        None if test.get("jwe").is_some() => Refused,
        None if test["result"] == "valid" => Accepted,
        None => Refused,
    }
}

fn text(test: &Value) -> String {
    match test.get("jws").or(test.get("jwe")) {
        Some(Value::String(compact)) => compact.clone(),
        Some(serialised) => serialised.to_string(),
        None => panic!("no token in {test}"),
    }
}

fn judge(name: &'static str, file: &str) {
    let vectors = read_json(&format!("wycheproof/{file}"));
    let mut tally = Tally::new(name);
    let strict = Verifier::new().with_types(&["JWT"], true);
    // Whether it tries all keys or the named one: the outcome is the same.
    let trying = strict.clone().without_key_id();
    for group in vectors["testGroups"].as_array().unwrap() {
        let keys = ring(group.get("public").unwrap_or(&group["private"]));
        for test in group["tests"].as_array().unwrap() {
            let token = text(test);
            let found = strict.open(&token, &keys);
            let same = trying.open(&token, &keys).is_ok() == found.is_ok();
            assert!(same, "{file} {}", test["tcId"]);
            if let Ok(opened) = &found {
                assert_eq!(opened.payload(), payload(&token), "{file} {}", test["tcId"]);
            }
            let id = format!("{file} {} {}", test["tcId"], test["comment"]);
            tally.count(id, expected(file, test), found.map(|_| ()));
        }
    }
    let total = vectors["numberOfTests"].as_u64().unwrap();
    tally.finish(total.try_into().unwrap());
}

fn payload(token: &str) -> Vec<u8> {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let payload = token.split('.').nth(1).unwrap();
    BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn the_exceptions_are_those_of_the_file() {
    let written = read_json("wycheproof/EXCEPTIONS.json");
    for (file, ids) in EXCEPTIONS {
        let here: BTreeSet<String> = ids.iter().map(|(id, _)| id.to_string()).collect();
        let there = written[file].as_object().unwrap().keys().cloned().collect();
        assert_eq!(here, there, "{file}");
    }
    // One of them is the comment.
    assert_eq!(written.as_object().unwrap().len(), EXCEPTIONS.len() + 1);
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn signatures() {
    judge("Wycheproof JWS", "json_web_signature_test.json");
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn keys_and_key_sets() {
    judge("Wycheproof JWK", "json_web_key_test.json");
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn signatures_and_encryption() {
    judge("Wycheproof JWS and JWE", "json_web_crypto_test.json");
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn encryption() {
    judge("Wycheproof JWE", "json_web_encryption_test.json");
}
