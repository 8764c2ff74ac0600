//! Times, to the second, on both sides; and numbers that are hardly times.

use serde_json::{Value, json};
use tegata_token::{Clock, ManualClock, Reason, Verifier};
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use crate::forge::{
    NOW, at, forge, header, judge, keys, payload, payload_text, token, verifier, with,
};

const LEEWAY: i64 = 10;

fn judge_at(now: OffsetDateTime, token: &str) -> Option<Reason> {
    verifier().verify(token, &keys(), now).err()
}

fn good_with(name: &str, value: impl Into<Value>) -> String {
    token(&header(), &with(payload(), name, value.into()))
}

#[test]
fn a_token_ends_at_exp_and_the_leeway_to_the_second() {
    let token = good_with("exp", NOW);
    let end = at(NOW + LEEWAY);
    assert_eq!(judge_at(at(NOW), &token), None);
    assert_eq!(judge_at(end - Duration::SECOND, &token), None);
    assert_eq!(judge_at(end - Duration::NANOSECOND, &token), None);
    assert_eq!(judge_at(end, &token), Some(Reason::Expired));
    assert_eq!(
        judge_at(end + Duration::SECOND, &token),
        Some(Reason::Expired)
    );
}

#[test]
fn a_token_begins_at_nbf_less_the_leeway_to_the_second() {
    let token = good_with("nbf", NOW);
    let start = at(NOW - LEEWAY);
    assert_eq!(
        judge_at(start - Duration::NANOSECOND, &token),
        Some(Reason::NotYetValid)
    );
    assert_eq!(judge_at(start, &token), None);
    assert_eq!(judge_at(start + Duration::SECOND, &token), None);
}

#[test]
fn a_token_from_the_future_is_refused_to_the_second() {
    let token = good_with("iat", NOW);
    let start = at(NOW - LEEWAY);
    assert_eq!(
        judge_at(start - Duration::NANOSECOND, &token),
        Some(Reason::IssuedInFuture)
    );
    assert_eq!(judge_at(start, &token), None);
}

#[test]
fn without_leeway_the_second_itself_decides() {
    let strict = verifier().with_leeway(Duration::ZERO);
    let negative = verifier().with_leeway(Duration::seconds(-5));
    for verifier in [strict, negative] {
        let judge = |token: &str, now| verifier.verify(token, &keys(), at(now)).err();
        assert_eq!(judge(&good_with("exp", NOW), NOW - 1), None);
        assert_eq!(judge(&good_with("exp", NOW), NOW), Some(Reason::Expired));
        assert_eq!(judge(&good_with("nbf", NOW), NOW), None);
        assert_eq!(
            judge(&good_with("nbf", NOW), NOW - 1),
            Some(Reason::NotYetValid)
        );
        assert_eq!(judge(&good_with("iat", NOW), NOW), None);
        assert_eq!(
            judge(&good_with("iat", NOW), NOW - 1),
            Some(Reason::IssuedInFuture)
        );
    }
}

#[test]
fn a_fraction_never_lengthens_a_life() {
    let claims = judge(&good_with("exp", 1_800_000_840.9)).unwrap();
    assert_eq!(claims.exp, 1_800_000_840);
    let claims = judge(&good_with("nbf", 1_799_999_940.1)).unwrap();
    assert_eq!(claims.nbf, Some(1_799_999_941));
    let claims = judge(&good_with("iat", 1_799_999_940.9)).unwrap();
    assert_eq!(claims.iat, Some(1_799_999_940));
    let exponent = forge(header().to_string(), payload_text("exp", "18.00000840e8"));
    assert_eq!(judge(&exponent).unwrap().exp, 1_800_000_840);
}

#[test]
fn numbers_at_the_edge_of_sense_are_judged_and_nothing_overflows() {
    let cases = [
        ("exp", "NaN", Some(Reason::Malformed)),
        ("exp", "1e999", Some(Reason::Malformed)),
        ("exp", "-1e999", Some(Reason::Malformed)),
        ("exp", "1e300", None),
        ("exp", "9223372036854775807", None),
        ("exp", "9223372036854775808", None),
        ("exp", "18446744073709551615", None),
        ("exp", "99999999999999999999999999", None),
        ("exp", "-1e300", Some(Reason::Expired)),
        ("exp", "-9223372036854775808", Some(Reason::Expired)),
        ("exp", "0", Some(Reason::Expired)),
        ("exp", "-0", Some(Reason::Expired)),
        ("exp", "1e-300", Some(Reason::Expired)),
        ("nbf", "1e300", Some(Reason::NotYetValid)),
        ("nbf", "9223372036854775807", Some(Reason::NotYetValid)),
        ("nbf", "-1e300", None),
        ("iat", "18446744073709551615", Some(Reason::IssuedInFuture)),
        ("iat", "-9223372036854775808", None),
    ];
    for (name, number, reason) in cases {
        let token = forge(header().to_string(), payload_text(name, number));
        assert_eq!(judge(&token).err(), reason, "{name}: {number}");
    }
}

#[test]
fn the_ends_of_the_calendar_are_no_trap_either() {
    let token = token(&header(), &payload());
    for leeway in [Duration::ZERO, Duration::MAX, Duration::MIN] {
        let verifier = Verifier::new().with_leeway(leeway);
        for now in [PrimitiveDateTime::MIN, PrimitiveDateTime::MAX] {
            // Only that it answers.
            let _ = verifier.verify(&token, &keys(), now.assume_utc());
        }
    }
    let eternal = forge(header().to_string(), payload_text("exp", "1e300"));
    let claims = judge(&eternal).unwrap();
    assert_eq!(claims.expires_at(), PrimitiveDateTime::MAX.assume_utc());
}

#[test]
fn exp_goes_before_nbf_and_nbf_before_iat() {
    let later = json!(NOW + 3600);
    let early = with(with(payload(), "nbf", later.clone()), "iat", later);
    assert_eq!(
        judge(&token(&header(), &early)).err(),
        Some(Reason::NotYetValid)
    );
    let over = with(early, "exp", json!(NOW - 3600));
    assert_eq!(judge(&token(&header(), &over)).err(), Some(Reason::Expired));
}

#[test]
fn the_clones_of_a_manual_clock_share_one_time() {
    let clock = ManualClock::new(at(NOW));
    let clone = clock.clone();
    clone.advance(Duration::minutes(16));
    assert_eq!(clock.now(), at(NOW + 960));
    clock.set(at(NOW));
    assert_eq!(clone.now(), at(NOW));
    clock.advance(Duration::MAX);
    assert_eq!(clone.now(), PrimitiveDateTime::MAX.assume_utc());
}
