//! What is said of a token, and what never is.

use serde_json::json;
use tegata_guard::token::{Clock, HmacSecret, Signer, SystemClock};

use super::{ISSUER, claims, explain, service, signed};
use crate::{pair::SECRET, tegata::Place};

#[test]
fn a_good_token_is_good_however_it_is_written() {
    let token = signed(&claims(), SECRET);
    let place = service();
    for (arguments, input) in [
        (vec![token.as_str()], String::new()),
        (vec!["Bearer", &token], String::new()),
        (vec![&format!("Bearer {token}")], String::new()),
        (vec!["-"], format!("{token}\n")),
        (vec![], format!("Authorization: bearer {token}\r\n")),
    ] {
        let said = explain(&place, &arguments, input.as_bytes());
        assert_eq!(said.code, 0, "{} {}", said.out, said.err);
        assert!(said.out.starts_with("good\n"), "{}", said.out);
        assert!(said.out.contains("proven by the signature"));
        assert!(said.out.contains("sub: \"user-1\""));
        assert!(said.err.is_empty(), "{}", said.err);
    }
}

#[test]
fn a_refusal_has_its_code_its_numbers_and_exit_code_1() {
    let mut old = claims();
    old.exp = SystemClock.now().unix_timestamp() - 72;
    old.iss = Some(format!("{ISSUER}/"));
    let place = service().with("AUDIENCE", "image");

    let said = explain(&place, &[&signed(&old, SECRET)], b"");

    assert_eq!(said.code, 1);
    assert!(said.err.contains("refused: wrong_issuer"), "{}", said.err);
    for words in [
        "refused: wrong_issuer",
        "differs only by a trailing slash",
        "aud is missing, wanted `image`",
        "exp 1 min 1",
        "leeway 10 s",
    ] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
}

#[test]
fn another_secret_shows_both_fingerprints_and_the_claims_unproven() {
    let other = "another secret of thirty-two bytes or more";
    let kid = |secret: &str| HmacSecret::parse(secret).unwrap().kid().to_string();
    let said = explain(&service(), &["--json", &signed(&claims(), other)], b"");

    assert_eq!(said.code, 1);
    let said = said.json();
    assert_eq!(said["verdict"], "refused");
    assert_eq!(said["reason"], "key_mismatch");
    assert_eq!(said["proven"], false);
    assert_eq!(said["claims"]["sub"], "user-1");
    let checks = said["checks"].as_array().unwrap();
    let key = checks.iter().find(|check| check["check"] == "key").unwrap();
    assert_eq!(key["outcome"], "failed");
    let words = format!(
        "signed with key `{}`; this service knows `{}`",
        kid(other),
        kid(SECRET)
    );
    assert_eq!(key["detail"], words);
}

#[test]
fn a_secret_with_a_line_break_too_many_is_recognised() {
    let place = service();
    let base64 = "base64:YSBzZWNyZXQgZm9yIHRlc3RzLCBvZiAzMiBieXRlcyBvciBtb3JlCg==";
    let with_break = signed(&claims(), base64);
    let said = explain(&place, &[&with_break], b"");
    assert!(
        said.out.contains("with a line break at its end"),
        "{}",
        said.out
    );
    let honest = signed(&claims(), "another secret of thirty-two bytes or more");
    assert!(
        !explain(&place, &[&honest], b"")
            .out
            .contains("it was signed with")
    );
}

#[test]
fn the_signature_is_never_printed() {
    let good = signed(&claims(), SECRET);
    let signature = good.rsplit_once('.').unwrap().1.to_owned();
    for token in [
        good.clone(),
        format!("{good}="),
        format!("{good}.x"),
        format!("{good} {good}"),
    ] {
        for json in [&[][..], &["--json"]] {
            let said = explain(&service(), json, token.as_bytes());
            let all = format!("{}{}", said.out, said.err);
            assert!(!all.contains(&signature), "{all}");
        }
    }
    // Nor by a slip in the arguments.
    let said = explain(&service(), &["--tok", &good], b"");
    assert_eq!(said.code, 2);
    assert!(!said.err.contains(&signature), "{}", said.err);
}

#[test]
fn no_terminal_obeys_what_a_token_says() {
    let mut evil = claims();
    evil.preferred_username = Some("\u{1b}[2J\u{9b}31m\u{202e}\u{7}\r\n".to_owned());
    evil.extra
        .insert("\u{1b}]0;x\u{7}".to_owned(), json!(["\u{7f}"]));
    let token = signed(&evil, SECRET);
    for json in [&[][..], &["--json"]] {
        let said = explain(&service(), json, token.as_bytes());
        let strange = said
            .out
            .chars()
            .filter(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(strange.count(), 0, "{:?}", said.out);
        assert!(said.out.contains("\\u001b[2J"), "{}", said.out);
    }
    // And the JSON says what the token says.
    let said = explain(&service(), &["--json"], token.as_bytes()).json();
    assert_eq!(
        said["claims"]["preferred_username"],
        "\u{1b}[2J\u{9b}31m\u{202e}\u{7}\r\n"
    );
}

#[test]
fn garbage_is_refused_in_words() {
    let huge = vec![b'a'; 1024 * 1024];
    for (input, says) in [
        (&b""[..], "there is no token"),
        (b"abc", "segments: 1"),
        (b"\xff\x00\xfe.b.c", "base64url does not know"),
        (&huge, "1048576 bytes, and 8192 are read"),
        (b"trt_r8AGOgj1GNT3sHmhGMwuZQ", "this is a refresh token"),
    ] {
        let said = explain(&service(), &[], input);
        assert_eq!(said.code, 1, "{says}");
        assert!(said.out.contains("refused: malformed"), "{}", said.out);
        assert!(said.out.contains(says), "{}", said.out);
        assert!(said.out.len() < 4000);
    }
    let said = explain(&service(), &[], &vec![b'a'; 3 * 1024 * 1024]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("more than 2 MiB"), "{}", said.err);
}

#[test]
fn without_a_secret_the_rest_is_told() {
    let place = Place::new();
    let said = explain(&place, &[], signed(&claims(), SECRET).as_bytes());
    assert_eq!(said.code, 2);
    assert!(said.out.starts_with("not judged"), "{}", said.out);
    assert!(
        said.out.contains("there is no SECRET_KEY here"),
        "{}",
        said.out
    );
    assert!(said.out.contains("exp in 1"), "{}", said.out);
    assert!(!place.path("data").exists(), "nothing is made");
}

#[test]
fn a_token_of_flask_jwt_is_judged_by_its_rules() {
    let now = SystemClock.now().unix_timestamp();
    let claims = json!({"identity": 1, "iat": now, "nbf": now, "exp": now + 300});
    let secret = HmacSecret::parse(SECRET).unwrap();
    let signer = Signer::new(secret.signing_key()).with_type("JWT");
    let token = signer.sign_object(claims.as_object().unwrap()).unwrap();

    let said = explain(&service(), &["--dialect", "flask-jwt"], token.as_bytes());
    assert_eq!(said.code, 0, "{}", said.out);

    let said = explain(&service(), &[], token.as_bytes());
    assert!(said.out.contains("refused: wrong_type"), "{}", said.out);
    let said = explain(&service(), &["--typ", "JWT"], token.as_bytes());
    assert!(said.out.contains("sub is missing"), "{}", said.out);
}
