//! Odd keys and key sets out of PyJWT's tests.

use tegata_token::{Algorithm, KeyRefused, KeySet};

use super::read;

/// The algorithms of the keys of a set, and why others were left out. A single key is put into a set.
fn found(name: &str) -> Option<(Vec<Algorithm>, Vec<KeyRefused>)> {
    let mut bytes = read(&format!("pyjwt-jwks/{name}.json"));
    if !name.contains("keyset") {
        bytes = [b"{\"keys\":[", &bytes[..], b"]}"].concat();
    }
    let set = KeySet::parse(&bytes).ok()?;
    let algorithms = set.keys.iter().map(|key| key.algorithm()).collect();
    let refused = set.skipped.iter().map(|key| key.why).collect();
    Some((algorithms, refused))
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn keys_that_are_known_are_read_and_the_others_are_told() {
    use KeyRefused::{NotForSignatures, Symmetric, UnknownAlgorithm};
    let one = |algorithm| Some((vec![algorithm], vec![]));
    let none = |why| Some((vec![], vec![why]));
    let cases = [
        ("jwk_ec_pub_P-256", one(Algorithm::ES256)),
        ("jwk_ec_pub_secp256k1", none(UnknownAlgorithm)),
        ("jwk_empty", Some((vec![], vec![]))),
        ("jwk_hmac", none(Symmetric)),
        // RSA-OAEP, for encryption
        ("jwk_keyset_only_unknown_alg", none(NotForSignatures)),
        (
            "jwk_keyset_with_unknown_alg",
            Some((vec![Algorithm::RS256], vec![NotForSignatures])),
        ),
        ("jwk_okp_pub_Ed25519", one(Algorithm::EdDSA)),
        ("jwk_okp_pub_Ed448", none(UnknownAlgorithm)),
        ("jwk_rsa_pub", one(Algorithm::RS256)),
    ];
    for (name, expected) in &cases {
        assert_eq!(&found(name), expected, "{name}");
        // Without a list around it, it is no set.
        let bare = KeySet::parse(&read(&format!("pyjwt-jwks/{name}.json")));
        assert_eq!(bare.is_ok(), name.contains("keyset"), "{name}");
    }
    println!("PyJWT, key sets: {} files", cases.len());
}
