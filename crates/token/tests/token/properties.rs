//! Whatever comes in, the verifier answers; and no change to a good token leaves it good.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use proptest::prelude::*;
use tegata_token::{
    Claims, HmacSecret, KeyPair, Keyring, Signer, Verifier, inspect, json::parse_object,
};
use time::Duration;

use crate::{
    forge::{NOW, at, base64url, forge, header, judge, keys, payload, token},
    known_keys::{ed25519, p256, rsa},
    odd_json::{altered, values},
};

fn good() -> String {
    token(&header(), &payload())
}

proptest! {
    #[test]
    fn no_text_is_a_token(text in any::<String>()) {
        prop_assert!(judge(&text).is_err());
        let _ = inspect(&text);
    }

    #[test]
    fn no_three_segments_are_a_token(text in "[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}") {
        prop_assert!(judge(&text).is_err());
    }

    #[test]
    fn no_signed_bytes_make_it_fall(
        head in proptest::collection::vec(any::<u8>(), 0..80),
        body in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        prop_assert!(judge(&forge(&head, payload().to_string())).is_err());
        prop_assert!(judge(&forge(header().to_string(), &body)).is_err());
        let _ = parse_object(&body);
    }

    #[test]
    fn a_changed_letter_spoils_a_token(place in any::<prop::sample::Index>(), letter in any::<char>()) {
        let good = good();
        let place = place.index(good.len());
        let changed = format!("{}{letter}{}", &good[..place], &good[place + 1..]);
        prop_assume!(changed != good);
        prop_assert!(judge(&changed).is_err());
    }

    #[test]
    fn a_letter_more_or_less_spoils_a_token(
        place in any::<prop::sample::Index>(),
        letter in "[A-Za-z0-9_.=-]",
    ) {
        let good = good();
        let place = place.index(good.len());
        let (front, back) = good.split_at(place);
        let more = format!("{front}{letter}{back}");
        let less = format!("{front}{}", &back[1..]);
        prop_assert!(judge(&more).is_err());
        prop_assert!(judge(&less).is_err());
        prop_assert!(judge(front).is_err());
        prop_assert!(judge(back).is_err() || place == 0);
    }

    #[test]
    fn bits_turned_in_the_payload_spoil_a_token(place in any::<prop::sample::Index>(), bit in 0..8u8) {
        let good = good();
        let (_, signature) = good.rsplit_once('.').unwrap_or_default();
        let mut body = payload().to_string().into_bytes();
        let place = place.index(body.len());
        body[place] ^= 1 << bit;
        let forged = forge(header().to_string(), body);
        let (signed, _) = forged.rsplit_once('.').unwrap_or_default();
        let changed = format!("{signed}.{signature}");
        prop_assert!(judge(&changed).is_err());
    }

    #[test]
    fn no_text_makes_the_secret_parser_fall(text in any::<String>(), prefix in "(hex:|base64:)?") {
        let text = format!("{prefix}{text}");
        if let Ok(secret) = HmacSecret::parse(&text) {
            prop_assert!(HmacSecret::parse_insecure(&text).is_ok());
            let ring = Keyring::shared_secret(secret, Vec::new());
            let kid = ring.kids().next().map(|kid| kid.as_str().len());
            prop_assert_eq!(kid, Some(11));
        }
    }

    #[test]
    fn no_text_is_a_known_kid(text in any::<String>()) {
        prop_assert!(!keys().contains(&text));
    }
}

/// A good token of each algorithm that tokens are minted with, and the keys that verify it.
pub(crate) static MINTED: LazyLock<Vec<(String, Keyring)>> = LazyLock::new(|| {
    let claims = Claims::new("user-1", at(NOW), Duration::minutes(15));
    let mut rings = vec![keys()];
    for jwk in [rsa(), p256(), ed25519()] {
        let pair = KeyPair::from_jwk(&jwk).unwrap();
        let verifying = vec![pair.verifying_key()];
        rings.push(Keyring::new(Some(pair.signing_key()), verifying));
    }
    let minted = rings.into_iter().map(|ring| {
        let signer = Signer::new(ring.signing().unwrap().clone());
        (signer.sign(&claims).unwrap(), ring)
    });
    minted.collect()
});

/// By the verifier that accepts most: a token may name its key or not.
fn is_good(token: &str, ring: &Keyring) -> bool {
    let verifier = Verifier::new().without_key_id();
    verifier.open(token, ring).is_ok()
}

#[test]
fn the_tokens_to_be_spoilt_are_good() {
    for (token, ring) in MINTED.iter() {
        assert!(is_good(token, ring));
    }
}

/// Each bit of each segment: not of its letters only, but of what they stand for.
#[test]
fn a_bit_turned_in_any_segment_spoils_a_token_of_any_algorithm() {
    for (token, ring) in MINTED.iter() {
        let segments: Vec<Vec<u8>> = token
            .split('.')
            .map(|segment| BASE64_URL_SAFE_NO_PAD.decode(segment).unwrap())
            .collect();
        for (which, segment) in segments.iter().enumerate() {
            for place in 0..segment.len() * 8 {
                let mut changed = segments.clone();
                changed[which][place / 8] ^= 1 << (place % 8);
                let changed: Vec<String> = changed.iter().map(base64url).collect();
                assert!(!is_good(&changed.join("."), ring), "{which} {place}");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_json_makes_the_verifier_fall(
        head in prop_oneof![values(), altered(header())],
        body in prop_oneof![values(), altered(payload())],
    ) {
        let token = token(&head, &body);
        let rules = [
            Verifier::new(),
            Verifier::new()
                .with_types(&["JWT"], true)
                .without_key_id()
                .with_inclusive_leeway()
                .with_subject_claim("identity")
                .with_required_claims(&["iat"]),
        ];
        for verifier in rules {
            if let Ok(claims) = verifier.verify(&token, &keys(), at(NOW)) {
                prop_assert!(!claims.sub.is_empty());
                prop_assert!(claims.exp > NOW - 11);
                prop_assert!(head["alg"] == "HS256");
                prop_assert!(head.get("crit").is_none());
            }
        }
        let _ = inspect(&token);
    }

    #[test]
    fn a_token_of_one_secret_is_none_of_another(one in "[ -~]{32,80}", two in "[ -~]{32,80}") {
        prop_assume!(one != two);
        let (Ok(one), Ok(two)) = (HmacSecret::parse(&one), HmacSecret::parse(&two)) else {
            return Ok(());
        };
        let claims = Claims::new("user-1", at(NOW), Duration::minutes(15));
        let token = Signer::new(one.signing_key()).sign(&claims).unwrap();
        prop_assert!(is_good(&token, &Keyring::shared_secret(one.clone(), Vec::new())));
        prop_assert!(!is_good(&token, &Keyring::shared_secret(two.clone(), Vec::new())));
        // Not even where the other bears its name.
        let named = two.verifying_key().with_kid(one.kid().as_str());
        prop_assert!(!is_good(&token, &Keyring::new(None, vec![named])));
    }
}
