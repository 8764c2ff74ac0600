//! The life of key pairs, moment by moment: announced, signing, verify-only, retired.

use tegata_issuer::signing::ring::{KeyState, NotRetired, Ring, RingKey};
use tegata_token::Algorithm;
use time::{Duration, OffsetDateTime};

use crate::app::START;

const TOKEN: Duration = Duration::minutes(15);
/// Leeway and a minute for clocks that differ.
const OVER: Duration = Duration::seconds(15 * 60 + 70);

fn at(minutes: i64) -> OffsetDateTime {
    START.truncate_to_millisecond() + Duration::minutes(minutes)
}

/// Announced at the first of these minutes, signing from the second.
fn key(kid: &str, announced: i64, signs: i64) -> RingKey {
    RingKey {
        kid: kid.to_owned(),
        algorithm: Algorithm::EdDSA,
        announced_at: at(announced),
        signs_from: at(signs),
        longest_token: TOKEN,
        told: false,
        pkcs8: kid.as_bytes().to_vec().into(),
    }
}

fn ring(keys: &[(&str, i64, i64)]) -> Ring {
    let keys = keys
        .iter()
        .map(|&(kid, announced, signs)| key(kid, announced, signs));
    keys.fold(Ring::default(), Ring::with)
}

fn states(ring: &Ring, now: OffsetDateTime) -> Vec<(&str, &'static str)> {
    let states = ring.states(now);
    states
        .map(|(key, state)| (key.kid.as_str(), state.name()))
        .collect()
}

fn signing(ring: &Ring, minute: i64) -> &str {
    &ring.signing(at(minute)).unwrap().kid
}

#[test]
fn a_key_goes_through_its_states_by_the_clock_alone() {
    let ring = ring(&[("one", 0, 0), ("two", 20, 30)]);
    assert_eq!(
        states(&ring, at(29)),
        [("one", "signing"), ("two", "announced")]
    );
    assert_eq!(
        states(&ring, at(30)),
        [("one", "verify-only"), ("two", "signing")]
    );
    let until = |now| match ring.states(now).next().unwrap().1 {
        KeyState::VerifyOnly { until, .. } => until,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        until(at(30)),
        at(30) + OVER,
        "the last token was signed at 30"
    );
    assert_eq!(until(at(40)), at(30) + OVER);

    let short = |now| ring.advanced(now, TOKEN).map(|advanced| advanced.retired);
    let before = at(30) + OVER - Duration::milliseconds(1);
    assert_eq!(short(before), Some(vec![]), "two signs: that is told");
    assert_eq!(short(at(30) + OVER), Some(vec!["one".to_owned()]));
}

#[test]
fn of_several_keys_the_newest_whose_moment_has_come_signs() {
    let ring = ring(&[("c", 0, 20), ("a", 0, 0), ("b", 5, 10), ("d", 6, 20)]);
    let who = [0, 9, 10, 19, 20, 1000].map(|minute| signing(&ring, minute));
    assert_eq!(
        who,
        ["a", "a", "b", "b", "d", "d"],
        "of two at once the younger"
    );
    assert_eq!(ring.announced(at(0)).unwrap().kid, "b");
    assert!(ring.announced(at(20)).is_none());
    // An issuer whose clock is behind all of them signs all the same.
    assert_eq!(signing(&ring, -5), "a");
    assert!(Ring::default().signing(at(0)).is_none());
}

#[test]
fn a_signing_key_goes_only_when_another_takes_over_and_the_past_never_does() {
    let alone = ring(&[("old", -60, -60), ("one", 0, 0)]);
    assert_eq!(alone.clone().without("one", at(5)), Err(NotRetired::Signs));
    assert_eq!(
        alone.clone().without("none", at(5)),
        Err(NotRetired::Unknown)
    );
    let rest = alone.without("old", at(5)).unwrap();
    assert_eq!(states(&rest, at(5)), [("one", "signing")]);

    let two = ring(&[("one", 0, 0), ("two", 5, 15)]);
    let rest = two.clone().without("one", at(6)).unwrap();
    assert_eq!(states(&rest, at(6)), [("two", "signing")], "at once");
    let rest = two.clone().without("two", at(6)).unwrap();
    assert_eq!(states(&rest, at(60)), [("one", "signing")], "called off");
    let now = two.signing_now("two", at(6));
    assert_eq!(
        states(&now, at(6)),
        [("one", "verify-only"), ("two", "signing")]
    );
}

#[test]
fn tokens_of_the_longest_lifetime_that_any_issuer_gave_are_waited_for() {
    let hour = Duration::hours(1);
    let before = ring(&[("one", 0, 0), ("two", 0, 10)]);
    let raised = before.advanced(at(5), hour).unwrap().ring;
    assert!(raised.keys().iter().all(|key| key.longest_token == hour));
    // Another issuer, or this one after a restart, gives shorter ones.
    assert_eq!(raised.advanced(at(5), TOKEN), None, "nothing to change");
    let later = raised.advanced(at(69), TOKEN).unwrap();
    assert_eq!(later.retired, Vec::<String>::new());
    let over = at(10) + hour + Duration::seconds(70);
    assert_eq!(later.ring.advanced(over, TOKEN).unwrap().retired, ["one"]);
}

#[test]
fn that_a_key_signs_is_told_once() {
    let ring = ring(&[("one", 0, 0)]);
    let first = ring.advanced(at(0), TOKEN).unwrap();
    assert_eq!(first.signs.as_deref(), Some("one"));
    assert_eq!(first.ring.advanced(at(0), TOKEN), None);
    let with_two = first.ring.with(key("two", 5, 15));
    assert_eq!(with_two.advanced(at(14), TOKEN), None);
    let second = with_two.advanced(at(15), TOKEN).unwrap();
    assert_eq!(second.signs.as_deref(), Some("two"));
}

#[test]
fn a_ring_is_read_as_it_was_written_and_nothing_else_is_one() {
    let ring = ring(&[("one", 0, 0), ("two", 5, 15)]);
    let bytes = ring.to_bytes().unwrap();
    assert_eq!(Ring::from_bytes(&bytes), Some(ring));
    for other in ["", "{}", "[]", r#"{"keys":[{"kid":"x"}]}"#] {
        assert_eq!(Ring::from_bytes(other.as_bytes()), None, "{other}");
    }
    assert!(
        !format!("{:?}", key("one", 0, 0)).contains("111, 110"),
        "no private half"
    );
}

#[test]
fn by_a_clock_that_is_behind_the_announced_key_signs_next_all_the_same() {
    let ring = ring(&[("one", 5, 5), ("two", 6, 16)]).signing_now("two", at(4));
    assert_eq!(signing(&ring, 5), "two");
}
