//! Key sets of other people: what can be used is used, what cannot is told, and what is no set is none.

use serde_json::{Map, Value, json};
use tegata_token::{
    Algorithm, Claims, KeyPair, KeyRefused, KeySet, Keyring, Reason, Signer, Verifier,
    jwk::{NotAKeySet, Skipped},
};
use time::Duration;

use crate::{
    forge::{NOW, at, base64url},
    known_keys::{ed25519, p256, public, rsa},
};

fn parse(set: &Value) -> Result<KeySet, NotAKeySet> {
    KeySet::parse(set.to_string().as_bytes())
}

fn named(jwk: Map<String, Value>, kid: &str) -> Value {
    let mut jwk = jwk;
    jwk.insert("kid".to_owned(), json!(kid));
    Value::Object(jwk)
}

fn kids(set: &KeySet) -> Vec<&str> {
    set.keys.iter().map(|key| key.kid().as_str()).collect()
}

#[test]
fn what_is_no_set_is_none() {
    for text in [
        "",
        " ",
        "null",
        "[]",
        "\"keys\"",
        "<html><body>Bad gateway</body></html>",
        "{",
        r#"{"keys":[}"#,
        r#"{"keys":[]} {}"#,
        r#"{"keys":[],}"#,
        r#"{"keys":[],"keys":[]}"#,
        r#"{"keys":[{"kty":"RSA","kty":"oct"}]}"#,
        "\u{feff}{\"keys\":[]}",
        "{\"keys\":[]}\0",
        r#"{"keys":[],"x":1e400}"#,
        r#"{"keys":[],"x":"\ud800"}"#,
    ] {
        let found = KeySet::parse(text.as_bytes()).map(|_| ());
        assert!(
            matches!(found, Err(NotAKeySet::NotAnObject(_))),
            "{text:?}: {found:?}"
        );
    }
    for bytes in [&b"\xff\xfe{\0}\0"[..], b"{\"keys\":[\"\xff\"]}", &[0; 64]] {
        assert!(matches!(
            KeySet::parse(bytes).map(|_| ()),
            Err(NotAKeySet::NotAnObject(_))
        ));
    }
    for set in [
        json!({}),
        json!({"keys": null}),
        json!({"keys": {}}),
        json!({"keys": "x"}),
        json!({"keys": 1}),
        json!({"Keys": []}),
        json!({"error": "temporarily_unavailable"}),
        // A key by itself
        Value::Object(public(rsa())),
    ] {
        let found = parse(&set).map(|_| ());
        assert_eq!(found, Err(NotAKeySet::NoKeys), "{set}");
    }
}

#[test]
fn an_empty_set_is_one_without_keys() {
    let set = parse(&json!({"keys": []})).unwrap();
    assert!(set.keys.is_empty() && set.skipped.is_empty());
}

#[test]
fn other_members_of_a_set_do_not_matter() {
    let keys = json!([public(rsa())]);
    let set = json!({"keys": keys, "issuer": {"a": [1, null]}, "": 1, "jwks_uri": "file:///x"});
    assert_eq!(parse(&set).unwrap().keys.len(), 1);
}

#[test]
fn what_cannot_be_used_is_told_by_name_and_the_others_are_used() {
    let mut encryption = public(rsa());
    encryption.insert("use".to_owned(), json!("enc"));
    let mut oaep = public(rsa());
    oaep.insert("alg".to_owned(), json!("RSA-OAEP"));
    let mut short = public(rsa());
    short.insert("n".to_owned(), json!(base64url([0xff; 128])));
    let set = parse(&json!({"keys": [
        {"kty": "oct", "kid": "secret", "k": base64url([7; 32]), "alg": "HS256"},
        named(encryption, "encryption"),
        named(public(rsa()), "rsa"),
        named(oaep, "oaep"),
        named(short, "short"),
        named(p256(), "private"),
        named(public(p256()), "p256"),
        {"kty": "OKP", "crv": "Ed25519", "x": base64url([0; 32]), "kid": "small"},
        {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA", "kid": "p521"},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "kid": "later"},
        public(ed25519()),
        {"kid": 7, "kty": "RSA"},
        {},
        null, 1, "x", [], [[]], true,
    ]}))
    .unwrap();
    let thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    assert_eq!(kids(&set), ["rsa", "p256", thumbprint]);
    let told: Vec<_> = set
        .skipped
        .iter()
        .map(|Skipped { kid, why }| (kid.as_deref(), *why))
        .collect();
    let malformed = (None, KeyRefused::Malformed);
    assert_eq!(
        told,
        [
            (Some("secret"), KeyRefused::Symmetric),
            (Some("encryption"), KeyRefused::NotForSignatures),
            (Some("oaep"), KeyRefused::UnknownAlgorithm),
            (Some("short"), KeyRefused::RsaTooShort(1024)),
            (Some("private"), KeyRefused::PrivateHalf),
            (Some("small"), KeyRefused::BadPoint),
            (Some("p521"), KeyRefused::UnknownAlgorithm),
            (Some("later"), KeyRefused::UnknownAlgorithm),
            malformed,
            malformed,
            malformed,
            malformed,
            malformed,
            malformed,
            malformed,
            malformed,
        ]
    );
}

#[test]
fn a_hundred_keys_are_read_and_one_more_is_none() {
    let of = |count: usize| {
        let keys: Vec<_> = (0..count)
            .map(|n| named(public(p256()), &n.to_string()))
            .collect();
        parse(&json!({ "keys": keys }))
    };
    assert_eq!(of(100).unwrap().keys.len(), 100);
    assert_eq!(of(101).map(|_| ()), Err(NotAKeySet::TooMany));
    // Those that are none count as well: each is looked at.
    let nulls = json!({ "keys": vec![Value::Null; 101] });
    assert_eq!(parse(&nulls).map(|_| ()), Err(NotAKeySet::TooMany));
}

#[test]
fn two_keys_of_one_name_are_both_tried() {
    let (one, two, three) = (
        KeyPair::generate(Algorithm::ES256).unwrap(),
        KeyPair::generate(Algorithm::ES256).unwrap(),
        KeyPair::generate(Algorithm::EdDSA).unwrap(),
    );
    let published = |pair: &KeyPair| {
        let jwk = serde_json::to_value(pair.verifying_key().jwk().unwrap()).unwrap();
        named(jwk.as_object().unwrap().clone(), "shared")
    };
    let token = |pair: &KeyPair| {
        let signer = Signer::new(pair.signing_key().with_kid("shared"));
        let claims = Claims::new("user-1", at(NOW), Duration::minutes(15));
        signer.sign(&claims).unwrap()
    };
    // Of two types as well.
    let set = json!({"keys": [published(&one), published(&two), published(&three)]});
    let keys = Keyring::new(None, parse(&set).unwrap().keys);
    for pair in [&one, &two, &three] {
        assert!(Verifier::new().open(&token(pair), &keys).is_ok());
    }
    let set = json!({"keys": [published(&one), published(&three)]});
    let keys = Keyring::new(None, parse(&set).unwrap().keys);
    let found = Verifier::new().open(&token(&two), &keys);
    assert_eq!(found, Err(Reason::BadSignature));
}

#[test]
fn a_set_without_end_is_refused_and_not_followed() {
    let deep = |open: &str, levels: usize| format!("{{\"keys\":[{}", open.repeat(levels));
    for open in ["[", "{\"a\":", "[{\"keys\":"] {
        let found = KeySet::parse(deep(open, 100_000).as_bytes()).map(|_| ());
        assert!(matches!(found, Err(NotAKeySet::NotAnObject(_))), "{open}");
    }
    // As large as a guard fetches.
    let long = json!({"keys": [{"kty": "RSA", "n": "A".repeat(1 << 20), "e": "AQAB"}]});
    let set = parse(&long).unwrap();
    assert_eq!(set.skipped[0].why, KeyRefused::Malformed);
    let long = json!({"keys": [{"kty": "x".repeat(1 << 20)}]});
    let set = parse(&long).unwrap();
    assert_eq!(set.skipped[0].why, KeyRefused::UnknownAlgorithm);
}

#[test]
fn a_refusal_never_quotes_the_set() {
    for text in [
        r#"{"keys":[{"k":"hunter2"}"#,
        r#"{"hunter2":1,"hunter2":1}"#,
        r#"{"keys":"hunter2"}"#,
        r#"hunter2"#,
    ] {
        let refused = KeySet::parse(text.as_bytes()).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("hunter2"));
    }
    let secret = json!({"keys": [{"kty": "oct", "k": "hunter2", "kid": "a"}]});
    let set = parse(&secret).unwrap();
    assert!(!format!("{set:?}").contains("hunter2"));
}
