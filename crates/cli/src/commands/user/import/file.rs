//! A file or standard input: opened, its bytes counted, its encoding looked at.

use std::{
    fs::File,
    io::{self, BufReader, Chain, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::source::Position;
use crate::Failure;

/// Most bytes of one record; whatever is longer is no user.
pub(super) const MAX_RECORD: u64 = 1 << 20;
pub(super) const NOT_UTF8: &str = "it is not UTF-8: save the file as UTF-8";

const BOM: &[u8] = b"\xef\xbb\xbf";

pub(super) struct Input {
    /// As it is named in messages.
    pub(super) name: String,
    pub(super) bytes: Bytes,
    pub(super) gauge: Gauge,
}

/// What is left of a file after a look at its first bytes.
pub(super) type Bytes = Chain<Cursor<Vec<u8>>, BufReader<Counted>>;

/// How much was read, of how much.
#[derive(Clone, Debug)]
pub(super) struct Gauge {
    read: Arc<AtomicU64>,
    size: Option<u64>,
}

pub(super) struct Counted {
    inner: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

/// How a source is named in messages.
pub(super) fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Opens a file, or standard input for `-`.
pub(super) fn open(path: &Path) -> Result<Input, Failure> {
    let name = name(path);
    let unreadable = |cause: io::Error| Failure::from(format!("cannot read {name}: {cause}"));
    let (inner, size): (Box<dyn Read + Send>, _) = if path == Path::new("-") {
        (Box::new(io::stdin()), None)
    } else {
        let file = File::open(path).map_err(unreadable)?;
        let about = file.metadata().map_err(unreadable)?;
        let size = about.is_file().then_some(about.len());
        (Box::new(file), size)
    };
    let read = Arc::new(AtomicU64::new(0));
    let gauge = Gauge {
        read: Arc::clone(&read),
        size,
    };
    let mut bytes = BufReader::with_capacity(1 << 16, Counted { inner, read });

    let mut start = Vec::new();
    (&mut bytes)
        .take(3)
        .read_to_end(&mut start)
        .map_err(unreadable)?;
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Err(format!("{name} is UTF-16: save it as UTF-8").into());
    }
    if start == BOM {
        start.clear();
    }
    Ok(Input {
        name,
        bytes: Cursor::new(start).chain(bytes),
        gauge,
    })
}

impl Gauge {
    pub(super) fn position(&self) -> Position {
        Position::Bytes(self.read.load(Ordering::Relaxed), self.size)
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
