//! We verify theirs.

use serde_json::{Value, json};
use tegata_guard::token::{Algorithm, Keyring, Reason, Verifier};
use time::OffsetDateTime;

use super::{
    LIBRARIES, keys,
    speaker::{Keys, LANGUAGES, Language},
};

#[expect(
    clippy::disallowed_methods,
    reason = "some of these libraries write the wall clock's time into their tokens"
)]
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// What a library is asked to sign: by itself as it does, and as our issuer would.
fn headers(kid: &str) -> [(&'static str, Value); 2] {
    [
        ("as it does", json!({})),
        ("as we do", json!({"typ": "at+jwt", "kid": kid})),
    ]
}

#[test]
fn we_verify_what_every_library_signs() {
    let (keys, others) = keys();
    let mut seen = 0;
    for language in LANGUAGES {
        let asked = cases_of(language, &keys);
        for (case, answer) in asked.iter().zip(language.answers(&asked)) {
            let token = answer["token"]
                .as_str()
                .unwrap_or_else(|| panic!("{case}: {answer}"));
            let algorithm = Algorithm::parse(case["algorithm"].as_str().unwrap()).unwrap();
            let verifier = if case["what"] == "as we do" {
                Verifier::new()
            } else {
                // PyJWT and most others write `JWT`, some no type at all, and none names a key.
                Verifier::new().with_types(&["JWT"], true).without_key_id()
            };
            let judge = |keys: &Keys, at: OffsetDateTime| {
                let ring = Keyring::new(None, vec![keys.verifying(algorithm)]);
                verifier.verify(token, &ring, at)
            };
            let claims = judge(&keys, now());
            let claims = claims.unwrap_or_else(|reason| panic!("{case}: {reason}: {token}"));
            assert_eq!(claims.sub, "user-1", "{case}");
            assert_eq!(claims.preferred_username.as_deref(), Some("花子"), "{case}");

            let expired = OffsetDateTime::from_unix_timestamp(claims.exp + 10).unwrap();
            assert_eq!(judge(&keys, expired), Err(Reason::Expired), "{case}");
            let of_others = judge(&others, now()).unwrap_err();
            let named = case["what"] == "as we do";
            let reason = match algorithm {
                Algorithm::HS256 if named => Reason::KeyMismatch,
                _ if named => Reason::KeyUnknown,
                _ => Reason::BadSignature,
            };
            assert_eq!(of_others, reason, "{case}");
            seen += 1;
        }
    }
    let algorithms: usize = LIBRARIES
        .iter()
        .map(|(.., algorithms)| algorithms.len())
        .sum();
    assert_eq!(seen, algorithms * 2);
}

fn cases_of(language: Language, keys: &Keys) -> Vec<Value> {
    let from = now().unix_timestamp() - 60;
    let mut cases = Vec::new();
    for (_, library, algorithms) in LIBRARIES.iter().filter(|(its, ..)| *its == language) {
        for &algorithm in *algorithms {
            for (what, header) in headers(keys.verifying(algorithm).kid().as_str()) {
                cases.push(json!({
                    "what": what, "library": library, "algorithm": algorithm.name(),
                    "key": keys.private(algorithm), "header": header,
                    "claims": {
                        "sub": "user-1", "iat": from, "nbf": from, "exp": from + 900,
                        "preferred_username": "花子",
                    },
                }));
            }
        }
    }
    cases
}
