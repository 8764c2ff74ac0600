//! What a developer is told of a token: every check with its particulars, the verdict of the verifier and no
//! other, and nothing that could be used.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use proptest::prelude::*;
use serde_json::json;
use tegata_token::{Algorithm, Check, Explanation, Keyring, Outcome, Reason, Verifier};

use crate::forge::{
    NOW, at, base64url, forge, header, keys, payload, payload_text, seal, secret, token, verifier,
    with, without,
};

fn explain(token: &str) -> Explanation {
    verifier().explain(token, &keys(), at(NOW))
}

fn check<'a>(explanation: &'a Explanation, name: &str) -> &'a Check {
    let mut checks = explanation.checks.iter();
    checks.find(|check| check.name == name).unwrap()
}

/// The check of this name failed and says this; every other one passed.
fn alone(token: &str, name: &str, reason: Reason, says: &str) {
    let explanation = explain(token);
    assert_eq!(explanation.verdict, Err(reason), "{name}");
    for check in &explanation.checks {
        let expected = if check.name == name {
            assert!(check.detail.contains(says), "{name}: {}", check.detail);
            Outcome::Failed(reason)
        } else {
            Outcome::Passed
        };
        assert_eq!(check.outcome, expected, "{name}: {check:?}");
    }
}

#[test]
fn of_a_good_token_every_check_passes() {
    let explanation = explain(&token(&header(), &payload()));
    assert_eq!(explanation.verdict.unwrap().sub, "user-1");
    assert!(explanation.proven);
    let passed = |check: &Check| check.outcome == Outcome::Passed;
    assert!(explanation.checks.iter().all(passed));
    assert_eq!(explanation.claims.unwrap()["sub"], "user-1");
}

#[test]
fn a_refusal_has_its_numbers_and_texts() {
    use Reason::{Expired, IssuedInFuture, NotYetValid, WrongAudience, WrongIssuer, WrongType};
    let claims = |name, value| token(&header(), &with(payload(), name, value));
    alone(
        &claims("exp", json!(NOW - 12)),
        "expiry",
        Expired,
        "exp 12 s ago (2027-01-15T07:59:48Z), leeway 10 s",
    );
    alone(
        &claims("exp", json!(NOW - 3 * 86_400 - 7_300)),
        "expiry",
        Expired,
        "exp 3 d 2 h ago",
    );
    alone(
        &claims("nbf", json!(NOW + 95)),
        "not before",
        NotYetValid,
        "nbf in 1 min 35 s",
    );
    let milliseconds = NOW * 1000;
    alone(
        &claims("iat", json!(milliseconds)),
        "issued at",
        IssuedInFuture,
        "looks like milliseconds",
    );
    alone(
        &claims("aud", json!("api")),
        "audience",
        WrongAudience,
        "aud is `api`, wanted `https://api.example`",
    );
    alone(
        &claims("aud", json!(["a", "b"])),
        "audience",
        WrongAudience,
        "aud is `a`, `b`, wanted",
    );
    for (iss, difference) in [
        ("https://issuer.example/", "a trailing slash"),
        ("https://Issuer.example", "upper and lower case"),
        ("https://issuer.example ", "white space"),
        ("http://issuer.example", "http and https"),
    ] {
        let says = format!("differs only by {difference}");
        alone(&claims("iss", json!(iss)), "issuer", WrongIssuer, &says);
    }
    alone(
        &token(&header(), &without(payload(), "iss")),
        "issuer",
        WrongIssuer,
        "iss is missing",
    );
    alone(
        &token(&with(header(), "typ", json!("JWT")), &payload()),
        "type",
        WrongType,
        "typ is `JWT`, wanted `at+jwt`",
    );
    let changed = seal(&base64url(header().to_string()), &base64url("{}"));
    let (message, signature) = token(&header(), &payload())
        .rsplit_once('.')
        .map(|(message, _)| {
            (
                message.to_owned(),
                changed.rsplit_once('.').unwrap().1.to_owned(),
            )
        })
        .unwrap();
    alone(
        &format!("{message}.{signature}"),
        "signature",
        Reason::BadSignature,
        "changed on its way",
    );
}

#[test]
fn a_token_of_another_secret_shows_both_fingerprints_and_what_it_says_unproven() {
    let other =
        Keyring::shared_secret(secret("another secret of thirty-two bytes or more"), vec![]);
    let (known, used) = (keys(), other.kids().next().unwrap().to_string());
    let known = known.kids().next().unwrap().as_str();

    let explanation = verifier().explain(&token(&header(), &payload()), &other, at(NOW + 862));

    assert_eq!(explanation.verdict, Err(Reason::KeyMismatch));
    assert_eq!(
        check(&explanation, "key").detail,
        format!("signed with key `{known}`; this service knows `{used}`")
    );
    assert_eq!(check(&explanation, "signature").outcome, Outcome::NotMade);
    // What can be told is told all the same.
    let expiry = check(&explanation, "expiry");
    assert_eq!(expiry.outcome, Outcome::Failed(Reason::Expired));
    assert!(expiry.detail.contains("22 s ago"), "{}", expiry.detail);
    assert!(!explanation.proven);
    assert_eq!(explanation.claims.unwrap()["sub"], "user-1");
}

#[test]
fn a_key_that_the_token_does_not_name_is_found_out() {
    let nameless = token(&without(header(), "kid"), &payload());
    let explanation = explain(&nameless);
    assert_eq!(explanation.verdict, Err(Reason::KeyIdMissing));
    let signature = check(&explanation, "signature");
    assert_eq!(signature.outcome, Outcome::NotMade);
    assert!(signature.detail.contains("is that of the key"));
    assert!(!explanation.proven);

    let lenient = verifier().without_key_id();
    let explanation = lenient.explain(&nameless, &keys(), at(NOW));
    assert!(explanation.verdict.is_ok() && explanation.proven);
}

#[test]
fn what_is_no_token_is_told_by_its_form() {
    let good = token(&header(), &payload());
    let huge = "a".repeat(1_000_000);
    for (text, says) in [
        ("", "there is no token"),
        ("abc", "segments: 1"),
        ("trt_r8AGOgj1GNT3sHmhGMwuZQ", "refresh token"),
        ("a.b.c.d.e", "JWE"),
        (huge.as_str(), "1000000 bytes, and 8192 are read"),
        (&format!("{good}="), "the signature is padded"),
        (
            &good.replacen('.', "\n.", 1),
            "the header has a `\\u000a` in it",
        ),
        (&good[..good.len() - 2], "the signature is cut off"),
    ] {
        let explanation = explain(text);
        assert_eq!(explanation.verdict, Err(Reason::Malformed), "{says}");
        let structure = check(&explanation, "structure");
        assert!(structure.detail.contains(says), "{}", structure.detail);
        assert_eq!(structure.outcome, Outcome::Failed(Reason::Malformed));
    }
    // Half of it is read all the same.
    let cut = &good[..good.len() - 2];
    assert_eq!(explain(cut).claims.unwrap()["sub"], "user-1");
}

#[test]
fn claims_of_the_wrong_type_are_named_and_the_others_judged() {
    let payload = with(
        with(payload(), "roles", json!("admin")),
        "iat",
        json!("now"),
    );
    let explanation = explain(&token(&header(), &payload));
    assert_eq!(explanation.verdict, Err(Reason::Malformed));
    let claims = check(&explanation, "claims");
    assert_eq!(claims.detail, "of the wrong type: iat, roles");
    assert_eq!(check(&explanation, "audience").outcome, Outcome::Passed);
    assert_eq!(check(&explanation, "issued at").outcome, Outcome::NotMade);
}

#[test]
fn no_terminal_obeys_a_claim() {
    let evil = "\u{1b}[2J\u{7}\u{9b}31m\r\n\u{202e}\u{200b}\u{feff}";
    let payload = with(
        with(payload(), "iss", json!(evil)),
        "aud",
        json!([evil, "x"]),
    );
    let header = with(with(header(), "typ", json!(evil)), "kid", json!(evil));
    let explanation = explain(&token(&header, &payload));
    for check in &explanation.checks {
        let printed = check.detail.chars().filter(|c| c.is_control()).count();
        assert_eq!(printed, 0, "{check:?}");
        assert!(!check.detail.contains(['\u{202e}', '\u{200b}', '\u{feff}']));
    }
    let issuer = check(&explanation, "issuer");
    assert!(issuer.detail.contains("`\\u001b[2J\\u0007\\u009b31m"));
    let long = with(payload, "iss", json!("x".repeat(3000)));
    let detail = check(&explain(&token(&header, &long)), "issuer")
        .detail
        .clone();
    assert!(detail.len() < 200, "{detail}");
}

#[test]
fn the_signature_is_told_to_nobody() {
    for other in ["", "x"] {
        let good = token(&header(), &with(payload(), "jti", json!(other)));
        let signature = good.rsplit_once('.').unwrap().1;
        for token in [
            good.clone(),
            format!("{good}="),
            format!("{good}.x"),
            format!("x{good}"),
        ] {
            let told = format!("{:?}", explain(&token));
            assert!(!told.contains(signature), "{told}");
        }
    }
}

/// A token as somebody might send it: members taken away, put in, or changed, and then cut or not.
fn tokens() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        Just(json!([])),
        Just(json!({})),
        Just(json!(["https://api.example"])),
        any::<i64>().prop_map(|number| json!(number)),
        (-100..100i64).prop_map(|seconds| json!(NOW + seconds)),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(|text| json!(text)),
        Just(json!("JWT")),
        Just(json!("none")),
        Just(json!("https://issuer.example/")),
    ];
    let names = [
        "iss", "sub", "aud", "exp", "nbf", "iat", "roles", "sid", "identity", "typ", "alg", "kid",
        "crit", "b64",
    ];
    let change = (
        prop::sample::select(names.to_vec()),
        prop::option::of(value),
    );
    let changes = prop::collection::vec(change, 0..4);
    let ending = prop_oneof![Just(""), Just("A"), Just("="), Just(".x")];
    (changes, ending).prop_map(|(changes, ending)| {
        let (mut head, mut body) = (header(), payload());
        for (name, value) in changes {
            let of = if ["typ", "alg", "kid", "crit", "b64"].contains(&name) {
                &mut head
            } else {
                &mut body
            };
            let members = of.as_object_mut().unwrap();
            match value {
                Some(value) => drop(members.insert(name.to_owned(), value)),
                None => drop(members.remove(name)),
            }
        }
        token(&head, &body) + ending
    })
}

fn rules() -> Vec<Verifier> {
    vec![
        Verifier::new(),
        verifier(),
        Verifier::new().with_algorithms(&[Algorithm::ES256]),
        Verifier::new()
            .with_types(&["JWT"], true)
            .without_key_id()
            .with_inclusive_leeway()
            .with_subject_claim("identity")
            .with_required_claims(&["iat", "nbf"]),
    ]
}

/// The one promise: an explanation never says otherwise than the verifier.
fn agree(token: &str) {
    let other =
        Keyring::shared_secret(secret("another secret of thirty-two bytes or more"), vec![]);
    for rules in rules() {
        for keys in [&keys(), &other, &Keyring::new(None, Vec::new())] {
            let explanation = rules.explain(token, keys, at(NOW));
            let verdict = rules.verify(token, keys, at(NOW));
            assert_eq!(explanation.verdict, verdict, "{token}");
            let mut failed = explanation
                .checks
                .iter()
                .filter_map(|check| match check.outcome {
                    Outcome::Failed(reason) => Some(reason),
                    Outcome::Passed | Outcome::NotMade => None,
                });
            // And its checks come to the same.
            assert_eq!(
                failed.next(),
                verdict.as_ref().err().copied(),
                "{token}: {explanation:?}"
            );
            if verdict.is_ok() {
                let all = |check: &Check| check.outcome == Outcome::Passed;
                assert!(explanation.checks.iter().all(all), "{explanation:?}");
            }
            // Whoever has another type may have signed it all the same.
            let signed = rules.open(token, keys);
            let proven = matches!(signed, Ok(_) | Err(Reason::WrongType));
            assert!(proven || !explanation.proven, "{token}");
            assert!(signed.is_err() || explanation.proven, "{token}");
        }
    }
}

proptest! {
    #[test]
    fn an_explanation_says_what_the_verifier_says(token in tokens()) {
        agree(&token);
    }

    #[test]
    fn of_any_text_too(text in any::<String>()) {
        agree(&text);
    }

    #[test]
    fn of_any_segments_too(
        head in proptest::collection::vec(any::<u8>(), 0..80),
        body in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        agree(&forge(&head, payload().to_string()));
        agree(&forge(header().to_string(), &body));
    }
}

#[test]
fn numbers_beyond_reason_are_told_as_they_are() {
    for exp in [
        "1e400",
        "-1e300",
        "9223372036854775807",
        "-9223372036854775808",
        "0",
    ] {
        agree(&forge(header().to_string(), payload_text("exp", exp)));
    }
}
