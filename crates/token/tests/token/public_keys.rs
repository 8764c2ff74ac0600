//! Public keys that are none, or are for something else: what is wrong with each is one thing, and it is told.
//! Their numbers are in `key_numbers`.

use serde_json::{Map, json};
use tegata_token::{Algorithm, KeyRefused, VerifyingKey};

use crate::{
    forge::base64url,
    known_keys::{Jwk, ed25519, p256, public, rsa, with, without},
};

fn load(jwk: &Jwk) -> Result<Algorithm, KeyRefused> {
    VerifyingKey::from_jwk(jwk).map(|key| key.algorithm())
}

fn all() -> [Jwk; 3] {
    [public(rsa()), public(p256()), public(ed25519())]
}

#[test]
fn good_keys_are_loaded_for_the_algorithm_of_their_type() {
    let algorithms = all().map(|jwk| load(&jwk));
    let expected = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA].map(Ok);
    assert_eq!(algorithms, expected);
    for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
        let found = load(&with(public(rsa()), "alg", algorithm));
        assert_eq!(found.unwrap().name(), algorithm);
    }
    for jwk in all() {
        let jwk = with(with(jwk, "use", "sig"), "key_ops", json!(["verify"]));
        // Certificates, dates and the like are nobody's business here.
        let jwk = with(with(jwk, "x5c", json!([1, null])), "exp", "tomorrow");
        assert!(load(&jwk).is_ok());
    }
}

#[test]
fn an_algorithm_that_does_not_fit_the_key_is_refused() {
    let names = [
        "HS256", "HS512", "none", "", "RSA-OAEP", "ECDH-ES", "ES384", "ES512", "ES256K", "rs256",
    ];
    for jwk in all() {
        for name in names {
            let found = load(&with(jwk.clone(), "alg", name));
            assert_eq!(found, Err(KeyRefused::UnknownAlgorithm), "{name}");
        }
    }
    for (jwk, name) in [
        (public(rsa()), "ES256"),
        (public(rsa()), "EdDSA"),
        (public(p256()), "RS256"),
        (public(p256()), "EdDSA"),
        (public(ed25519()), "ES256"),
        (public(ed25519()), "PS256"),
    ] {
        let found = load(&with(jwk, "alg", name));
        assert_eq!(found, Err(KeyRefused::UnknownAlgorithm), "{name}");
    }
}

#[test]
fn a_key_for_another_use_is_refused() {
    for jwk in all() {
        for usage in ["enc", "", "SIG", "sig "] {
            let found = load(&with(jwk.clone(), "use", usage));
            assert_eq!(found, Err(KeyRefused::NotForSignatures), "{usage}");
        }
        for operations in [
            json!([]),
            json!(["encrypt"]),
            json!(["sign"]),
            json!([["verify"]]),
        ] {
            let found = load(&with(jwk.clone(), "key_ops", operations.clone()));
            assert_eq!(found, Err(KeyRefused::NotForSignatures), "{operations}");
        }
        // What one of the two permits, the other may forbid.
        let both = with(with(jwk, "use", "sig"), "key_ops", json!(["wrapKey"]));
        assert_eq!(load(&both), Err(KeyRefused::NotForSignatures));
    }
}

#[test]
fn a_private_half_is_refused_whichever_part_of_it_is_there() {
    for private in [rsa(), p256(), ed25519()] {
        assert_eq!(load(&private), Err(KeyRefused::PrivateHalf));
    }
    for part in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
        let jwk = with(public(rsa()), part, "AQAB");
        assert_eq!(load(&jwk), Err(KeyRefused::PrivateHalf), "{part}");
    }
}

#[test]
fn a_secret_is_refused_whatever_it_is_said_to_be() {
    for name in ["HS256", "RS256", "none"] {
        let jwk = json!({"kty": "oct", "k": base64url([7; 32]), "alg": name});
        let found = load(jwk.as_object().unwrap());
        assert_eq!(found, Err(KeyRefused::Symmetric));
    }
}

#[test]
fn members_of_other_types_are_malformed() {
    let odd = [json!(null), json!(1), json!(["x"]), json!({}), json!(true)];
    for jwk in all() {
        let of_key = jwk.keys().cloned().collect::<Vec<_>>();
        let names = of_key
            .iter()
            .map(String::as_str)
            .chain(["use", "alg", "kid"]);
        for name in names {
            for value in &odd {
                let found = load(&with(jwk.clone(), name, value.clone()));
                assert_eq!(found, Err(KeyRefused::Malformed), "{name}: {value}");
            }
        }
        for operations in [json!(null), json!("verify"), json!({"verify": 1})] {
            let found = load(&with(jwk.clone(), "key_ops", operations));
            assert_eq!(found, Err(KeyRefused::Malformed));
        }
        for name in of_key.iter().filter(|name| *name != "crv") {
            let found = load(&without(jwk.clone(), name));
            assert_eq!(found, Err(KeyRefused::Malformed), "{name}");
        }
    }
    assert_eq!(load(&Map::new()), Err(KeyRefused::Malformed));
}

#[test]
fn types_and_curves_have_one_spelling() {
    for kty in ["", "rsa", "Rsa", "RSA ", "ec", "okp", "DSA", "EC2", "AKP"] {
        for jwk in all() {
            let found = load(&with(jwk, "kty", kty));
            assert_eq!(found, Err(KeyRefused::UnknownAlgorithm), "{kty}");
        }
    }
    for crv in [
        "",
        "p-256",
        "P256",
        "P-521",
        "secp256k1",
        "Ed448",
        "X25519",
        "ed25519",
    ] {
        for jwk in [public(p256()), public(ed25519())] {
            let found = load(&with(jwk, "crv", crv));
            assert_eq!(found, Err(KeyRefused::UnknownAlgorithm), "{crv}");
        }
    }
    for jwk in [public(p256()), public(ed25519())] {
        let found = load(&without(jwk, "crv"));
        assert_eq!(found, Err(KeyRefused::UnknownAlgorithm));
    }
}

#[test]
fn a_refusal_is_one_line_and_shows_nothing_of_the_key() {
    let jwk = with(rsa(), "kid", "the-name");
    let refused = VerifyingKey::from_jwk(&jwk).unwrap_err();
    let told = format!("{refused} {refused:?}");
    assert!(!told.contains('\n'));
    for (_, value) in jwk {
        assert!(!told.contains(value.as_str().unwrap()), "{told}");
    }
}
