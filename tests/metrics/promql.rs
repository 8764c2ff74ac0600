//! As much of PromQL as it takes to say which metrics and labels an expression names.

use std::collections::BTreeSet;

/// A metric that is named.
#[derive(Debug, Default)]
pub(super) struct Metric {
    pub(super) name: String,
    /// A label, and what it is held against, with whatever operator, where that is no variable.
    pub(super) matchers: Vec<(String, Option<String>)>,
}

/// What an expression names.
#[derive(Debug, Default)]
pub(super) struct Used {
    pub(super) metrics: Vec<Metric>,
    /// In `by (…)` and `without (…)`.
    pub(super) by: BTreeSet<String>,
}

pub(super) fn used(expression: &str) -> Used {
    let mut used = Used::default();
    let mut rest = expression;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_') {
        // What stands in brackets is a length of time.
        if let Some(open) = rest[..start].find('[') {
            rest = rest[open..].split_once(']').unwrap().1;
            continue;
        }
        // A number with a unit or an exponent would be read as a word: none of ours has one.
        let word = word(&rest[start..]);
        rest = &rest[start + word.len()..];
        if word == "by" || word == "without" {
            let (labels, after) = within(rest, '(', ')');
            used.by
                .extend(labels.split(',').map(|label| label.trim().to_owned()));
            rest = after;
        } else if is_metric(word) {
            let mut metric = Metric {
                name: word.to_owned(),
                ..Metric::default()
            };
            if rest.trim_start().starts_with('{') {
                let (matchers, after) = within(rest, '{', '}');
                metric.matchers = read(matchers);
                rest = after;
            }
            used.metrics.push(metric);
        }
    }
    used
}

/// All others are functions and operators.
fn is_metric(word: &str) -> bool {
    word.starts_with("tegata_") || word.starts_with("process_") || word == "up"
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    &text[..end.unwrap_or(text.len())]
}

fn within(text: &str, open: char, close: char) -> (&str, &str) {
    let text = text.trim_start().strip_prefix(open).unwrap();
    text.split_once(close).unwrap()
}

fn read(matchers: &str) -> Vec<(String, Option<String>)> {
    let pairs = matchers.split("\",").filter(|pair| !pair.trim().is_empty());
    pairs
        .map(|pair| {
            let label = word(pair.trim_start()).to_owned();
            let (_, value) = pair.split_once('"').unwrap();
            let value = value.trim_end_matches('"').to_owned();
            let is_literal = !value.contains('$');
            (label, is_literal.then_some(value))
        })
        .collect()
}

#[test]
fn metrics_labels_and_values_are_found() {
    let used = used(
        "histogram_quantile(0.99, sum by (service, le) (rate(tegata_a_bucket{b=\"c\",d!=\"e\",f=~\"$g\"}[5m])))\n  \
         > 3 * up{job=\"tegata\"}",
    );
    let names: Vec<_> = used
        .metrics
        .iter()
        .map(|metric| metric.name.as_str())
        .collect();
    assert_eq!(names, ["tegata_a_bucket", "up"]);
    assert_eq!(
        used.by,
        BTreeSet::from(["le".to_owned(), "service".to_owned()])
    );
    let pair = |label: &str, value: Option<&str>| (label.to_owned(), value.map(str::to_owned));
    assert_eq!(
        used.metrics[0].matchers,
        [pair("b", Some("c")), pair("d", Some("e")), pair("f", None)]
    );
}
