//! Each rule for the header and the signature has a token that breaks it and nothing else.

use serde_json::{Value, json};
use tegata_token::{Reason, Verifier};

use crate::forge::{
    NOW, at, base64url, header, judge, keys, payload, refuse, token, verifier, with, without,
};

#[test]
fn a_token_with_nothing_wrong_is_accepted() {
    let claims = judge(&token(&header(), &payload())).unwrap();
    assert_eq!(claims.sub, "user-1");
    assert_eq!(claims.sid.as_deref(), Some("s-1"));
    assert!(claims.has_role("admin"));
}

#[test]
fn a_header_that_asks_for_another_algorithm_is_refused() {
    let spelt = |alg: Value| token(&with(header(), "alg", alg), &payload());
    for name in [
        "none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "HS384", "HS512", "RS256", "ES256",
        "EdDSA", "PS256", "HS256\0",
    ] {
        assert_eq!(
            judge(&spelt(json!(name))),
            Err(Reason::AlgorithmNotAllowed),
            "{name}"
        );
    }
    for odd in [
        json!(null),
        json!(1),
        json!(["HS256"]),
        json!({"HS256": 1}),
        json!(true),
    ] {
        assert_eq!(judge(&spelt(odd.clone())), Err(Reason::Malformed), "{odd}");
    }
    refuse(&[
        (
            "no alg",
            token(&without(header(), "alg"), &payload()),
            Reason::Malformed,
        ),
        (
            "none without a signature",
            format!(
                "{}.{}.",
                base64url(with(header(), "alg", json!("none")).to_string()),
                base64url(payload().to_string())
            ),
            Reason::AlgorithmNotAllowed,
        ),
    ]);
}

#[test]
fn a_signature_that_is_not_ours_is_refused() {
    let good = token(&header(), &payload());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let other = token(&header(), &with(payload(), "roles", json!(["root"])));
    let (_, others) = other.rsplit_once('.').unwrap();
    refuse(&[
        (
            "that of another token",
            format!("{signed}.{others}"),
            Reason::BadSignature,
        ),
        ("none", format!("{signed}."), Reason::BadSignature),
        (
            "all zero",
            format!("{signed}.{}", base64url([0; 32])),
            Reason::BadSignature,
        ),
        (
            "half",
            format!("{signed}.{}", &signature[..20]),
            Reason::BadSignature,
        ),
        (
            "longer",
            format!("{signed}.{}", base64url([7; 64])),
            Reason::BadSignature,
        ),
    ]);
}

#[test]
fn a_kid_that_is_absent_unknown_or_no_string_is_refused() {
    let named = |kid: Value| token(&with(header(), "kid", kid), &payload());
    refuse(&[
        (
            "absent",
            token(&without(header(), "kid"), &payload()),
            Reason::KeyIdMissing,
        ),
        ("unknown", named(json!("AAAAAAAAAAA")), Reason::KeyMismatch),
        ("empty", named(json!("")), Reason::KeyMismatch),
        (
            "a path",
            named(json!("../../dev/null")),
            Reason::KeyMismatch,
        ),
        ("null", named(json!(null)), Reason::Malformed),
        ("a number", named(json!(1)), Reason::Malformed),
        ("a list", named(json!(["x"])), Reason::Malformed),
    ]);
}

#[test]
fn another_kind_of_token_is_refused() {
    for typ in [
        json!("JWT"),
        json!("AT+JWT"),
        json!("at+jwt "),
        json!("application/at+jwt"),
        json!("refresh+jwt"),
        json!(""),
        json!(null),
        json!(1),
        json!(["at+jwt"]),
    ] {
        let token = token(&with(header(), "typ", typ.clone()), &payload());
        assert_eq!(judge(&token), Err(Reason::WrongType), "{typ}");
    }
    let absent = token(&without(header(), "typ"), &payload());
    assert_eq!(judge(&absent), Err(Reason::WrongType));
}

#[test]
fn a_guard_for_foreign_issuers_accepts_the_types_it_names() {
    let plain = token(&with(header(), "typ", json!("JWT")), &payload());
    let absent = token(&without(header(), "typ"), &payload());
    let null = token(&with(header(), "typ", json!(null)), &payload());
    let foreign = |absent| verifier().with_types(&["JWT"], absent);
    let judge = |verifier: Verifier, token: &str| verifier.verify(token, &keys(), at(NOW)).err();
    assert_eq!(judge(foreign(false), &plain), None);
    assert_eq!(judge(foreign(false), &absent), Some(Reason::WrongType));
    assert_eq!(judge(foreign(true), &absent), None);
    assert_eq!(judge(foreign(true), &null), Some(Reason::WrongType));
    assert_eq!(
        judge(foreign(true), &token(&header(), &payload())),
        Some(Reason::WrongType)
    );
}

#[test]
fn extensions_that_must_be_understood_are_refused_and_others_are_ignored() {
    for crit in [json!(["exp"]), json!([]), json!(null), json!("b64")] {
        let token = token(&with(header(), "crit", crit.clone()), &payload());
        assert_eq!(judge(&token), Err(Reason::Malformed), "{crit}");
    }
    // RFC 7797: a payload that is not base64url. Some obey it also where `crit` does not list it.
    for b64 in [json!(false), json!(null), json!("false")] {
        let token = token(&with(header(), "b64", b64.clone()), &payload());
        assert_eq!(judge(&token), Err(Reason::Malformed), "{b64}");
    }
    let mut odd = header();
    for name in ["jku", "jwk", "x5u", "x5c", "cty", "zip", "unheard-of"] {
        odd[name] = json!({"not": ["what", 1, null], "it": "should be"});
    }
    assert!(judge(&token(&odd, &payload())).is_ok());
}

#[test]
fn a_key_that_the_header_brings_along_is_not_used() {
    let mut header = header();
    header["jwk"] = json!({"kty": "oct", "k": base64url([7; 32])});
    let signed = format!(
        "{}.{}",
        base64url(header.to_string()),
        base64url(payload().to_string())
    );
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[7; 32]);
    let tag = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
    assert_eq!(
        judge(&format!("{signed}.{}", base64url(tag))),
        Err(Reason::BadSignature)
    );
}
