//! They verify ours.

use serde_json::{Value, json};
use tegata_guard::token::{Algorithm, Claims, Signer};
use time::{Duration, OffsetDateTime};

use super::{
    LIBRARIES, keys,
    speaker::{Keys, LANGUAGES, Language},
};

#[expect(
    clippy::disallowed_methods,
    reason = "these libraries read the wall clock, so the test must"
)]
fn claims(age: Duration) -> Claims {
    let from = OffsetDateTime::now_utc() - age;
    let mut claims = Claims::new("user-1", from, Duration::minutes(15));
    claims.iss = Some("http://127.0.0.1:8000".to_owned());
    claims.jti = Some("wy_-yNiEhSQn32AZCWVMWQ".to_owned());
    claims.sid = Some("yGbMyt9zALUcM7EXU0ZV7A".to_owned());
    claims.scope = Some(String::new());
    claims.roles = vec!["admin".to_owned()];
    claims.preferred_username = Some("花子".to_owned());
    claims
}

/// Tokens of ours, and what a library has to say to each.
fn tokens(algorithm: Algorithm, keys: &Keys, others: &Keys) -> [(&'static str, String, Value); 6] {
    let ours = Signer::new(keys.signing(algorithm));
    let theirs = Signer::new(others.signing(algorithm).with_kid(ours.kid().as_str()));
    let good = ours.sign(&claims(Duration::minutes(1))).unwrap();
    let (header, rest) = good.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let tampered = format!("{header}.{payload}.{first}{}", &signature[1..]);
    let unsigned = format!("eyJhbGciOiJub25lIn0.{payload}.");
    let invalid = || json!("invalid");
    [
        ("good", good.clone(), json!({"sub": "user-1"})),
        (
            "expired",
            ours.sign(&claims(Duration::hours(1))).unwrap(),
            json!("expired"),
        ),
        ("tampered", tampered, invalid()),
        ("alg none", unsigned, invalid()),
        ("cut short", format!("{header}.{payload}"), invalid()),
        (
            "another key's",
            theirs.sign(&claims(Duration::minutes(1))).unwrap(),
            invalid(),
        ),
    ]
}

#[test]
fn every_library_verifies_our_tokens_and_tells_the_expired_from_the_forged() {
    let (keys, others) = keys();
    let mut seen = 0;
    for language in LANGUAGES {
        let cases = cases_of(language, &keys, &others);
        let asked: Vec<Value> = cases.iter().map(|(asked, _)| asked.clone()).collect();
        for ((asked, expected), answer) in cases.iter().zip(language.answers(&asked)) {
            let outcome = answer.get("refused").unwrap_or(&answer);
            assert_eq!(outcome, expected, "{asked}: {answer}");
            seen += 1;
        }
    }
    // Ten libraries, four algorithms but for the three that have no EdDSA, six tokens each.
    assert_eq!(seen, (10 * 4 - 3) * 6);
}

fn cases_of(language: Language, keys: &Keys, others: &Keys) -> Vec<(Value, Value)> {
    let mut cases = Vec::new();
    for (_, library, algorithms) in LIBRARIES.iter().filter(|(its, ..)| *its == language) {
        for &algorithm in algorithms.iter().filter(|algorithm| algorithm.is_minted()) {
            for (what, token, expected) in tokens(algorithm, keys, others) {
                let case = json!({
                    "what": what, "library": library, "algorithm": algorithm.name(),
                    "key": keys.public(algorithm), "token": token,
                });
                cases.push((case, expected));
            }
        }
    }
    cases
}
