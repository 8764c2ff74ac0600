//! Prometheus' text format, read: which metrics there are, with which labels and values.

use std::collections::{BTreeMap, BTreeSet};

/// The values of each label.
pub(super) type Labels = BTreeMap<String, BTreeSet<String>>;

/// What some services offer together.
#[derive(Debug, Default)]
pub(super) struct Offered {
    /// By the name that is described: of a histogram without its endings.
    metrics: BTreeMap<String, Labels>,
    histograms: BTreeSet<String>,
}

impl Offered {
    pub(super) fn read(&mut self, text: &str) {
        for line in text.lines() {
            if let Some(described) = line.strip_prefix("# TYPE ") {
                let (name, kind) = described.split_once(' ').unwrap();
                self.metrics.entry(name.to_owned()).or_default();
                if kind == "histogram" {
                    self.histograms.insert(name.to_owned());
                }
            } else if !line.starts_with('#') {
                self.sample(line);
            }
        }
    }

    fn sample(&mut self, line: &str) {
        let (name, labels) = match line.split_once('{') {
            Some((name, rest)) => (name, rest.rsplit_once('}').unwrap().0),
            None => (line.split(' ').next().unwrap(), ""),
        };
        let name = self.described(name);
        let known = self.metrics.get_mut(&name).unwrap();
        for pair in labels.split("\",").filter(|pair| !pair.is_empty()) {
            let (label, value) = pair.split_once("=\"").unwrap();
            if label != "le" {
                let value = value.trim_end_matches('"').to_owned();
                known.entry(label.to_owned()).or_default().insert(value);
            }
        }
    }

    fn described(&self, name: &str) -> String {
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending))
            .filter(|base| self.histograms.contains(*base));
        base.unwrap_or(name).to_owned()
    }

    /// The labels of a metric; none when there is no such metric.
    pub(super) fn labels(&self, name: &str) -> Option<&Labels> {
        // A histogram itself is no series.
        if self.described(name) == name && self.histograms.contains(name) {
            return self.metrics.get(name);
        }
        self.metrics.get(&self.described(name))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.metrics.keys().map(String::as_str)
    }
}
