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
