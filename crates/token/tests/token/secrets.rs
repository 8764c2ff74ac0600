//! Which secrets are taken, which are refused, and with what advice.

use tegata_token::{HmacSecret, MIN_SECRET_BYTES, SecretError};

/// 32 bytes, 0x00 to 0x1f.
const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn refusal(text: &str) -> Option<SecretError> {
    HmacSecret::parse(text).err()
}

#[test]
fn a_secret_is_its_bytes_as_written_unless_it_says_otherwise() {
    let same = [
        format!("hex:{HEX}"),
        format!("hex:{}", HEX.to_uppercase()),
        "base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned(),
        "base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".to_owned(),
    ];
    let first = HmacSecret::parse(&same[0]).unwrap();
    for text in &same {
        assert_eq!(HmacSecret::parse(text).unwrap(), first, "{text}");
    }
    // Unprefixed hexadecimal is text, as every other JWT library reads it.
    assert_ne!(HmacSecret::parse(HEX).unwrap(), first);
}

#[test]
fn both_alphabets_of_base64_mean_the_same() {
    let standard = "base64:+/v7+/AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let url = standard.replace('+', "-").replace('/', "_");
    assert_eq!(
        HmacSecret::parse(standard).unwrap(),
        HmacSecret::parse(&url).unwrap()
    );
    let mixed = standard.replace('/', "_");
    assert_eq!(refusal(&mixed), Some(SecretError::BadEncoding));
}

#[test]
fn bytes_are_counted_and_not_letters() {
    let long = "鍵は長いほうがよい十";
    assert_eq!(refusal(long), Some(SecretError::TooShort(30)));
    assert_eq!(refusal(&format!("{long}一")), None);
    assert_eq!(
        refusal("thirty-one bytes are not enough"),
        Some(SecretError::TooShort(31))
    );
    assert_eq!(refusal("thirty-two bytes are just enough"), None);
    // 64 characters, 31 bytes
    assert_eq!(
        refusal(&format!("hex:{}", &HEX[2..])),
        Some(SecretError::TooShort(31))
    );
}

#[test]
fn a_weak_secret_is_refused_and_says_why() {
    let cases = [
        ("", SecretError::Empty),
        (" \n", SecretError::Empty),
        ("\u{feff}", SecretError::Empty),
        ("hex:", SecretError::Empty),
        ("base64:", SecretError::Empty),
        ("hex:0", SecretError::BadEncoding),
        ("hex:0g", SecretError::BadEncoding),
        ("hex:00 01", SecretError::BadEncoding),
        ("hex:+1+1", SecretError::BadEncoding),
        ("hex:é0", SecretError::BadEncoding),
        ("base64:!", SecretError::BadEncoding),
        ("base64:A", SecretError::BadEncoding),
        ("secret", SecretError::TooShort(6)),
        (
            "a secret that is long enough, but\n",
            SecretError::WhiteSpace,
        ),
        (
            " a secret that is long enough, but",
            SecretError::WhiteSpace,
        ),
        (
            "a secret that is long enough, but\u{3000}",
            SecretError::WhiteSpace,
        ),
        (
            "\u{feff}a secret that is long enough, but",
            SecretError::WhiteSpace,
        ),
        (
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            SecretError::TooSimple,
        ),
        (
            "abcabcabcabcabcabcabcabcabcabcabcabcabc",
            SecretError::TooSimple,
        ),
        (
            "12121221212112121212121212121212122112112",
            SecretError::TooSimple,
        ),
        (
            "changeme-changeme-changeme-changeme",
            SecretError::TooSimple,
        ),
        ("0123456789abcdef0123456789abcdef", SecretError::TooSimple),
        (
            "a-string-secret-at-least-256-bits-long",
            SecretError::Published,
        ),
        (
            "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
            SecretError::Published,
        ),
        (
            "hex:09D25E094FAA6CA2556C818166B7A9563B93F7099F6F0F4CAA6CF63B88E8D3E7",
            SecretError::Published,
        ),
        // the published text in base64
        (
            "base64:YS1zdHJpbmctc2VjcmV0LWF0LWxlYXN0LTI1Ni1iaXRzLWxvbmc",
            SecretError::Published,
        ),
        (
            "404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970",
            SecretError::Published,
        ),
    ];
    for (text, error) in cases {
        assert_eq!(refusal(text), Some(error), "{text:?}");
    }
}

#[test]
fn the_strength_alone_can_be_waived() {
    for weak in [
        "secret",
        "a",
        "hex:00",
        "a-string-secret-at-least-256-bits-long",
    ] {
        assert!(HmacSecret::parse_insecure(weak).is_ok(), "{weak}");
    }
    for unusable in ["", "\n", "hex:", "hex:0g", "base64:!", "secret\n"] {
        assert!(
            HmacSecret::parse_insecure(unusable).is_err(),
            "{unusable:?}"
        );
    }
}

#[test]
fn every_refusal_says_what_to_do_and_never_what_was_written() {
    let errors = [
        SecretError::Empty,
        SecretError::TooShort(6),
        SecretError::TooSimple,
        SecretError::Published,
        SecretError::WhiteSpace,
        SecretError::BadEncoding,
    ];
    for error in errors {
        let text = error.to_string();
        let advice = ["tegata secret", "remove it", "correct it"];
        assert!(advice.iter().any(|advice| text.contains(advice)), "{text}");
    }
    assert!(
        SecretError::TooShort(6)
            .to_string()
            .contains(&MIN_SECRET_BYTES.to_string())
    );
}
