//! A bar on the terminal, and lines between it. Elsewhere there are only the lines.

use std::io::Write;

use indicatif::{ProgressBar, ProgressStyle};

use super::source::{Position, Source};

const BYTES: &str = "{wide_bar} {percent:>3}%  {msg}  {eta} left";
const BYTES_OF_UNKNOWN: &str = "{spinner} {bytes}  {msg}";

pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Draws on standard error, and only if that is a terminal.
    pub(super) fn of(source: &Source) -> Self {
        let (bar, template) = match source.position() {
            Position::Bytes(_, Some(size)) => (ProgressBar::new(size), BYTES),
            Position::Bytes(_, None) => (ProgressBar::no_length(), BYTES_OF_UNKNOWN),
            Position::Documents(_, about) => (ProgressBar::new(about), BYTES),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar }
    }

    pub(super) fn show(&self, source: &Source, records: u64) {
        let (Position::Bytes(position, _) | Position::Documents(position, _)) = source.position();
        let seconds = self.bar.elapsed().as_secs_f64().max(0.001);
        // Under 2⁵³ records.
        let rate = records as f64 / seconds;
        self.bar
            .set_message(format!("{records} records, {rate:.0}/s"));
        self.bar.set_position(position);
    }

    /// Writes a line to standard error, above the bar.
    pub(super) fn complain(&self, line: &str) {
        self.bar.suspend(|| {
            // Whoever closed it does not want to know.
            let _ = writeln!(std::io::stderr(), "{line}");
        });
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
