//! Tokens in other people's manner: the rules that a guard for them changes, and those that it cannot.

use aws_lc_rs::hmac;
use serde_json::{Value, json};
use tegata_token::{Algorithm, HmacSecret, KeyRefused, Keyring, Reason, Signer, Verifier};
use time::Duration;

use crate::forge::{
    NOW, SECRET, at, base64url, header, keys, payload, secret, token, with, without,
};

fn judge(verifier: &Verifier, token: &str) -> Result<String, Reason> {
    let claims = verifier.verify(token, &keys(), at(NOW))?;
    Ok(claims.sub)
}

/// Flask-JWT's.
fn identity(identity: &Value) -> String {
    let claims = json!({"identity": identity, "iat": NOW, "nbf": NOW, "exp": NOW + 300});
    token(&header(), &claims)
}

#[test]
fn whom_a_token_speaks_of_may_be_in_another_claim() {
    let verifier = Verifier::new().with_subject_claim("identity");
    for (value, subject) in [
        (json!(1), "1"),
        (json!(0), "0"),
        (json!(-7), "-7"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!("user-1"), "user-1"),
    ] {
        let found = verifier
            .verify(&identity(&value), &keys(), at(NOW))
            .unwrap();
        assert_eq!(found.sub, subject);
        assert_eq!(found.extra["identity"], value);
    }
    for odd in [
        json!(null),
        json!(true),
        json!(1.0),
        json!(1.5),
        json!(1e300),
        json!([1]),
        json!({"id": 1}),
    ] {
        let found = judge(&verifier, &identity(&odd));
        assert_eq!(found, Err(Reason::Malformed), "{odd}");
    }
    let missing = Err(Reason::ClaimMissing("identity"));
    assert_eq!(judge(&verifier, &identity(&json!(""))), missing);
    // `sub` is no substitute, nor may it be nonsense.
    assert_eq!(judge(&verifier, &token(&header(), &payload())), missing);
    let both = with(with(payload(), "identity", json!("a")), "sub", json!("b"));
    assert_eq!(
        judge(&verifier, &token(&header(), &both)),
        Ok("a".to_owned())
    );
    let odd = with(both, "sub", json!(1));
    let found = judge(&verifier, &token(&header(), &odd));
    assert_eq!(found, Err(Reason::Malformed));
    // And with our own rules it is an extra claim like any other.
    let found = judge(&Verifier::new(), &identity(&json!(1)));
    assert_eq!(found, Err(Reason::ClaimMissing("sub")));
}

#[test]
fn claims_can_be_required() {
    let verifier = Verifier::new().with_required_claims(&["iat", "email"]);
    let good = with(payload(), "email", json!("a@example"));
    assert!(judge(&verifier, &token(&header(), &good)).is_ok());
    for (claims, missing) in [
        (payload(), "email"),
        (without(good.clone(), "iat"), "iat"),
        // Null says nothing.
        (with(good.clone(), "email", json!(null)), "email"),
    ] {
        let found = judge(&verifier, &token(&header(), &claims));
        assert_eq!(found, Err(Reason::ClaimMissing(missing)));
    }
    // What says something says it, however little; and `exp` is never optional.
    for value in [json!(""), json!(false), json!(0), json!([])] {
        let claims = with(good.clone(), "email", value);
        assert!(judge(&verifier, &token(&header(), &claims)).is_ok());
    }
    let relaxed = Verifier::new().with_required_claims(&[]);
    let found = judge(&relaxed, &token(&header(), &without(payload(), "exp")));
    assert_eq!(found, Err(Reason::ClaimMissing("exp")));
}

#[test]
fn the_leeway_may_include_its_last_second() {
    let exclusive = Verifier::new();
    let inclusive = Verifier::new().with_inclusive_leeway();
    let token = token(&header(), &with(payload(), "exp", json!(NOW)));
    let judge = |verifier: &Verifier, now| verifier.verify(&token, &keys(), now).err();
    let end = at(NOW + 10);
    for verifier in [&exclusive, &inclusive] {
        assert_eq!(judge(verifier, end - Duration::SECOND), None);
        assert_eq!(
            judge(verifier, end + Duration::SECOND),
            Some(Reason::Expired)
        );
    }
    assert_eq!(judge(&exclusive, end), Some(Reason::Expired));
    assert_eq!(judge(&inclusive, end), None);
    let last = end + Duration::SECOND - Duration::NANOSECOND;
    assert_eq!(judge(&inclusive, last), None, "the whole of it");
    // Of the other times it changes nothing.
    let strict = inclusive.with_leeway(Duration::ZERO);
    let early = with(payload(), "nbf", json!(NOW + 1));
    let early = crate::forge::token(&header(), &early);
    let found = strict.verify(&early, &keys(), at(NOW)).err();
    assert_eq!(found, Some(Reason::NotYetValid));
}

#[test]
fn a_token_without_a_key_id_is_tried_with_every_key() {
    let other = secret("a secret of somebody else, just as long");
    let ring = Keyring::shared_secret(other.clone(), vec![secret(SECRET)]);
    let verifier = Verifier::new().without_key_id();
    let nameless = token(&without(header(), "kid"), &payload());
    let opened = verifier.open(&nameless, &ring).unwrap();
    assert_eq!(
        opened.kid(),
        &secret(SECRET).kid(),
        "it says which one it was"
    );
    assert_eq!(
        Verifier::new().open(&nameless, &ring),
        Err(Reason::KeyIdMissing)
    );
    let alone = Keyring::shared_secret(other, Vec::new());
    assert_eq!(verifier.open(&nameless, &alone), Err(Reason::BadSignature));
    // One that names a key is held to it.
    let unknown = token(&with(header(), "kid", json!("x")), &payload());
    assert_eq!(verifier.open(&unknown, &ring), Err(Reason::KeyMismatch));
    let null = token(&with(header(), "kid", json!(null)), &payload());
    assert_eq!(verifier.open(&null, &ring), Err(Reason::Malformed));
    let none = Keyring::new(None, Vec::new());
    assert_eq!(verifier.open(&nameless, &none), Err(Reason::KeyUnknown));
}

#[test]
fn the_longer_hashes_of_other_issuers_verify_with_secrets_of_their_length() {
    for (algorithm, hash, bytes) in [
        (Algorithm::HS384, hmac::HMAC_SHA384, 48),
        (Algorithm::HS512, hmac::HMAC_SHA512, 64),
    ] {
        let text: String = ('0'..='z').take(bytes).collect();
        let key = HmacSecret::parse(&text).unwrap();
        let verifying = key.verifying_key_for(algorithm).unwrap();
        assert_eq!(verifying.algorithm(), algorithm);
        let header = json!({"alg": algorithm.name(), "typ": "at+jwt", "kid": key.kid().as_str()});
        let signed = [header, payload()].map(|part| base64url(part.to_string()));
        let signed = signed.join(".");
        let tag = hmac::sign(&hmac::Key::new(hash, text.as_bytes()), signed.as_bytes());
        let token = format!("{signed}.{}", base64url(tag));
        let open = |keys| {
            Verifier::new()
                .open(&token, &Keyring::new(None, keys))
                .err()
        };
        assert_eq!(open(vec![verifying.clone()]), None);
        // The same secret, for another hash; both of them are of one name.
        let of_ours = key.verifying_key();
        assert_eq!(
            open(vec![of_ours.clone()]),
            Some(Reason::AlgorithmNotAllowed)
        );
        assert_eq!(open(vec![of_ours, verifying]), None);

        let short = HmacSecret::parse(&text[1..]).unwrap();
        let refused = short.verifying_key_for(algorithm).map(|_| ());
        let expected = KeyRefused::SecretTooShort {
            bytes: bytes - 1,
            needed: bytes,
        };
        assert_eq!(refused, Err(expected));
    }
    let key = secret(SECRET);
    assert!(key.verifying_key_for(Algorithm::HS256).is_ok());
    for pairs in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let refused = key.verifying_key_for(pairs).map(|_| ());
        assert_eq!(refused, Err(KeyRefused::UnknownAlgorithm));
    }
}

#[test]
fn a_token_in_another_manner_says_exactly_what_it_should() {
    let signer = Signer::new(keys().signing().unwrap().clone()).with_type("JWT");
    let claims = json!({"identity": 1, "exp": NOW + 300, "sub": null, "scope": ["a", "b"]});
    let token = signer.sign_object(claims.as_object().unwrap()).unwrap();
    let shown = tegata_token::inspect(&token).unwrap();
    assert_eq!(Value::Object(shown.claims), claims);
    assert_eq!(shown.header["typ"], "JWT");
    let opened = Verifier::new()
        .with_types(&["JWT"], false)
        .open(&token, &keys())
        .unwrap();
    let payload: Value = serde_json::from_slice(opened.payload()).unwrap();
    assert_eq!(payload, claims);
}
