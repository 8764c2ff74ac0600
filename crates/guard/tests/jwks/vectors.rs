//! The public vectors, published by a key server: whatever it sends, a request is answered 200, 401 or 503, as is
//! right. They are not part of the repository: where they lie is said in `CORPORA` (CONTRIBUTING.md). Each test
//! prints what it counted.
#![expect(
    clippy::print_stdout,
    reason = "the counts are what these tests are run for"
)]

use std::{collections::BTreeMap, env, fs, path::PathBuf, sync::Arc, time::Duration};

use axum::{Router, body::Body, routing::get};
use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tegata_guard::{
    Guard, JwksSource, Keys,
    testing::{Answer, KeyServer, ManualClock, Mint},
};
use time::Duration as Span;
use tokio::time::timeout;
use tower::ServiceExt as _;

use crate::service::{START, server, stranger};

/// How long a test waits for what should happen at once.
const PATIENCE: Duration = Duration::from_secs(10);

fn place(name: &str) -> PathBuf {
    let folder = env::var_os("CORPORA");
    PathBuf::from(folder.unwrap_or_default()).join(name)
}

fn read(name: &str) -> Vec<u8> {
    fs::read(place(name)).unwrap()
}

fn list(folder: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(place(folder)).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .collect();
    names.sort();
    let read = |name: String| {
        let bytes = read(&format!("{folder}/{name}"));
        (name, bytes)
    };
    names.into_iter().map(read).collect()
}

/// One key server, and guards that each ask it for the first time.
struct Stage {
    server: KeyServer,
    clock: ManualClock,
    /// How often each answer was given.
    counted: BTreeMap<String, usize>,
}

impl Stage {
    fn new() -> Self {
        let clock = ManualClock::new(START);
        Self {
            server: server(&clock),
            clock,
            counted: BTreeMap::new(),
        }
    }

    fn guard(&self) -> Guard {
        let clock = Arc::new(self.clock.clone());
        let source = JwksSource::at(self.server.url()).with_clock(clock.clone());
        Guard::new(Keys::jwks(source).unwrap()).with_clock(clock)
    }

    /// One that finds this at the key server.
    fn finds(&self, bytes: Vec<u8>) -> Guard {
        self.server.answer(Answer::Bytes(bytes));
        self.guard()
    }

    /// The code of the reason, or "good"; the status is the one that belongs to it.
    async fn says(&mut self, guard: &Guard, token: &str) -> String {
        let service = Router::new().route("/", get(|| async { "in" }));
        let service = service.layer(guard.layer());
        let request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let answer = service.oneshot(request.body(Body::empty()).unwrap());
        let answer = timeout(PATIENCE, answer).await.unwrap().unwrap();
        let headers = answer.headers();
        let reason = headers.get("Tegata-Reason");
        let reason = reason.map_or("good", |reason| reason.to_str().unwrap());
        let status = match reason {
            "good" => StatusCode::OK,
            "keys_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        };
        assert_eq!(answer.status(), status, "{reason}");
        let later = headers.contains_key(header::RETRY_AFTER);
        assert_eq!(later, status == StatusCode::SERVICE_UNAVAILABLE, "{reason}");
        let counted = format!("{} {reason}", status.as_u16());
        *self.counted.entry(counted).or_default() += 1;
        reason.to_owned()
    }

    fn finish(self, name: &str, total: usize) {
        println!("{name}: {:?}", self.counted);
        assert_eq!(self.counted.values().sum::<usize>(), total, "{name}");
    }
}

fn good(mint: &Mint) -> String {
    mint.token("user-1")
}

#[tokio::test]
#[ignore = "needs the public vectors: CORPORA"]
async fn no_file_of_the_json_suite_is_a_key_set() {
    let mut stage = Stage::new();
    let token = good(&stage.server.mint());
    for (name, bytes) in list("json-test-suite/test_parsing") {
        let guard = stage.finds(bytes);
        assert_eq!(
            stage.says(&guard, &token).await,
            "keys_unavailable",
            "{name}"
        );
    }
    stage.finish("JSONTestSuite as a key set", 318);
}

#[tokio::test]
#[ignore = "needs the public vectors: CORPORA"]
async fn beside_a_good_key_what_is_json_does_not_matter_and_what_is_none_does() {
    let mut stage = Stage::new();
    let mint = stage.server.mint();
    let before = format!("{{\"keys\":[{}],\"x\":", mint.jwk());
    for (name, bytes) in list("json-test-suite/test_parsing") {
        let guard = stage.finds([before.as_bytes(), &bytes, b"}"].concat());
        let said = stage.says(&guard, &good(&mint)).await;
        // A member named twice is JSON, and every reader reads another one of the two.
        let expected = match &name[..2] {
            "y_" if name.contains("duplicated_key") => "keys_unavailable",
            "y_" => "good",
            "n_" => "keys_unavailable",
            _ if said == "good" => "good",
            _ => "keys_unavailable",
        };
        assert_eq!(said, expected, "{name}");
    }
    stage.finish("JSONTestSuite beside a good key", 318);
}

#[tokio::test]
#[ignore = "needs the public vectors: CORPORA"]
async fn good_keys_outlive_every_file_of_the_json_suite() {
    let mut stage = Stage::new();
    let mint = stage.server.mint();
    let stranger = stranger(&stage.clock);
    let guard = stage.guard();
    assert_eq!(stage.says(&guard, &good(&mint)).await, "good");
    for (name, bytes) in list("json-test-suite/test_parsing") {
        let asked = stage.server.requests();
        stage.server.answer(Answer::Bytes(bytes));
        // Past the cool-down an unknown key makes the guard ask, and wait for what comes.
        stage.clock.advance(Span::seconds(11));
        let said = stage.says(&guard, &good(&stranger)).await;
        assert_eq!(said, "keys_unavailable", "{name}");
        assert!(stage.server.requests() > asked, "{name}");
        assert_eq!(stage.says(&guard, &good(&mint)).await, "good", "{name}");
    }
    stage.finish("JSONTestSuite after good keys", 1 + 2 * 318);
}

/// Nobody's token: the key is not in any of these sets.
#[tokio::test]
#[ignore = "needs the public vectors: CORPORA"]
async fn key_sets_of_pyjwt_and_keys_of_the_cookbook_serve_or_are_none() {
    let mut stage = Stage::new();
    let stranger = stranger(&stage.clock);
    let usable = [
        "jwk_ec_pub_P-256.json",
        "jwk_okp_pub_Ed25519.json",
        "jwk_rsa_pub.json",
        "3_3.rsa_public_key.json",
        "jwk_keyset_with_unknown_alg.json",
    ];
    let mut files = list("pyjwt-jwks");
    files.extend(list("jose-cookbook/jwk"));
    assert_eq!(files.len(), 15);
    for (name, bytes) in files {
        let is_set = name.contains("keyset");
        for wrapped in [false, true] {
            let body = if wrapped {
                [b"{\"keys\":[", &bytes[..], b"]}"].concat()
            } else {
                bytes.clone()
            };
            let serves = is_set != wrapped && usable.contains(&&*name);
            let guard = stage.finds(body);
            let said = stage.says(&guard, &good(&stranger)).await;
            // The token is signed with ES256.
            let expected = match serves {
                true if name == "jwk_ec_pub_P-256.json" => "key_unknown",
                true => "algorithm_not_allowed",
                false => "keys_unavailable",
            };
            assert_eq!(said, expected, "{name} {wrapped}");
        }
    }
    // A name is no key.
    for (file, kid, expected) in [
        (
            "jwk_ec_pub_P-256",
            "bilbo.baggins.256@hobbiton.example",
            "bad_signature",
        ),
        (
            "jwk_ec_pub_secp256k1",
            "bilbo.baggins.256k@hobbiton.example",
            "keys_unavailable",
        ),
    ] {
        let jwk = read(&format!("pyjwt-jwks/{file}.json"));
        let guard = stage.finds([b"{\"keys\":[", &jwk[..], b"]}"].concat());
        let named = stranger.clone().with_kid(kid);
        let said = stage.says(&guard, &good(&named)).await;
        assert_eq!(said, expected, "{file}");
    }
    stage.finish("PyJWT's key sets, the JOSE cookbook's keys", 2 * 15 + 2);
}

/// Project Wycheproof's tokens with their own keys, published. Their payload is "foo", which is no claims: those
/// that are rightly signed get no further than that, and no token gets in.
#[tokio::test]
#[ignore = "needs the public vectors: CORPORA"]
async fn no_token_of_wycheproof_gets_in() {
    let mut stage = Stage::new();
    let mut total = 0;
    for file in [
        "json_web_signature_test",
        "json_web_key_test",
        "json_web_crypto_test",
        "json_web_encryption_test",
    ] {
        let vectors: Value =
            serde_json::from_slice(&read(&format!("wycheproof/{file}.json"))).unwrap();
        for group in vectors["testGroups"].as_array().unwrap() {
            let keys = group.get("public").unwrap_or(&group["private"]);
            let set = match keys.get("keys") {
                Some(_) => keys.clone(),
                None => json!({ "keys": [keys] }),
            };
            let guard = stage.finds(set.to_string().into_bytes());
            let guard = guard.with_rules(|rules| rules.with_types(&["JWT"], true));
            let secret = set["keys"]
                .as_array()
                .unwrap()
                .iter()
                .all(|key| key["kty"] == "oct");
            for test in group["tests"].as_array().unwrap() {
                let token = match test.get("jws").or(test.get("jwe")) {
                    Some(Value::String(compact)) => compact.clone(),
                    Some(other) => other.to_string().replace(' ', ""),
                    None => panic!("no token in {test}"),
                };
                // What cannot stand in a header at all.
                if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                    continue;
                }
                let said = stage.says(&guard, &token).await;
                assert_ne!(said, "good", "{file} {}", test["tcId"]);
                if secret {
                    // A set of secrets is one without keys.
                    assert_eq!(said, "keys_unavailable", "{file} {}", test["tcId"]);
                }
                total += 1;
            }
        }
    }
    assert!(total > 600, "{total}");
    stage.finish("Wycheproof's tokens with published keys", total);
}
