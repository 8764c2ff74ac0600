//! What a service's clock and ours differ by, as far as `Date` can tell: it has whole seconds, and the answer was
//! on its way for a while.

use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use super::{report::Report, services::Answer};

/// What tokens allow for, in seconds.
const LEEWAY: f64 = 10.0;
/// More than two machines that ask a time server ever differ by.
const NOTABLE: f64 = 2.0;

pub(super) fn judge(report: &mut Report, service: &'static str, answer: &Answer) {
    let date = answer.date.as_deref();
    let Some(date) = date.and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok()) else {
        report.skip(
            "clock",
            format!("the {service} does not say what time it is there"),
        );
        return;
    };
    let (least, most) = bounds(date, answer.asked, answer.answered);
    let range = format!("between {least:+.1} and {most:+.1} s from the one here");
    let advice = "let both machines ask the same time server";
    if least > LEEWAY || most < -LEEWAY {
        report.fail(
            "clock",
            format!("the clock of the {service} is {range}; tokens allow for 10 s, so good ones are refused"),
            advice,
        );
    } else if least > NOTABLE || most < -NOTABLE {
        report.warn(
            "clock",
            format!("the clock of the {service} is {range}; tokens allow for 10 s"),
            advice,
        );
    } else {
        report.ok(
            "clock",
            format!("the clock of the {service} is {range} (told by whole seconds)"),
        );
    }
}

/// The least and the most that the other clock can be ahead of ours: it showed some moment of that second while
/// ours showed some moment between asking and hearing.
fn bounds(date: OffsetDateTime, asked: OffsetDateTime, answered: OffsetDateTime) -> (f64, f64) {
    let least = (date - answered).as_seconds_f64();
    let most = (date - asked).as_seconds_f64() + 1.0;
    (least, most)
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    #[test]
    fn the_bounds_hold_the_truth_whatever_the_fraction_and_the_round_trip() {
        let date = OffsetDateTime::parse("Sat, 21 Nov 2026 14:20:21 GMT", &Rfc2822).unwrap();
        assert_eq!(date, datetime!(2026-11-21 14:20:21 UTC));
        for offset in [-30, -1, 0, 7, 90] {
            for tenths in 0..10 {
                // Their clock showed this; ours was so much behind; 300 ms there and 500 ms back.
                let theirs = date + Duration::milliseconds(tenths * 100);
                let ours = theirs - Duration::seconds(offset);
                let asked = ours - Duration::milliseconds(300);
                let (least, most) = bounds(date, asked, ours + Duration::milliseconds(500));
                let offset = offset as f64;
                assert!(least <= offset && offset <= most, "{least} {offset} {most}");
                assert!(most - least < 1.81, "{least} {most}");
            }
        }
    }
}
