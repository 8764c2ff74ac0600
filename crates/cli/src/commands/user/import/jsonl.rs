//! JSON lines: one object a line.

use std::io::{BufRead, Read};

use tegata_issuer::import::Record;
use tegata_token::json::{NotAnObject, parse_object};

use super::{
    file::{Bytes, Gauge, Input, MAX_RECORD, NOT_UTF8},
    source::{Entry, Position},
};
use crate::Failure;

pub(super) struct Lines {
    name: String,
    bytes: Bytes,
    gauge: Gauge,
    number: u64,
    line: Vec<u8>,
    /// Whether anything but blank lines was read.
    begun: bool,
}

impl Lines {
    pub(super) fn new(input: Input) -> Self {
        Self {
            name: input.name,
            bytes: input.bytes,
            gauge: input.gauge,
            number: 0,
            line: Vec::new(),
            begun: false,
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<Entry>, Failure> {
        loop {
            let whole = self
                .read_line()
                .map_err(|cause| format!("cannot read {}: {cause}", self.name))?;
            if self.line.is_empty() {
                return Ok(None);
            }
            self.number += 1;
            let text = self.line.trim_ascii();
            if text.is_empty() {
                continue;
            }
            let first = !std::mem::replace(&mut self.begun, true);
            if first && (text.starts_with(b"[") || text == b"{") {
                return Err(format!(
                    "{0} is JSON over several lines, or one list: write one object a line, as \
                     `jq -c '.[]' {0}` does for a list",
                    self.name
                )
                .into());
            }
            let record = if whole {
                record(text)
            } else {
                Err("the line is longer than 1 MiB".to_owned())
            };
            return Ok(Some(Entry::of_line(&self.name, self.number, record)));
        }
    }

    pub(super) fn position(&self) -> Position {
        self.gauge.position()
    }

    /// Reads up to a line's end; false when the line is too long, and what is over was skipped.
    fn read_line(&mut self) -> std::io::Result<bool> {
        self.line.clear();
        let most = MAX_RECORD + 1;
        (&mut self.bytes)
            .take(most)
            .read_until(b'\n', &mut self.line)?;
        if self.line.ends_with(b"\n") || (self.line.len() as u64) < most {
            return Ok(true);
        }
        self.bytes.skip_until(b'\n')?;
        Ok(false)
    }
}

fn record(line: &[u8]) -> Result<Record, String> {
    std::str::from_utf8(line).map_err(|_| NOT_UTF8.to_owned())?;
    // Of two members of one name, this reader and another could each take another one.
    match parse_object(line) {
        Ok(members) => Ok(Record::new(members)),
        Err(NotAnObject { what, column, .. }) => Err(format!(
            "it is not one JSON object: {what} at column {column}"
        )),
    }
}
