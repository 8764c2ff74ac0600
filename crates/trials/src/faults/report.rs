//! What people saw and the journal found, as rows.

use std::time::Duration;

use crate::{Act, Findings, Row, Seen, Times};

/// Answers of which nobody should have any.
pub(super) fn forbidden(seen: &Seen) -> usize {
    let forbidden = |times: &Times| -> usize {
        let statuses = times.statuses().into_iter();
        let errors = statuses.filter(|status| *status >= 500 && *status != 503);
        errors.map(|status| times.with_status(status)).sum()
    };
    seen.acts.values().map(forbidden).sum()
}

/// The longest that anybody waited for any answer, and for which.
pub(super) fn longest(seen: &Seen) -> (Duration, String) {
    let of_act = |(act, times): (&Act, &Times)| {
        let statuses = times.statuses().into_iter();
        let longest = statuses.map(|status| (times.percentile(status, 100.0), status));
        longest
            .max()
            .map(|(wait, status)| (wait, format!("{act:?}, {status}")))
    };
    seen.acts
        .iter()
        .filter_map(of_act)
        .max()
        .unwrap_or_default()
}

/// What was seen later as well.
pub(super) fn merge(all: &mut Seen, later: Seen) {
    for (act, times) in later.acts {
        all.acts.entry(act).or_default().merge(times);
    }
    all.odd.extend(later.odd);
}

/// Nothing was lost, and nothing was answered as it should not be.
pub(super) fn journal(what: &str, seen: &Seen, findings: &Findings) -> Row {
    let forbidden = forbidden(seen);
    let mut measured = format!(
        "{} acts, {} × 503, {} unanswered; {findings}; {forbidden} × another 5xx, {} odd",
        seen.count(),
        seen.with_status(503),
        seen.unanswered(),
        seen.odd.len(),
    );
    for odd in findings.violations.iter().chain(&seen.odd).take(3) {
        measured += &format!(" ({})", odd.replace('|', "/").replace('\n', " "));
    }
    let met = findings.violations.is_empty() && forbidden == 0 && seen.odd.is_empty();
    Row::new(
        what,
        "0 acknowledged lost, 0 double successors, no 5xx but 503",
        measured,
        met,
    )
}

/// The longest of these was no longer than this.
pub(super) fn at_most(what: &str, limit: Duration, times: &[Duration]) -> Row {
    let longest = times.iter().max().copied().unwrap_or_default();
    Row::new(
        what,
        &format!("≤ {}", seconds(limit)),
        format!("{} at most of {}", seconds(longest), times.len()),
        longest <= limit,
    )
}

pub(super) fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// It cannot be tried here.
pub(super) fn skipped(what: &str, why: &str) -> Vec<Row> {
    vec![Row::noted(what, format!("skipped: {why}"))]
}
