//! How long an answer counts as fresh: as its server says (RFC 9111), within bounds of ours.

use std::{ops::RangeInclusive, time::Duration};

use http::{
    HeaderMap,
    header::{AGE, CACHE_CONTROL},
};

/// Sooner than after the first a set is not fetched again, so that a server that says `max-age=0` is not asked all
/// the time; later than after the second a key that was withdrawn would serve for too long.
pub(super) const BOUNDS: RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(60 * 60);
/// Of a server that says nothing.
const USUAL: Duration = Duration::from_secs(5 * 60);

/// For how long from now the answer with these headers is fresh.
pub(super) fn fresh_for(headers: &HeaderMap) -> Duration {
    let said = max_age(headers).unwrap_or(USUAL);
    // What a cache between us has held it for already (RFC 9111 §4.2.3).
    let age = headers.get(AGE).and_then(|age| age.to_str().ok());
    let age = age.and_then(|age| age.trim().parse().ok()).unwrap_or(0);
    said.saturating_sub(Duration::from_secs(age))
        .clamp(*BOUNDS.start(), *BOUNDS.end())
}

/// RFC 9111 §5.2.2. Of several the least counts.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(CACHE_CONTROL).iter();
    let directives = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim);
    directives
        .filter_map(seconds)
        .min()
        .map(Duration::from_secs)
}

fn seconds(directive: &str) -> Option<u64> {
    let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
    if name.eq_ignore_ascii_case("max-age") {
        // RFC 9111 §1.2.2: beyond what we can hold is forever.
        let digits = value.trim_matches('"');
        let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        number.then(|| digits.parse().unwrap_or(u64::MAX))
    } else if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
        Some(0)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(headers: &[(http::HeaderName, &str)]) -> u64 {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        fresh_for(&map).as_secs()
    }

    #[test]
    fn a_set_is_fresh_for_as_long_as_its_server_says_within_bounds() {
        for (said, seconds) in [
            ("max-age=600", 600),
            ("public, max-age=300, must-revalidate", 300),
            ("Max-Age=\"600\"", 600),
            ("max-age=0", 60),
            ("max-age=15", 60),
            ("max-age=86400", 3600),
            ("max-age=99999999999999999999999", 3600),
            ("no-store", 60),
            ("no-cache, max-age=600", 60),
            ("max-age=600, max-age=900", 600),
            ("s-maxage=900", 300),
            ("max-age", 300),
            ("max-age=-5", 300),
            ("max-age=soon", 300),
            ("", 300),
        ] {
            assert_eq!(fresh(&[(CACHE_CONTROL, said)]), seconds, "{said:?}");
        }
        assert_eq!(fresh(&[]), 300);
    }

    #[test]
    fn what_a_cache_between_has_held_is_already_some_seconds_old() {
        let ten_minutes = (CACHE_CONTROL, "max-age=600");
        for (age, seconds) in [("100", 500), ("590", 60), ("9999", 60), ("x", 600)] {
            assert_eq!(fresh(&[ten_minutes.clone(), (AGE, age)]), seconds, "{age}");
        }
    }
}
