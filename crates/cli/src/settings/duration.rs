//! Durations as people write them: `15m`, `30d`.

use time::Duration;

/// Nobody means longer.
const LONGEST: Duration = Duration::days(3660);

/// A time over zero, of whole seconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let advice = "write a time such as 90s, 15m, 12h or 30d";
    let parsed = humantime::parse_duration(text).map_err(|_| advice.to_owned())?;
    let duration = Duration::try_from(parsed).map_err(|_| advice.to_owned())?;
    if duration < Duration::SECOND {
        return Err(format!("{advice}, one second at least"));
    }
    if duration > LONGEST {
        return Err(format!("{advice}, ten years at most"));
    }
    if duration.subsec_nanoseconds() != 0 {
        return Err(format!("{advice}, in whole seconds"));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_times_with_units_and_nonsense_is_refused() {
        assert_eq!(parse("15m"), Ok(Duration::minutes(15)));
        assert_eq!(parse("30d"), Ok(Duration::days(30)));
        assert_eq!(parse("1h 30m"), Ok(Duration::minutes(90)));
        for nonsense in [
            "", "0", "0s", "15", "-5m", "soon", "100ms", "1500ms", "99999d", "1e9d",
        ] {
            assert!(parse(nonsense).is_err(), "{nonsense:?}");
        }
    }
}
