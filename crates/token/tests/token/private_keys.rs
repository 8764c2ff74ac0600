//! Private keys whose parts do not belong together: what signed with them would fail everywhere, or tell the
//! key (a wrong remainder of RSA does). None is loaded.

use secrecy::ExposeSecret;
use serde_json::{Map, json};
use tegata_token::{
    Algorithm, BadKeyPair, Claims, KeyPair, KeyRefused, Keyring, Signer, Verifier, VerifyingKey,
};
use time::Duration;

use crate::{
    forge::{NOW, at, base64url},
    known_keys::{Jwk, ed25519, number, p256, public, rsa, with},
};

fn load(jwk: &Jwk) -> Result<Algorithm, BadKeyPair> {
    KeyPair::from_jwk(jwk).map(|pair| pair.algorithm())
}

#[test]
fn the_keys_of_the_rfcs_sign_and_are_named_by_their_public_halves() {
    for jwk in [rsa(), p256(), ed25519()] {
        // What its owner says of it is not asked.
        for jwk in [jwk.clone(), with(with(jwk, "use", "enc"), "kid", "other")] {
            let pair = KeyPair::from_jwk(&jwk).unwrap();
            let mut public = public(jwk);
            public.remove("use");
            public.remove("kid");
            let key = VerifyingKey::from_jwk(&public).unwrap();
            let claims = Claims::new("user-1", at(NOW), Duration::minutes(15));
            let token = Signer::new(pair.signing_key()).sign(&claims).unwrap();
            let keys = Keyring::new(None, vec![key]);
            assert!(Verifier::new().verify(&token, &keys, at(NOW)).is_ok());
        }
    }
}

#[test]
fn each_part_of_an_rsa_key_has_to_fit() {
    assert_eq!(load(&rsa()), Ok(Algorithm::RS256));
    let parts = ["n", "d", "p", "q", "dp", "dq", "qi"];
    for part in parts {
        let good = number(&rsa(), part);
        let mut flipped = good.clone();
        *flipped.last_mut().unwrap() ^= 2;
        let mut odd = vec![flipped, vec![], vec![0], vec![1], vec![0xff; good.len()]];
        odd.push([&good[..], &[1]].concat());
        for value in odd {
            let found = load(&with(rsa(), part, base64url(&value)));
            assert!(found.is_err(), "{part}: {value:02x?}");
        }
        let mut jwk = rsa();
        jwk.remove(part);
        assert_eq!(
            load(&jwk),
            Err(BadKeyPair::Public(KeyRefused::Malformed)),
            "{part}"
        );
    }
    let swapped = with(
        with(rsa(), "p", rsa()["q"].clone()),
        "q",
        rsa()["p"].clone(),
    );
    assert!(load(&swapped).is_err());
    let another = with(rsa(), "e", "Aw");
    assert!(load(&another).is_err());
}

#[test]
fn the_halves_of_a_p256_key_have_to_fit() {
    assert_eq!(load(&p256()), Ok(Algorithm::ES256));
    let good = number(&p256(), "d");
    // The order of the group, and beyond.
    let order = b"\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\
        \xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
    for d in [
        &[][..],
        &[0; 32],
        &[1],
        &order[..],
        &[0xff; 32],
        &good[1..],
        &[&good[..], &[0]].concat(),
    ] {
        let found = load(&with(p256(), "d", base64url(d)));
        assert_eq!(found, Err(BadKeyPair::NotSupported), "{d:02x?}");
    }
    // A point, but of another key.
    let mut mixed = p256();
    let other = KeyPair::generate(Algorithm::ES256).unwrap();
    let other = serde_json::to_value(other.verifying_key().jwk().unwrap()).unwrap();
    for member in ["x", "y"] {
        mixed.insert(member.to_owned(), other[member].clone());
    }
    assert_eq!(load(&mixed), Err(BadKeyPair::NotSupported));
    let mut off = number(&p256(), "y");
    off[31] ^= 1;
    assert_eq!(
        load(&with(p256(), "y", base64url(off))),
        Err(BadKeyPair::Public(KeyRefused::BadPoint))
    );
}

#[test]
fn the_halves_of_an_ed25519_key_have_to_fit() {
    assert_eq!(load(&ed25519()), Ok(Algorithm::EdDSA));
    let good = number(&ed25519(), "d");
    let x = number(&ed25519(), "x");
    for d in [
        &[][..],
        &[0; 32],
        &good[..31],
        &[&good[..], &[0]].concat(),
        // As other libraries keep it: both halves.
        &[&good[..], &x].concat(),
        &x,
    ] {
        let found = load(&with(ed25519(), "d", base64url(d)));
        assert_eq!(found, Err(BadKeyPair::NotSupported), "{d:02x?}");
    }
    let found = load(&with(ed25519(), "x", base64url([0; 32])));
    assert_eq!(found, Err(BadKeyPair::Public(KeyRefused::BadPoint)));
}

#[test]
fn what_is_no_private_key_is_none() {
    for jwk in [rsa(), p256(), ed25519()] {
        let found = load(&public(jwk.clone()));
        assert_eq!(found, Err(BadKeyPair::Public(KeyRefused::Malformed)));
        for odd in [json!(null), json!(1), json!("=="), json!(["AQ"])] {
            let found = load(&with(jwk.clone(), "d", odd.clone()));
            assert_eq!(
                found,
                Err(BadKeyPair::Public(KeyRefused::Malformed)),
                "{odd}"
            );
        }
    }
    let secret = json!({"kty": "oct", "k": base64url([7; 32]), "d": base64url([7; 32])});
    assert!(load(secret.as_object().unwrap()).is_err());
    assert!(load(&Map::new()).is_err());
}

/// PKCS #8 holds the public half too: a file whose halves differ would sign what its name does not verify.
#[test]
fn a_kept_key_with_the_public_half_of_another_is_refused() {
    for algorithm in [Algorithm::ES256, Algorithm::RS256] {
        let der = |pair: &KeyPair| pair.to_pkcs8().expose_secret().to_vec();
        let (one, two) = (
            der(&KeyPair::generate(algorithm).unwrap()),
            der(&KeyPair::generate(algorithm).unwrap()),
        );
        assert!(KeyPair::from_pkcs8(&one).is_ok());
        let mut mixed = one.clone();
        let half = if algorithm == Algorithm::ES256 {
            // The point stands at the end.
            one.len() - 64..one.len()
        } else {
            // The modulus stands after the version.
            40..290
        };
        mixed[half.clone()].copy_from_slice(&two[half]);
        assert!(KeyPair::from_pkcs8(&mixed).is_err(), "{algorithm}");
    }
}

#[test]
fn a_kept_key_that_was_cut_or_altered_is_refused_or_the_same_key() {
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA] {
        let pair = KeyPair::generate(algorithm).unwrap();
        let der = pair.to_pkcs8().expose_secret().to_vec();
        for length in 0..der.len() {
            assert!(KeyPair::from_pkcs8(&der[..length]).is_err(), "{length}");
        }
        for place in 0..der.len() * 8 {
            let mut altered = der.clone();
            altered[place / 8] ^= 1 << (place % 8);
            // Ed25519 knows no wrong seed: what is read has a name of its own, and signs for that.
            if let Ok(other) = KeyPair::from_pkcs8(&altered) {
                let claims = Claims::new("user-1", at(NOW), Duration::minutes(15));
                let token = Signer::new(other.signing_key()).sign(&claims).unwrap();
                let keys = Keyring::new(None, vec![other.verifying_key()]);
                assert!(Verifier::new().verify(&token, &keys, at(NOW)).is_ok());
            }
        }
    }
}

#[test]
fn a_refusal_shows_nothing_of_the_key() {
    for jwk in [rsa(), p256(), ed25519()] {
        let shown = format!("{:?}", KeyPair::from_jwk(&jwk).unwrap());
        let broken = with(jwk.clone(), "d", base64url([1; 40]));
        let refused = KeyPair::from_jwk(&broken).unwrap_err();
        let told = format!("{refused} {refused:?} {shown}");
        assert!(!told.contains(jwk["d"].as_str().unwrap()), "{told}");
        assert!(!told.contains(&base64url([1; 40])), "{told}");
    }
}
