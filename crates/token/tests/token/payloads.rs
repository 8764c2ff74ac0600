//! Each rule for the documents and the claims has a token that breaks it and nothing else; the signature
//! is right.

use serde_json::json;
use tegata_token::{Reason, Verifier};

use crate::forge::{
    NOW, SECRET, at, forge, header, judge, keys, payload, payload_text, refuse, seal, token, with,
    without,
};

#[test]
fn what_is_not_one_unambiguous_object_is_malformed() {
    let (h, p) = (header().to_string(), payload().to_string());
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let cases: [(&str, Vec<u8>); 17] = [
        ("empty", b"".to_vec()),
        ("null", b"null".to_vec()),
        ("a list", b"[]".to_vec()),
        ("a string", b"\"x\"".to_vec()),
        ("two objects", b"{}{}".to_vec()),
        ("half an object", b"{\"a\":1".to_vec()),
        ("a trailing comma", b"{\"a\":1,}".to_vec()),
        ("a comment", b"{/* */}".to_vec()),
        ("single quotes", b"{'a':1}".to_vec()),
        ("a byte order mark", b"\xef\xbb\xbf{}".to_vec()),
        ("UTF-16", b"\xff\xfe{\0}\0".to_vec()),
        ("NaN", b"{\"a\":NaN}".to_vec()),
        ("infinity", b"{\"a\":Infinity}".to_vec()),
        ("a number out of range", b"{\"a\":1e999}".to_vec()),
        ("a lone surrogate", b"{\"a\":\"\\ud800\"}".to_vec()),
        ("a raw line break", b"{\"a\":\"\n\"}".to_vec()),
        (
            "a thousand levels",
            format!("{{\"a\":{}}}", deep(1000)).into_bytes(),
        ),
    ];
    for (why, bytes) in &cases {
        assert_eq!(
            judge(&forge(bytes, &p)),
            Err(Reason::Malformed),
            "{why} as header"
        );
        assert_eq!(
            judge(&forge(&h, bytes)),
            Err(Reason::Malformed),
            "{why} as payload"
        );
    }
}

#[test]
fn a_member_named_twice_is_malformed_at_any_depth() {
    let (h, p) = (header().to_string(), payload().to_string());
    let open = |object: &str, more: &str| format!("{{{more},{}", &object[1..]);
    let twice = [
        r#""sub":"root""#,
        // the same name, escaped
        r#""\u0073ub":"root""#,
        r#""x":{"a":1,"a":2}"#,
        r#""x":[[{"y":{"a":1,"b":2,"a":1}}]]"#,
    ];
    for more in twice {
        assert_eq!(
            judge(&forge(&h, open(&p, more))),
            Err(Reason::Malformed),
            "{more}"
        );
    }
    for more in [r#""alg":"none""#, r#""kid":"x""#, r#""x":{"a":1,"a":1}"#] {
        assert_eq!(
            judge(&forge(open(&h, more), &p)),
            Err(Reason::Malformed),
            "{more}"
        );
    }
    assert!(judge(&forge(&h, open(&p, r#""x":[{"a":1},{"a":1}]"#))).is_ok());
}

#[test]
fn invalid_utf8_in_a_claim_that_nobody_reads_is_malformed() {
    let mut bytes = payload_text("x", "\"?\"").into_bytes();
    let mark = bytes.iter().position(|&byte| byte == b'?').unwrap();
    bytes[mark] = 0xff;
    assert_eq!(
        judge(&forge(header().to_string(), bytes)),
        Err(Reason::Malformed)
    );
}

#[test]
fn a_claim_of_the_wrong_type_is_malformed() {
    let cases = [
        ("iss", json!(["https://issuer.example"])),
        ("iss", json!(null)),
        ("sub", json!(1)),
        ("sub", json!(null)),
        ("aud", json!({"https://api.example": 1})),
        ("aud", json!(["https://api.example", 1])),
        ("aud", json!(null)),
        ("exp", json!("1800000840")),
        ("exp", json!(null)),
        ("exp", json!(true)),
        ("exp", json!([NOW + 840])),
        ("iat", json!("soon")),
        ("nbf", json!({})),
        ("jti", json!(1)),
        ("sid", json!(1)),
        ("scope", json!(["read"])),
        ("roles", json!("admin")),
        ("roles", json!([1])),
        ("roles", json!(null)),
        ("preferred_username", json!(false)),
    ];
    for (name, value) in cases {
        let token = token(&header(), &with(payload(), name, value.clone()));
        assert_eq!(judge(&token), Err(Reason::Malformed), "{name}: {value}");
    }
}

#[test]
fn claims_that_must_be_there_are_named_when_they_are_not() {
    let lacking = |name| token(&header(), &without(payload(), name));
    refuse(&[
        ("no exp", lacking("exp"), Reason::ClaimMissing("exp")),
        ("no sub", lacking("sub"), Reason::ClaimMissing("sub")),
        (
            "an empty sub",
            token(&header(), &with(payload(), "sub", json!(""))),
            Reason::ClaimMissing("sub"),
        ),
        ("no iss", lacking("iss"), Reason::WrongIssuer),
        ("no aud", lacking("aud"), Reason::WrongAudience),
    ]);
    for name in [
        "iat",
        "nbf",
        "jti",
        "sid",
        "scope",
        "roles",
        "preferred_username",
    ] {
        assert!(judge(&lacking(name)).is_ok(), "{name} may be absent");
    }
}

#[test]
fn another_issuer_or_audience_is_refused_however_close_it_looks() {
    for iss in [
        "",
        "https://issuer.example/",
        "HTTPS://issuer.example",
        "https://issuer.example\0",
    ] {
        let token = token(&header(), &with(payload(), "iss", json!(iss)));
        assert_eq!(judge(&token), Err(Reason::WrongIssuer), "{iss}");
    }
    for aud in [
        json!(""),
        json!([]),
        json!("https://api.example/"),
        json!(["a", "b"]),
    ] {
        let token = token(&header(), &with(payload(), "aud", aud.clone()));
        assert_eq!(judge(&token), Err(Reason::WrongAudience), "{aud}");
    }
    let several = with(payload(), "aud", json!(["a", "https://api.example"]));
    assert!(judge(&token(&header(), &several)).is_ok());
}

#[test]
fn without_expectations_any_issuer_and_audience_is_accepted() {
    let open = Verifier::new();
    for payload in [payload(), without(without(payload(), "iss"), "aud")] {
        assert!(
            open.verify(&token(&header(), &payload), &keys(), at(NOW))
                .is_ok()
        );
    }
}

#[test]
fn expired_means_that_all_else_was_right() {
    let old = with(payload(), "exp", json!(NOW - 3600));
    let of_another = with(old.clone(), "iss", json!("https://other.example"));
    let for_another = with(old.clone(), "aud", json!("https://other.example"));
    refuse(&[
        ("only old", token(&header(), &old), Reason::Expired),
        (
            "old, of another issuer",
            token(&header(), &of_another),
            Reason::WrongIssuer,
        ),
        (
            "old, for another audience",
            token(&header(), &for_another),
            Reason::WrongAudience,
        ),
    ]);
}

#[test]
fn the_secret_itself_is_no_token() {
    for text in [
        SECRET, "", ".", "..", "...", "Bearer", "null", "\0", "é.é.é",
    ] {
        assert_eq!(judge(text), Err(Reason::Malformed), "{text}");
    }
    assert_eq!(judge(&seal("", "")), Err(Reason::Malformed));
}
