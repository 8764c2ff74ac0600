//! Tokens that try to choose how they are checked: without a signature, with the public key as a secret, with a
//! key of their own, by a name that is a path or a query.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tegata_token::{Algorithm, Claims, KeyPair, Keyring, Reason, Signer, Verifier};
use time::Duration;

use crate::{
    forge::{NOW, SECRET, at, base64url, header, judge, payload, secret, token, with},
    key_files::openssl,
};

const MINTED: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

fn unsigned(header: &Value) -> String {
    let segments = [header, &payload()].map(|part| base64url(part.to_string()));
    segments.join(".")
}

/// Both ways of choosing keys: by name, and by trying.
fn verifiers() -> [Verifier; 2] {
    [Verifier::new(), Verifier::new().without_key_id()]
}

/// The public key alone, and beside a secret.
fn rings(pair: &KeyPair) -> [Keyring; 2] {
    let secret = secret(SECRET).verifying_key();
    [
        Keyring::new(None, vec![pair.verifying_key()]),
        Keyring::new(None, vec![pair.verifying_key(), secret]),
    ]
}

fn refused(token: &str, ring: &Keyring) {
    for verifier in verifiers() {
        let found = verifier.open(token, ring);
        assert!(found.is_err(), "{token}");
    }
}

#[test]
fn no_spelling_of_none_is_an_algorithm() {
    let pairs = MINTED.map(|algorithm| KeyPair::generate(algorithm).unwrap());
    let spellings = [
        "none",
        "None",
        "NONE",
        "nOnE",
        "noNe",
        "none ",
        " none",
        "none\0",
        "\u{ff4e}one",
        "null",
        "",
    ];
    for pair in &pairs {
        for ring in rings(pair).iter().chain([&Keyring::new(None, vec![])]) {
            for name in spellings {
                let kid = pair.signing_key().kid().to_string();
                for header in [
                    json!({"alg": name, "typ": "at+jwt", "kid": kid}),
                    json!({"alg": name, "typ": "at+jwt"}),
                    json!({"alg": name}),
                ] {
                    let token = unsigned(&header);
                    for signature in ["", "AA", "bm9uZQ"] {
                        for verifier in verifiers() {
                            let found = verifier.open(&format!("{token}.{signature}"), ring);
                            assert_eq!(found, Err(Reason::AlgorithmNotAllowed), "{name:?}");
                        }
                    }
                    // Without the last dot it is not even a token.
                    assert_eq!(Verifier::new().open(&token, ring), Err(Reason::Malformed));
                }
            }
        }
    }
}

/// Every form in which a service could hold a public key, and take it for a secret.
fn forms(pair: &KeyPair) -> Vec<Vec<u8>> {
    use secrecy::ExposeSecret;
    let pem = openssl("pkey -pubout", pair.to_pem().expose_secret());
    let der: String = pem.lines().filter(|line| !line.contains("---")).collect();
    let jwk = serde_json::to_value(pair.verifying_key().jwk().unwrap()).unwrap();
    let mut forms = vec![
        pem.clone().into_bytes(),
        pem.trim_end().to_owned().into_bytes(),
        pem.replace('\n', "\r\n").into_bytes(),
        der.clone().into_bytes(),
        BASE64_STANDARD.decode(der).unwrap(),
        jwk.to_string().into_bytes(),
        json!({"keys": [jwk]}).to_string().into_bytes(),
        pair.signing_key().kid().as_str().as_bytes().to_vec(),
        Vec::new(),
    ];
    for member in ["n", "x", "y"] {
        if let Some(number) = jwk[member].as_str() {
            forms.push(number.as_bytes().to_vec());
            let engine = base64::prelude::BASE64_URL_SAFE_NO_PAD;
            forms.push(engine.decode(number).unwrap());
        }
    }
    forms
}

#[test]
fn a_public_key_is_never_a_secret() {
    let hashes = [
        ("HS256", hmac::HMAC_SHA256),
        ("HS384", hmac::HMAC_SHA384),
        ("HS512", hmac::HMAC_SHA512),
    ];
    for algorithm in MINTED {
        let pair = KeyPair::generate(algorithm).unwrap();
        let kid = pair.signing_key().kid().to_string();
        for form in forms(&pair) {
            for (name, hash) in hashes {
                // The header tells the truth, or names the key's algorithm.
                for alg in [name, algorithm.name()] {
                    let header = json!({"alg": alg, "typ": "at+jwt", "kid": kid});
                    let anonymous = json!({"alg": alg, "typ": "at+jwt"});
                    for header in [header, anonymous] {
                        let signed = unsigned(&header);
                        let key = hmac::Key::new(hash, &form);
                        let tag = base64url(hmac::sign(&key, signed.as_bytes()));
                        for ring in rings(&pair) {
                            refused(&format!("{signed}.{tag}"), &ring);
                        }
                    }
                }
            }
        }
        // Why: the key's name leads to the key, and the key is for something else.
        let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": kid});
        for ring in rings(&pair) {
            let found = Verifier::new().open(&format!("{}.AAAA", unsigned(&header)), &ring);
            assert_eq!(found, Err(Reason::AlgorithmNotAllowed));
        }
    }
}

/// The other way round: the shared secret beside key pairs, and its token said to be theirs.
#[test]
fn a_secret_signs_nothing_for_a_key_pair() {
    for algorithm in MINTED {
        let pair = KeyPair::generate(algorithm).unwrap();
        for kid in [pair.signing_key().kid(), &secret(SECRET).kid()] {
            let named = with(header(), "kid", json!(kid.as_str()));
            let named = with(named, "alg", json!(algorithm.name()));
            for ring in rings(&pair) {
                refused(&token(&named, &payload()), &ring);
            }
        }
        // And a key pair signs nothing for the secret.
        let claims = Claims::new("user-1", at(NOW), Duration::minutes(15));
        let signer = Signer::new(pair.signing_key().with_kid(secret(SECRET).kid().as_str()));
        for ring in rings(&pair) {
            let found = Verifier::new().open(&signer.sign(&claims).unwrap(), &ring);
            assert!(found.is_err());
        }
    }
}

#[test]
fn a_key_that_the_token_brings_along_is_not_used() {
    for algorithm in MINTED {
        let (ours, theirs) = (
            KeyPair::generate(algorithm).unwrap(),
            KeyPair::generate(algorithm).unwrap(),
        );
        let jwk = serde_json::to_value(theirs.verifying_key().jwk().unwrap()).unwrap();
        let brought = [
            ("jwk", jwk.clone()),
            ("jwk", json!({"keys": [jwk]})),
            ("jku", json!("https://attacker.example/jwks.json")),
            ("jku", json!("file:///dev/stdin")),
            ("x5u", json!("https://attacker.example/certificate.pem")),
            ("x5c", json!([BASE64_STANDARD.encode(b"certificate")])),
            ("x5t", json!("AAAA")),
            ("keys", json!([jwk])),
            ("iss", json!("https://attacker.example")),
        ];
        let own = ours.signing_key().kid().to_string();
        let other = theirs.signing_key().kid().to_string();
        for (name, value) in brought {
            for (kid, reason) in [
                (Some(&own), Reason::BadSignature),
                (Some(&other), Reason::KeyUnknown),
                (None, Reason::KeyIdMissing),
            ] {
                let mut header = json!({"alg": algorithm.name(), "typ": "at+jwt"});
                header[name] = value.clone();
                if let Some(kid) = kid {
                    header["kid"] = json!(kid);
                }
                let token = signed_with(&theirs, &unsigned(&header));
                let ring = Keyring::new(None, vec![ours.verifying_key()]);
                assert_eq!(Verifier::new().open(&token, &ring), Err(reason), "{name}");
                refused(&token, &ring);
            }
        }
    }
}

/// A signature over any text: the signer of this crate writes its own header.
fn signed_with(pair: &KeyPair, signed: &str) -> String {
    use aws_lc_rs::{
        rand::SystemRandom,
        signature::{
            ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256,
            RsaKeyPair,
        },
    };
    use secrecy::ExposeSecret;
    let (der, random) = (pair.to_pkcs8().expose_secret(), SystemRandom::new());
    let message = signed.as_bytes();
    let signature = match pair.algorithm() {
        Algorithm::RS256 => {
            let key = RsaKeyPair::from_pkcs8(der).unwrap();
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                .unwrap();
            signature
        }
        Algorithm::ES256 => {
            let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).unwrap();
            key.sign(&random, message).unwrap().as_ref().to_vec()
        }
        _ => {
            let key = Ed25519KeyPair::from_pkcs8(der).unwrap();
            key.sign(message).as_ref().to_vec()
        }
    };
    let token = format!("{signed}.{}", base64url(signature));
    // It would be good, were it ours.
    let header = signed.split('.').next().unwrap();
    let header = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(header);
    let header: Value = serde_json::from_slice(&header.unwrap()).unwrap();
    let kid = header["kid"].as_str().unwrap_or("any");
    let theirs = Keyring::new(None, vec![pair.verifying_key().with_kid(kid)]);
    let verifier = Verifier::new().without_key_id();
    assert!(verifier.open(&token, &theirs).is_ok());
    token
}

#[test]
fn the_name_of_a_key_is_only_compared() {
    let kid = secret(SECRET).kid().to_string();
    let names = [
        "../../../../../../dev/null".to_owned(),
        "/proc/sys/kernel/randomize_va_space".to_owned(),
        "..\\..\\windows\\win.ini".to_owned(),
        "file:///dev/null".to_owned(),
        "https://attacker.example/key".to_owned(),
        "x' UNION SELECT 'secret' -- ".to_owned(),
        format!("{kid}' OR '1'='1"),
        "'; DROP TABLE keys; --".to_owned(),
        "$(cat /etc/passwd)".to_owned(),
        "`id`|id;id\n".to_owned(),
        "{\"$ne\":null}".to_owned(),
        "*".to_owned(),
        "%".to_owned(),
        "0".to_owned(),
        format!("{kid}\0"),
        format!("{kid}\0.pem"),
        format!(" {kid}"),
        format!("{kid} "),
        format!("{kid}\r\nX-Header: 1"),
        kid.to_lowercase(),
        kid[..10].to_owned(),
        format!("{kid}A"),
        "x".repeat(4000),
        "\u{202e}\u{0}\u{feff}".to_owned(),
    ];
    for name in names {
        // By the right secret, by none, and by what such a file would hold.
        let named = with(header(), "kid", json!(name));
        assert_eq!(judge(&token(&named, &payload())), Err(Reason::KeyMismatch));
        let signed = unsigned(&named);
        for guess in [&b""[..], b"\0", b"secret", b"2\n", b"null", name.as_bytes()] {
            let key = hmac::Key::new(hmac::HMAC_SHA256, guess);
            let tag = base64url(hmac::sign(&key, signed.as_bytes()));
            let found = judge(&format!("{signed}.{tag}"));
            assert_eq!(found, Err(Reason::KeyMismatch), "{name}");
        }
    }
    assert!(judge(&token(&header(), &payload())).is_ok());
}
