//! The tables of metrics and alerts in the documentation.

use std::collections::{BTreeMap, BTreeSet};

/// Metrics with their labels, and alerts.
pub(super) fn documented(text: &str) -> (BTreeMap<String, BTreeSet<String>>, BTreeSet<String>) {
    let (_, section) = text.split_once("\n## Metrics\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut metrics = BTreeMap::new();
    let mut alerts = BTreeSet::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let words = |cell: &str| -> Vec<String> {
            let quoted = cell.split('`').skip(1).step_by(2);
            quoted.map(str::to_owned).collect()
        };
        for name in words(cells[0]) {
            if name.starts_with("Tegata") {
                alerts.insert(name);
            } else {
                let mut labels: BTreeSet<String> = words(cells[1]).into_iter().collect();
                if name.starts_with("tegata_") {
                    labels.insert("service".to_owned());
                }
                assert!(
                    metrics.insert(name.clone(), labels).is_none(),
                    "{name} twice"
                );
            }
        }
    }
    (metrics, alerts)
}
