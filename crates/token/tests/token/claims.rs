//! What claims say, and what they look like on the wire.

use serde_json::{Value, json};
use tegata_token::{Audience, Claims, Reason, Verifier};
use time::Duration;

use crate::forge::{NOW, at, keys, mint};

fn claims() -> Claims {
    Claims::new("user-1", at(NOW), Duration::minutes(15))
}

#[test]
fn absent_claims_are_not_written() {
    let written = serde_json::to_value(claims()).unwrap();
    let least = json!({"sub": "user-1", "exp": NOW + 900, "iat": NOW, "nbf": NOW, "roles": []});
    assert_eq!(written, least);
}

#[test]
fn everything_comes_back_as_it_was_signed() {
    let mut claims = claims();
    claims.iss = Some("https://issuer.example".to_owned());
    claims.jti = Some("t-1".to_owned());
    claims.sid = Some("s-1".to_owned());
    claims.scope = Some("read write".to_owned());
    claims.roles = vec!["admin".to_owned(), "管理者".to_owned()];
    claims.preferred_username = Some("アリス \"\\ \u{0} 😀".to_owned());
    claims.extra.insert("identity".to_owned(), json!("user-1"));
    claims
        .extra
        .insert("nested".to_owned(), json!({"a": [1, null, {"b": 1.5}]}));
    for audience in [
        None,
        Some(Audience::One("a".to_owned())),
        Some(Audience::Many(vec!["a".to_owned(), "b".to_owned()])),
        Some(Audience::Many(Vec::new())),
    ] {
        claims.aud = audience;
        let token = mint(&keys(), &claims);
        let read = Verifier::new().verify(&token, &keys(), at(NOW)).unwrap();
        assert_eq!(read, claims);
    }
}

#[test]
fn an_audience_of_one_is_written_as_a_string() {
    let mut claims = claims();
    claims.aud = Some(Audience::One("a".to_owned()));
    assert_eq!(
        serde_json::to_value(claims).unwrap()["aud"],
        Value::from("a")
    );
}

#[test]
fn scopes_are_words_with_blanks_between() {
    let mut claims = claims();
    assert_eq!(claims.scopes().count(), 0);
    claims.scope = Some(" read  write:all ".to_owned());
    assert_eq!(claims.scopes().collect::<Vec<_>>(), ["read", "write:all"]);
    assert!(claims.has_scope("read") && claims.has_scope("write:all"));
    for other in ["", " ", "write", "READ", "read  write:all"] {
        assert!(!claims.has_scope(other), "{other:?}");
    }
    claims.scope = Some("read\tadmin".to_owned());
    assert!(
        !claims.has_scope("admin"),
        "a tab stands in the word, not between two"
    );
}

#[test]
fn roles_are_matched_whole() {
    let mut claims = claims();
    claims.roles = vec!["admin".to_owned()];
    assert!(claims.has_role("admin"));
    for other in ["", "adm", "Admin", "admin "] {
        assert!(!claims.has_role(other), "{other:?}");
    }
}

#[test]
fn a_life_ends_when_it_says() {
    assert_eq!(claims().expires_at(), at(NOW + 900));
    let clamped = Claims {
        exp: i64::MIN,
        ..claims()
    };
    assert!(clamped.expires_at() < at(0));
}

#[test]
fn every_reason_has_a_code_of_its_own_and_a_sentence_for_a_header() {
    let reasons = [
        (Reason::HeaderMissing, "header_missing"),
        (Reason::WrongScheme, "wrong_scheme"),
        (Reason::TokenMissing, "token_missing"),
        (Reason::ExtraParts, "extra_parts"),
        (Reason::Malformed, "malformed"),
        (Reason::AlgorithmNotAllowed, "algorithm_not_allowed"),
        (Reason::BadSignature, "bad_signature"),
        (Reason::KeyIdMissing, "key_id_missing"),
        (Reason::KeyUnknown, "key_unknown"),
        (Reason::KeyMismatch, "key_mismatch"),
        (Reason::Expired, "expired"),
        (Reason::NotYetValid, "not_yet_valid"),
        (Reason::IssuedInFuture, "issued_in_future"),
        (Reason::WrongIssuer, "wrong_issuer"),
        (Reason::WrongAudience, "wrong_audience"),
        (Reason::ClaimMissing("exp"), "claim_missing"),
        (Reason::WrongType, "wrong_type"),
        (Reason::SessionEnded, "session_ended"),
        (Reason::UserUnknown, "user_unknown"),
        (Reason::UserDisabled, "user_disabled"),
        (Reason::ScopeMissing, "scope_missing"),
        (Reason::KeysUnavailable, "keys_unavailable"),
        (Reason::RevocationsUnavailable, "revocations_unavailable"),
    ];
    for (reason, code) in reasons {
        assert_eq!(reason.code(), code);
        let text = reason.to_string();
        // RFC 6750 §3: error_description holds %x20-21 / %x23-5B / %x5D-7E.
        let fit = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        assert!(!text.is_empty() && text.bytes().all(fit), "{text}");
    }
}
