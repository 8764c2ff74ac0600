//! CSV (RFC 4180), its columns named by the first line.

use std::io::{self, BufRead, Chain, Cursor, Read};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};
use serde_json::{Map, Value};
use tegata_issuer::import::Record;

use super::{
    file::{Bytes, Gauge, Input, MAX_RECORD, NOT_UTF8},
    source::{Entry, Position},
};
use crate::Failure;

pub(super) struct Table {
    name: String,
    rows: Reader<Bounded>,
    gauge: Gauge,
    columns: Vec<String>,
    row: ByteRecord,
}

/// A file whose last line always ends. Fails when one record is longer than any should be: after a quote
/// too many the rest of a file is one field.
struct Bounded {
    inner: Chain<Cursor<Vec<u8>>, Bytes>,
    left: u64,
    last: u8,
}

impl Table {
    pub(super) fn new(input: Input) -> Result<Self, Failure> {
        let Input {
            name,
            mut bytes,
            gauge,
        } = input;
        let mut first = Vec::new();
        (&mut bytes)
            .take(MAX_RECORD)
            .read_until(b'\n', &mut first)
            .map_err(|cause| format!("cannot read {name}: {cause}"))?;
        let delimiter = delimiter(&first);
        let rows = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            // Not CRLF, with which the reader counts lines wrongly; the CR is taken off below.
            .terminator(Terminator::Any(b'\n'))
            .from_reader(Bounded {
                inner: Cursor::new(first).chain(bytes),
                left: MAX_RECORD,
                last: b'\n',
            });
        let mut table = Self {
            name,
            rows,
            gauge,
            columns: Vec::new(),
            row: ByteRecord::new(),
        };
        table.read_row()?;
        table.columns = table.read_columns()?;
        Ok(table)
    }

    pub(super) fn next(&mut self) -> Result<Option<Entry>, Failure> {
        loop {
            if !self.read_row()? {
                return Ok(None);
            }
            if self.row.iter().any(|field| !field.trim_ascii().is_empty()) {
                return Ok(Some(Entry::of_line(&self.name, self.line(), self.record())));
            }
        }
    }

    pub(super) fn position(&self) -> Position {
        self.gauge.position()
    }

    fn read_row(&mut self) -> Result<bool, Failure> {
        let before = self.rows.position().line().saturating_sub(1);
        self.rows.get_mut().left = MAX_RECORD;
        match self.rows.read_byte_record(&mut self.row) {
            Ok(more) => Ok(more),
            Err(_) if self.rows.get_ref().left == 0 => Err(format!(
                "{}: the record after line {before} does not end within 1 MiB: is there a quote too many?",
                self.name,
            )
            .into()),
            Err(cause) => Err(format!("cannot read {}: {cause}", self.name).into()),
        }
    }

    fn read_columns(&self) -> Result<Vec<String>, Failure> {
        let columns: Result<Vec<String>, _> = self
            .row
            .iter()
            .map(|name| Ok(std::str::from_utf8(name)?.trim().to_ascii_lowercase()))
            .collect::<Result<_, std::str::Utf8Error>>();
        let columns = columns.map_err(|_| format!("{}:1: {NOT_UTF8}", self.name))?;
        // What the line holds is not repeated: it may be a user.
        if !Record::can_be_made_of(&columns) {
            return Err(format!(
                "{}:1: the first line should name the columns, username and password_hash among them",
                self.name
            )
            .into());
        }
        let twice = |name: &&String| columns.iter().filter(|other| other == name).count() > 1;
        match columns
            .iter()
            .filter(|name| Record::knows(name))
            .find(twice)
        {
            Some(name) => Err(format!("{}:1: the column {name} is there twice", self.name).into()),
            None => Ok(columns),
        }
    }

    /// Where the row begins: the reader stands in the line after it, or, after a quote that nothing closes,
    /// in its last. The row's own position is that of blank lines before it.
    fn line(&self) -> u64 {
        let after = self.rows.position().line();
        let no_earlier = self.row.position().map_or(1, csv::Position::line);
        after.saturating_sub(1 + self.breaks()).max(no_earlier)
    }

    /// Line breaks within fields.
    fn breaks(&self) -> u64 {
        let breaks = self.row.as_slice().iter().filter(|byte| **byte == b'\n');
        breaks.count() as u64
    }

    fn record(&self) -> Result<Record, String> {
        // After a quote too many one user's name could meet another's hash.
        let breaks = self.breaks();
        if breaks > 0 {
            return Err(format!(
                "it goes over {} lines: is there a quote too many? A column with line breaks has to \
                 be left out",
                breaks + 1
            ));
        }
        if self.row.len() != self.columns.len() {
            return Err(format!(
                "it has {} fields, and the first line names {}",
                self.row.len(),
                self.columns.len()
            ));
        }
        let mut members = Map::new();
        for (name, field) in self.columns.iter().zip(&self.row) {
            let text = std::str::from_utf8(field).map_err(|_| NOT_UTF8.to_owned())?;
            members.insert(name.clone(), Value::from(text));
        }
        Ok(Record::new(members))
    }
}

/// Where Excel's comma is the decimal point, it writes semicolons. No column is called like either.
fn delimiter(first: &[u8]) -> u8 {
    [b',', b';', b'\t']
        .into_iter()
        .find(|delimiter| first.contains(delimiter))
        .unwrap_or(b',')
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let upto = buffer.len().min(most);
        let mut count = self.inner.read(&mut buffer[..upto])?;
        if count == 0 && upto > 0 && self.last != b'\n' {
            buffer[0] = b'\n';
            count = 1;
        }
        if let Some(last) = buffer[..count].last() {
            self.last = *last;
        }
        self.left -= count as u64;
        Ok(count)
    }
}
