//! What all tests of this process log, from INFO. One log for all, because tracing asks a single subscriber of one
//! thread from every thread whether an event interests anybody, and remembers the answer.

use std::{
    io::{self, Write},
    sync::{Mutex, Once},
};

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Begins to listen; for whoever is first.
pub(crate) fn listen() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(|| Sink)
            .init();
    });
}

/// The lines that name this address.
pub(crate) fn of(address: &str) -> String {
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    let named = format!("{address:?}");
    log.split_inclusive('\n')
        .filter(|line| line.contains(&named))
        .collect()
}

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
