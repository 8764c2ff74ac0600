//! The outer form: size, segments, alphabet.

use base64::{Engine, prelude::BASE64_URL_SAFE};
use serde_json::json;
use tegata_token::{Reason, inspect};

use crate::forge::{base64url, forge, header, judge, payload, seal, token, with};

const LIMIT: usize = 8 * 1024;

/// A good token of exactly this many characters. Unpadded base64 has no lengths of 4n+1, so the header
/// grows as well until the sum fits.
fn token_of(length: usize) -> String {
    let pad = |object, name, count| with(object, name, json!("x".repeat(count)));
    let candidates = (0..4).flat_map(|extra| (5000..7000).map(move |count| (extra, count)));
    let mut tokens = candidates
        .map(|(extra, count)| token(&pad(header(), "x", extra), &pad(payload(), "x", count)));
    tokens
        .find(|token| token.len() == length)
        .unwrap_or_default()
}

#[test]
fn eight_kibibytes_are_accepted_and_one_more_is_not() {
    assert!(judge(&token_of(LIMIT)).is_ok());
    assert_eq!(token_of(LIMIT + 1).len(), LIMIT + 1);
    assert_eq!(judge(&token_of(LIMIT + 1)), Err(Reason::Malformed));
    assert_eq!(judge(&"a".repeat(1 << 20)), Err(Reason::Malformed));
}

#[test]
fn a_token_has_exactly_three_segments() {
    let good = token(&header(), &payload());
    let parts: Vec<&str> = good.split('.').collect();
    let (h, p, s) = (parts[0], parts[1], parts[2]);
    // Signed rightly over both readings of where the fourth dot belongs.
    let four = seal(h, &format!("{p}.{p}"));
    for odd in [
        h.to_owned(),
        format!("{h}.{p}"),
        four,
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{s}"),
        format!("{h}..{p}.{s}"),
        format!("..{s}"),
        // JWE's five
        format!("{h}.{p}.{p}.{p}.{s}"),
    ] {
        assert_eq!(judge(&odd), Err(Reason::Malformed), "{odd}");
    }
}

#[test]
fn a_segment_has_one_spelling() {
    let (h, p) = (header().to_string(), payload().to_string());
    let padded =
        |text: &str| BASE64_URL_SAFE.encode(format!("{text}{}", " ".repeat(4 - text.len() % 3)));
    assert!(padded(&h).ends_with('=') && padded(&p).ends_with('='));
    let good = forge(&h, &p);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    for odd in [
        seal(&padded(&h), &base64url(&p)),
        seal(&base64url(&h), &padded(&p)),
        format!("{good}="),
        format!("{signed}.{signature}%3D"),
        format!(" {good}"),
        format!("{good} "),
        format!("{good}\n"),
        format!("{good}\0"),
        seal(&format!("{}\n", base64url(&h)), &base64url(&p)),
        seal(&base64url(&h), &format!(" {}", base64url(&p))),
        // the standard alphabet
        seal(&base64url(&h), &format!("{}++//", base64url(&p))),
    ] {
        assert_eq!(judge(&odd), Err(Reason::Malformed), "{odd}");
    }
}

#[test]
fn bits_left_over_at_the_end_of_a_segment_are_refused() {
    // 32 bytes of signature end on a character that carries four bits; the next one in the alphabet
    // decodes to the same bytes where nobody looks.
    let good = token(&header(), &payload());
    let last = good.chars().next_back().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let place = alphabet.find(last).unwrap();
    assert_eq!(place % 4, 0, "canonical");
    for stray in 1..4 {
        let other = &alphabet[place + stray..=place + stray];
        let odd = format!("{}{other}", &good[..good.len() - 1]);
        assert_eq!(judge(&odd), Err(Reason::Malformed), "{odd}");
    }
    // "{}" is e30; e31 says the same to a careless reader.
    assert_eq!(
        judge(&seal(&base64url(header().to_string()), "e31")),
        Err(Reason::Malformed)
    );
    assert_eq!(
        judge(&seal("e31", &base64url(payload().to_string()))),
        Err(Reason::Malformed)
    );
}

#[test]
fn what_a_token_says_can_be_shown_without_judging_it() {
    let unsigned = format!(
        "{}.{}.",
        base64url(header().to_string()),
        base64url(r#"{"a":1}"#)
    );
    assert_eq!(judge(&unsigned), Err(Reason::BadSignature));
    let shown = inspect(&unsigned).unwrap();
    assert_eq!(shown.header["typ"], "at+jwt");
    assert_eq!(shown.claims["a"], 1);
    assert_eq!(inspect("a.b"), Err(Reason::Malformed));
}

/// A JWE has five segments, and a JWS in JSON none; both are refused before anything in them is believed.
#[test]
fn other_serialisations_are_malformed() {
    // RFC 7516 appendix A.1.7, with its header and the lengths of its parts.
    let head = json!({"alg": "RSA-OAEP", "enc": "A256GCM"}).to_string();
    let parts = [
        base64url(head),
        base64url([1; 256]),
        base64url([2; 12]),
        base64url([3; 40]),
        base64url([4; 16]),
    ];
    assert_eq!(judge(&parts.join(".")), Err(Reason::Malformed));
    // Direct encryption leaves the key empty.
    let direct = [&parts[0], "", &parts[2], &parts[3], &parts[4]].join(".");
    assert_eq!(judge(&direct), Err(Reason::Malformed));

    let good = token(&header(), &payload());
    let segments: Vec<&str> = good.split('.').collect();
    let flat = json!({
        "protected": segments[0], "payload": segments[1], "signature": segments[2],
    });
    let general = json!({
        "payload": segments[1],
        "signatures": [{"protected": segments[0], "signature": segments[2]}],
    });
    for text in [
        flat.to_string(),
        general.to_string(),
        format!("[\"{good}\"]"),
    ] {
        assert_eq!(judge(&text), Err(Reason::Malformed), "{text}");
    }
}

#[test]
fn nul_bytes_end_nothing() {
    let good = token(&header(), &payload());
    for place in [0, 1, good.len() / 2, good.len()] {
        let mut text = good.clone();
        text.insert(place, '\0');
        assert_eq!(judge(&text), Err(Reason::Malformed), "{place}");
    }
    for (name, value) in [("iss", "https://issuer.example\0"), ("sub", "\0")] {
        let odd = token(&header(), &with(payload(), name, json!(value)));
        // In a text it is a letter like any other.
        let expected = (name == "iss").then_some(Reason::WrongIssuer);
        assert_eq!(judge(&odd).err(), expected);
    }
    let named = header().to_string().replace("\"alg\"", "\"alg\\u0000\"");
    assert_eq!(
        judge(&forge(named, payload().to_string())),
        Err(Reason::Malformed)
    );
    let after = format!("{}\0", payload());
    assert_eq!(
        judge(&forge(header().to_string(), after)),
        Err(Reason::Malformed)
    );
}

#[test]
fn nesting_and_length_are_bounded_in_a_token() {
    // As deep as 8 KiB hold, signed rightly; and as deep as nobody should read.
    for levels in [128, 2000, 100_000] {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        let open = "[".repeat(levels);
        for text in [deep, open] {
            for token in [
                forge(header().to_string(), &text),
                forge(&text, payload().to_string()),
            ] {
                assert_eq!(judge(&token), Err(Reason::Malformed));
            }
        }
    }
    for text in [
        "a".repeat(1 << 20),
        ".".repeat(1 << 20),
        format!("{}.AA", token(&header(), &payload()).repeat(4000)),
        token(&header(), &with(payload(), "x", json!("x".repeat(1 << 20)))),
        token(&with(header(), "x", json!("x".repeat(1 << 20))), &payload()),
    ] {
        assert_eq!(judge(&text), Err(Reason::Malformed));
    }
}
