//! The examples of RFC 7520, 7797 and 8037.

use serde_json::{Map, Value, json};
use tegata_token::{
    BadKeyPair, KeyPair, KeyRefused, KeySet, Keyring, Reason, Verifier, VerifyingKey,
};

use super::{
    Expected::{Accepted, Refused},
    Tally, keys, list, read_json,
};

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

/// The public half, for the algorithm of the example: three of its keys do not name one. Of an example with
/// several keys the first.
fn public(input: &Value) -> Option<VerifyingKey> {
    if input["key"].is_array() {
        return public(&json!({"key": input["key"][0], "alg": input["alg"][0]}));
    }
    let mut key = object(&input["key"]).clone();
    if key["kty"] == "oct" {
        return keys::secret(&input["key"]);
    }
    for private in ["d", "p", "q", "dp", "dq", "qi"] {
        key.remove(private);
    }
    key.insert("alg".to_owned(), input["alg"].clone());
    VerifyingKey::from_jwk(&key).ok()
}

/// Every way of writing it down that the example shows.
fn texts(example: &Value) -> Vec<(String, String)> {
    let outputs = object(&example["output"]);
    let text = |value: &Value| match value {
        Value::String(compact) => compact.clone(),
        other => other.to_string(),
    };
    outputs
        .iter()
        .map(|(form, value)| (form.clone(), text(value)))
        .collect()
}

/// Those that are JWS in compact form, attached, encoded, and of an algorithm that is known here. ES512 is not.
const GOOD: [&str; 4] = [
    "jose-cookbook/jws/4_1.rsa_v15_signature.json",
    "jose-cookbook/jws/4_2.rsa-pss_signature.json",
    "jose-cookbook/jws/4_4.hmac-sha2_integrity_protection.json",
    "jose-cookbook/curve25519/jws.json",
];

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn signatures() {
    let mut tally = Tally::new("JOSE cookbook, JWS");
    let mut files = list("jose-cookbook/jws");
    files.extend(list("jose-cookbook/rfc7797"));
    files.push("jose-cookbook/curve25519/jws.json".to_owned());
    for file in &files {
        let example = read_json(file);
        let key = public(&example["input"]).into_iter().collect();
        let ring = Keyring::new(None, key);
        for (form, text) in texts(&example) {
            let verifier = Verifier::new().with_types(&[], true).without_key_id();
            let found = verifier.open(&text, &ring);
            if let Ok(opened) = &found {
                let payload = example["input"]["payload"].as_str().unwrap();
                assert_eq!(opened.payload(), payload.as_bytes(), "{file}");
            }
            let good = form == "compact" && GOOD.contains(&file.as_str());
            let expected = if good { Accepted } else { Refused };
            tally.count(format!("{file} {form}"), expected, found.map(|_| ()));
        }
    }
    tally.finish(28);
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn an_unencoded_payload_is_refused_for_what_it_is() {
    let example = read_json("jose-cookbook/rfc7797/hmac-sha2_b64_false.json");
    let ring = Keyring::new(None, vec![public(&example["input"]).unwrap()]);
    let verifier = Verifier::new().with_types(&[], true).without_key_id();
    let compact = example["output"]["compact"].as_str().unwrap();
    assert_eq!(verifier.open(compact, &ring), Err(Reason::Malformed));
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn encryption() {
    let mut tally = Tally::new("JOSE cookbook, JWE");
    let mut files = list("jose-cookbook/jwe");
    files.push("jose-cookbook/curve25519/ecdh-es.json".to_owned());
    let ring = Keyring::new(None, Vec::new());
    for file in &files {
        for (form, text) in texts(&read_json(file)) {
            let found = Verifier::new().open(&text, &ring);
            assert_eq!(found, Err(Reason::Malformed), "{file} {form}");
            tally.count(format!("{file} {form}"), Refused, found.map(|_| ()));
        }
    }
    tally.finish(37);
}

/// Its inner token is good by itself; encrypted it is none.
#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn a_signature_inside_of_an_encryption() {
    let example = read_json("jose-cookbook/6.nesting_signatures_and_encryption.json");
    let mut input = example["sign"]["input"].clone();
    input["alg"] = json!("PS256");
    let ring = Keyring::new(None, vec![public(&input).unwrap()]);
    let verifier = Verifier::new().with_types(&["JWT"], false).without_key_id();
    let inner = example["sign"]["output"]["compact"].as_str().unwrap();
    assert!(verifier.open(inner, &ring).is_ok());
    let outer = example["encrypt"]["output"]["compact"].as_str().unwrap();
    assert_eq!(verifier.open(outer, &ring), Err(Reason::Malformed));
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn keys() {
    let key = |name: &str| read_json(&format!("jose-cookbook/jwk/{name}.json"));
    let cases = [
        ("3_1.ec_public_key", Err(KeyRefused::UnknownAlgorithm)),
        ("3_2.ec_private_key", Err(KeyRefused::PrivateHalf)),
        ("3_3.rsa_public_key", Ok(())),
        ("3_4.rsa_private_key", Err(KeyRefused::PrivateHalf)),
        (
            "3_5.symmetric_key_mac_computation",
            Err(KeyRefused::Symmetric),
        ),
        ("3_6.symmetric_key_encryption", Err(KeyRefused::Symmetric)),
    ];
    for (name, expected) in cases {
        let found = VerifyingKey::from_jwk(object(&key(name))).map(|_| ());
        assert_eq!(found, expected, "{name}");
    }
    let all: Vec<Value> = cases.iter().map(|(name, _)| key(name)).collect();
    let set = json!({ "keys": all }).to_string();
    let set = KeySet::parse(set.as_bytes()).unwrap();
    assert_eq!((set.keys.len(), set.skipped.len()), (1, 5));

    let private = KeyPair::from_jwk(object(&key("3_4.rsa_private_key"))).unwrap();
    let public = VerifyingKey::from_jwk(object(&key("3_3.rsa_public_key"))).unwrap();
    let kid = private.signing_key().kid().to_string();
    let published = private.verifying_key().jwk();
    assert_eq!(published, public.with_kid(kid).jwk());
    let refused = KeyPair::from_jwk(object(&key("3_2.ec_private_key"))).map(|_| ());
    assert_eq!(
        refused,
        Err(BadKeyPair::Public(KeyRefused::UnknownAlgorithm))
    );
    println!(
        "JOSE cookbook, JWK: 6 keys, 1 public and 1 private one read, 5 refused as public ones"
    );
}
