//! Whatever comes in, the verifier answers; and no change to a good token leaves it good.

use proptest::prelude::*;
use tegata_token::{HmacSecret, Keyring, inspect, json::parse_object};

use crate::forge::{forge, header, judge, keys, payload, token};

fn good() -> String {
    token(&header(), &payload())
}

proptest! {
    #[test]
    fn no_text_is_a_token(text in any::<String>()) {
        prop_assert!(judge(&text).is_err());
        let _ = inspect(&text);
    }

    #[test]
    fn no_three_segments_are_a_token(text in "[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}") {
        prop_assert!(judge(&text).is_err());
    }

    #[test]
    fn no_signed_bytes_make_it_fall(
        head in proptest::collection::vec(any::<u8>(), 0..80),
        body in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        prop_assert!(judge(&forge(&head, payload().to_string())).is_err());
        prop_assert!(judge(&forge(header().to_string(), &body)).is_err());
        let _ = parse_object(&body);
    }

    #[test]
    fn a_changed_letter_spoils_a_token(place in any::<prop::sample::Index>(), letter in any::<char>()) {
        let good = good();
        let place = place.index(good.len());
        let changed = format!("{}{letter}{}", &good[..place], &good[place + 1..]);
        prop_assume!(changed != good);
        prop_assert!(judge(&changed).is_err());
    }

    #[test]
    fn a_letter_more_or_less_spoils_a_token(
        place in any::<prop::sample::Index>(),
        letter in "[A-Za-z0-9_.=-]",
    ) {
        let good = good();
        let place = place.index(good.len());
        let (front, back) = good.split_at(place);
        let more = format!("{front}{letter}{back}");
        let less = format!("{front}{}", &back[1..]);
        prop_assert!(judge(&more).is_err());
        prop_assert!(judge(&less).is_err());
        prop_assert!(judge(front).is_err());
        prop_assert!(judge(back).is_err() || place == 0);
    }

    #[test]
    fn bits_turned_in_the_payload_spoil_a_token(place in any::<prop::sample::Index>(), bit in 0..8u8) {
        let good = good();
        let (_, signature) = good.rsplit_once('.').unwrap_or_default();
        let mut body = payload().to_string().into_bytes();
        let place = place.index(body.len());
        body[place] ^= 1 << bit;
        let forged = forge(header().to_string(), body);
        let (signed, _) = forged.rsplit_once('.').unwrap_or_default();
        let changed = format!("{signed}.{signature}");
        prop_assert!(judge(&changed).is_err());
    }

    #[test]
    fn no_text_makes_the_secret_parser_fall(text in any::<String>(), prefix in "(hex:|base64:)?") {
        let text = format!("{prefix}{text}");
        if let Ok(secret) = HmacSecret::parse(&text) {
            prop_assert!(HmacSecret::parse_insecure(&text).is_ok());
            let ring = Keyring::shared_secret(secret, Vec::new());
            let kid = ring.kids().next().map(|kid| kid.as_str().len());
            prop_assert_eq!(kid, Some(11));
        }
    }

    #[test]
    fn no_text_is_a_known_kid(text in any::<String>()) {
        prop_assert!(!keys().contains(&text));
    }
}
