//! Signatures of key pairs that are almost right: each is made out of a good one, or out of numbers that break
//! the formula.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tegata_token::{
    Algorithm, Claims, KeyPair, Keyring, Opened, Reason, Signer, Verifier, VerifyingKey,
};
use time::Duration;

use crate::{
    forge::{NOW, at, base64url},
    known_keys::rsa,
};

const MINTED: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// A good token and what verifies it.
struct Case {
    pair: KeyPair,
    keys: Keyring,
    signed: String,
    signature: Vec<u8>,
}

impl Case {
    fn new(algorithm: Algorithm) -> Self {
        Self::of(KeyPair::generate(algorithm).unwrap(), "user-1")
    }

    fn of(pair: KeyPair, subject: &str) -> Self {
        let claims = Claims::new(subject, at(NOW), Duration::minutes(15));
        let token = Signer::new(pair.signing_key()).sign(&claims).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let case = Self {
            keys: Keyring::new(None, vec![pair.verifying_key()]),
            signed: signed.to_owned(),
            signature: BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap(),
            pair,
        };
        assert!(case.open(&case.signature).is_ok());
        case
    }

    fn open(&self, signature: impl AsRef<[u8]>) -> Result<Opened, Reason> {
        let token = format!("{}.{}", self.signed, base64url(signature));
        Verifier::new().open(&token, &self.keys)
    }

    fn refuse(&self, why: &str, signature: impl AsRef<[u8]>) {
        let signature = signature.as_ref();
        assert_eq!(
            self.open(signature),
            Err(Reason::BadSignature),
            "{} {why}: {signature:02x?}",
            self.pair.algorithm()
        );
    }
}

/// Of numbers as long as the first, big-endian. What is beyond the first digit is lost.
fn add(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let digits = a.iter().zip(b).rev().map(|(&a, &b)| {
        carry += u16::from(a) + u16::from(b);
        let [high, low] = carry.to_be_bytes();
        carry = high.into();
        low
    });
    let mut sum: Vec<u8> = digits.collect();
    sum.reverse();
    sum
}

/// The two's complement.
fn negative(a: &[u8]) -> Vec<u8> {
    let inverted: Vec<u8> = a.iter().map(|digit| !digit).collect();
    let mut one = vec![0; a.len()];
    *one.last_mut().unwrap() = 1;
    add(&inverted, &one)
}

#[test]
fn a_signature_has_exactly_its_length() {
    for algorithm in MINTED {
        let case = Case::new(algorithm);
        let good = &case.signature;
        case.refuse("none", []);
        case.refuse("its first byte", &good[..1]);
        case.refuse("without its last byte", &good[..good.len() - 1]);
        case.refuse("without its first byte", &good[1..]);
        case.refuse("its first half", &good[..good.len() / 2]);
        case.refuse("a zero after it", [&good[..], &[0]].concat());
        case.refuse("a zero before it", [&[0], &good[..]].concat());
        case.refuse("twice", good.repeat(2));
        case.refuse("zeros", vec![0; good.len()]);
        case.refuse("ones", vec![0xff; good.len()]);
        case.refuse("as long as a token allows", vec![0x30; 4096]);
    }
}

#[test]
fn a_bit_more_or_less_spoils_it() {
    for algorithm in MINTED {
        let case = Case::new(algorithm);
        for place in 0..case.signature.len() * 8 {
            let mut signature = case.signature.clone();
            signature[place / 8] ^= 1 << (place % 8);
            case.refuse("a bit", signature);
        }
    }
}

/// The order of P-256.
const N: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// CVE-2022-21449 is the first of them: r = s = 0 was good for anything in Java.
#[test]
fn numbers_that_are_none_in_ecdsa_are_refused() {
    let case = Case::new(Algorithm::ES256);
    let (r, s) = case.signature.split_at(32);
    let small = |number: u8| {
        let mut bytes = vec![0; 32];
        bytes[31] = number;
        bytes
    };
    let one = small(1);
    let numbers = [
        small(0),
        one.clone(),
        small(2),
        add(&N, &negative(&one)),
        N.to_vec(),
        add(&N, &one),
        vec![0xff; 32],
    ];
    for first in &numbers {
        for second in &numbers {
            case.refuse("odd numbers", [&first[..], second].concat());
        }
        case.refuse("an odd r", [first, s].concat());
        case.refuse("an odd s", [r, first].concat());
    }
    case.refuse("s before r", [s, r].concat());
    case.refuse("−r", [&add(&N, &negative(r)), s].concat());
}

/// Each ECDSA signature has a twin. JOSE does not ask for the smaller one, and many signers do not care: a token
/// that is good stays good. So nothing may tell tokens apart by their signatures.
#[test]
fn the_twin_of_an_ecdsa_signature_is_good() {
    let case = Case::new(Algorithm::ES256);
    let (r, s) = case.signature.split_at(32);
    let twin = [r, &add(&N, &negative(s))].concat();
    assert_ne!(twin, case.signature);
    assert!(case.open(twin).is_ok());
}

#[test]
fn an_ecdsa_signature_in_der_is_refused() {
    let case = Case::new(Algorithm::ES256);
    let pkcs8 = case.pair.to_pkcs8().expose_secret();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).unwrap();
    for _ in 0..20 {
        let der = key.sign(&SystemRandom::new(), case.signed.as_bytes());
        case.refuse("DER", der.unwrap());
    }
}

#[test]
fn numbers_are_padded_to_their_size_in_ecdsa() {
    let mut pair = KeyPair::generate(Algorithm::ES256).unwrap();
    // One r in 256 begins with a zero.
    for attempt in 0..10_000 {
        let case = Case::of(pair, &format!("user-{attempt}"));
        if case.signature[0] == 0 {
            case.refuse("a short r", &case.signature[1..]);
            let (r, s) = case.signature.split_at(32);
            case.refuse(
                "a short r, filled up at the end",
                [&r[1..], s, &[0]].concat(),
            );
            return;
        }
        pair = case.pair;
    }
    unreachable!("no r begins with a zero");
}

/// RFC 8032 §5.1.7 wants S below the order of the group: otherwise each signature would have others like it.
#[test]
fn s_is_below_the_order_in_ed25519() {
    const ORDER: [u8; 32] = [
        0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x14, 0xde, 0xf9, 0xde, 0xa2, 0xf7, 0x9c, 0xd6, 0x58, 0x12, 0x63, 0x1a, 0x5c, 0xf5,
        0xd3, 0xed,
    ];
    let case = Case::new(Algorithm::EdDSA);
    let (r, s) = case.signature.split_at(32);
    let mut more = s.to_vec();
    // It goes into the 256 bits fourteen times more.
    for times in 1..=14 {
        more.reverse();
        more = add(&more, &ORDER);
        more.reverse();
        case.refuse(&format!("{times} orders more"), [r, &more].concat());
    }
    case.refuse("another sign of R", {
        let mut signature = case.signature.clone();
        signature[31] ^= 0x80;
        signature
    });
    case.refuse("S before R", [s, r].concat());
}

#[test]
fn a_signature_is_below_the_modulus_in_rsa() {
    let modulus = BASE64_URL_SAFE_NO_PAD.decode(rsa()["n"].as_str().unwrap());
    let modulus = modulus.unwrap();
    let mut found = 0;
    for attempt in 0..50 {
        let pair = KeyPair::from_jwk(&rsa()).unwrap();
        let case = Case::of(pair, &format!("user-{attempt}"));
        let more = add(&case.signature, &modulus);
        // Of the same length only where nothing was lost.
        if more > case.signature {
            case.refuse("a modulus more", more);
            found += 1;
        }
        case.refuse("−s", add(&modulus, &negative(&case.signature)));
    }
    assert!(found > 0);
}

#[test]
fn an_rsa_key_verifies_its_own_algorithm_only() {
    use aws_lc_rs::signature::{
        RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
        RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
    };
    let algorithms: [(&str, &'static dyn RsaEncoding); 6] = [
        ("RS256", &RSA_PKCS1_SHA256),
        ("RS384", &RSA_PKCS1_SHA384),
        ("RS512", &RSA_PKCS1_SHA512),
        ("PS256", &RSA_PSS_SHA256),
        ("PS384", &RSA_PSS_SHA384),
        ("PS512", &RSA_PSS_SHA512),
    ];
    let pair = KeyPair::from_jwk(&rsa()).unwrap();
    let private = RsaKeyPair::from_pkcs8(pair.to_pkcs8().expose_secret()).unwrap();
    let public = |name: &str| {
        let public = pair.verifying_key().jwk().unwrap();
        let Ok(Value::Object(mut jwk)) = serde_json::to_value(public) else {
            unreachable!()
        };
        jwk.insert("alg".to_owned(), json!(name));
        VerifyingKey::from_jwk(&jwk).unwrap()
    };
    let kid = pair.signing_key().kid().to_string();
    for (of_key, _) in algorithms {
        let keys = Keyring::new(None, vec![public(of_key)]);
        let all = algorithms.map(|(name, _)| public(name)).to_vec();
        let all = Keyring::new(None, all);
        for (of_header, _) in algorithms {
            for (of_signature, encoding) in algorithms {
                let header = json!({"alg": of_header, "typ": "at+jwt", "kid": kid});
                let signed = format!("{}.{}", base64url(header.to_string()), base64url("{}"));
                let mut signature = vec![0; private.public_modulus_len()];
                let random = SystemRandom::new();
                private
                    .sign(encoding, &random, signed.as_bytes(), &mut signature)
                    .unwrap();
                let token = format!("{signed}.{}", base64url(signature));
                let expected = if of_header != of_key {
                    Err(Reason::AlgorithmNotAllowed)
                } else if of_signature != of_header {
                    Err(Reason::BadSignature)
                } else {
                    Ok(())
                };
                let found = Verifier::new().open(&token, &keys).map(|_| ());
                assert_eq!(found, expected, "{of_key} {of_header} {of_signature}");
                // One key in six roles, all of one name: the header's has to be the signature's.
                let found = Verifier::new().open(&token, &all).is_ok();
                assert_eq!(found, of_signature == of_header);
            }
        }
    }
}
