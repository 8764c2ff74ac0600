//! What was found: a line each, for people or as JSON.

use std::io::Write;

use serde_json::json;
use tegata_token::printable;

use crate::Failure;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Ok,
    /// It works, and should be mended.
    Warning,
    Failed,
    /// There is nothing here to look at.
    Skipped,
}

#[derive(Debug)]
struct Finding {
    check: &'static str,
    outcome: Outcome,
    what: String,
    /// What to do.
    advice: Option<String>,
}

/// All that was found, in order.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn ok(&mut self, check: &'static str, what: impl Into<String>) {
        self.add(check, Outcome::Ok, what.into(), None);
    }

    pub(super) fn skip(&mut self, check: &'static str, what: impl Into<String>) {
        self.add(check, Outcome::Skipped, what.into(), None);
    }

    pub(super) fn warn(
        &mut self,
        check: &'static str,
        what: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.add(check, Outcome::Warning, what.into(), Some(advice.into()));
    }

    pub(super) fn fail(
        &mut self,
        check: &'static str,
        what: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.add(check, Outcome::Failed, what.into(), Some(advice.into()));
    }

    fn add(&mut self, check: &'static str, outcome: Outcome, what: String, advice: Option<String>) {
        self.findings.push(Finding {
            check,
            outcome,
            what,
            advice,
        });
    }

    pub(super) fn count(&self, outcome: Outcome) -> usize {
        let of_it = |finding: &&Finding| finding.outcome == outcome;
        self.findings.iter().filter(of_it).count()
    }

    pub(super) fn print(&self, json: bool) -> Result<(), Failure> {
        let text = if json { self.as_json() } else { self.as_text() };
        Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
    }

    fn as_json(&self) -> String {
        let checks: Vec<_> = self
            .findings
            .iter()
            .map(|finding| {
                json!({
                    "check": finding.check,
                    "outcome": finding.outcome.name(),
                    "what": finding.what,
                    "advice": finding.advice,
                })
            })
            .collect();
        let all = json!({
            "ok": self.count(Outcome::Failed) == 0,
            "failed": self.count(Outcome::Failed),
            "warnings": self.count(Outcome::Warning),
            "checks": checks,
        });
        printable(&all.to_string()) + "\n"
    }

    fn as_text(&self) -> String {
        let line = |finding: &Finding| {
            let advice = finding.advice.as_ref();
            let advice = advice.map_or(String::new(), |advice| format!(": {advice}"));
            let text = format!("{}{advice}", finding.what);
            let mark = match finding.outcome {
                Outcome::Skipped => "-",
                Outcome::Failed => "FAILED",
                other => other.name(),
            };
            format!("{mark:<8} {:<9} {}\n", finding.check, printable(&text))
        };
        self.findings.iter().map(line).collect()
    }
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}
