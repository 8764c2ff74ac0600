//! What was measured, as rows of Markdown.

use std::fmt;

/// Whether a target was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was.
    Met,
    /// It was not.
    Missed,
    /// A number beside the others, without a target of its own.
    Noted,
}

impl Verdict {
    /// Met or missed.
    pub fn of(met: bool) -> Self {
        if met { Self::Met } else { Self::Missed }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Met => "met",
            Self::Missed => "**missed**",
            Self::Noted => "–",
        })
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was measured, and on which store.
    pub what: String,
    /// What it should be.
    pub target: String,
    /// What it was.
    pub measured: String,
    /// Whether that is good enough.
    pub verdict: Verdict,
}

impl Row {
    /// A row with a target.
    pub fn new(what: &str, target: &str, measured: String, met: bool) -> Self {
        Self {
            what: what.to_owned(),
            target: target.to_owned(),
            measured,
            verdict: Verdict::of(met),
        }
    }

    /// A number without a target.
    pub fn noted(what: &str, measured: String) -> Self {
        Self {
            what: what.to_owned(),
            target: "–".to_owned(),
            measured,
            verdict: Verdict::Noted,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            target,
            measured,
            verdict,
        } = self;
        write!(f, "| {what} | {target} | {measured} | {verdict} |")
    }
}

/// Rows under a head.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// In the order in which they were measured.
    pub rows: Vec<Row>,
}

impl Table {
    /// The head, as rows are printed under it one by one.
    pub const HEAD: &str = "| what | target | measured | |\n| --- | --- | --- | --- |";

    /// The rows whose target was missed.
    pub fn missed(&self) -> impl Iterator<Item = &Row> {
        self.rows
            .iter()
            .filter(|row| row.verdict == Verdict::Missed)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", Self::HEAD)?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}
