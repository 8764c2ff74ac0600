//! Where one request ends and the next begins, judged before the HTTP library sees a byte.
//!
//! Pure: bytes in, bytes out. What a proxy in front of us might read in another way than we do (RFC 9112 §11.2) is
//! refused: both lengths, a line that ends in a bare LF, a folded field. The library is lenient with some of them.

mod chunks;
mod head;

use http::StatusCode;

use chunks::Chunks;
use head::judge;

/// A head has at most so many bytes; one more is 431.
pub const HEAD_LIMIT: usize = 16 * 1024;
/// Its first line has at most so many bytes; one more is 414.
pub const REQUEST_LINE_LIMIT: usize = 8 * 1024;
/// It has at most so many fields; one more is 431.
pub const FIELDS_LIMIT: usize = 64;

/// Most heads are not larger.
const USUAL_HEAD: usize = 1024;

/// The method of the request that stands for a refused one. Whoever sends it is refused.
pub(crate) const REFUSED: &str = "TEGATA-REFUSED";

/// Why nothing more passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// In a head: this is the answer, and the last one on this connection.
    Head(StatusCode),
    /// In a body that somebody reads already.
    Body,
}

/// Follows the requests of one connection.
#[derive(Debug, Default)]
pub struct Framing(State);

#[derive(Debug)]
enum State {
    Head(Head),
    /// So many bytes of a body are to come.
    Body(u64),
    Chunks(Chunks),
    Over(Fault),
}

/// A head that is not complete.
#[derive(Debug, Default)]
struct Head {
    held: Vec<u8>,
    /// Where the line begins that is not complete.
    line: usize,
    lines: usize,
    /// Whether an empty line came before it, as some clients send after a body (RFC 9112 §2.2).
    blank: bool,
}

/// How the body of a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Known(u64),
    Chunked,
}

impl Default for State {
    fn default() -> Self {
        Self::Head(Head::default())
    }
}

impl Framing {
    /// Takes what has arrived, and adds to `passed` what may be read: heads as a whole, bodies as they come.
    ///
    /// # Errors
    /// [`Fault`], now and from now on; what came before it is in `passed`.
    pub fn pass(&mut self, mut input: &[u8], passed: &mut Vec<u8>) -> Result<(), Fault> {
        while !input.is_empty() {
            let (rest, next) = match &mut self.0 {
                State::Over(fault) => return Err(*fault),
                State::Head(head) => head.take(input, passed),
                State::Body(left) => {
                    let here = input
                        .len()
                        .min(usize::try_from(*left).unwrap_or(usize::MAX));
                    passed.extend_from_slice(&input[..here]);
                    *left -= here as u64;
                    (&input[here..], (*left == 0).then(State::default))
                }
                State::Chunks(chunks) => match chunks.take(input, passed) {
                    Ok((rest, true)) => (rest, Some(State::default())),
                    Ok((rest, false)) => (rest, None),
                    Err(()) => (input, Some(State::Over(Fault::Body))),
                },
            };
            input = rest;
            if let Some(next) = next {
                self.0 = next;
            }
        }
        match self.0 {
            State::Over(fault) => Err(fault),
            _ => Ok(()),
        }
    }

    /// Whether a head has begun and is not complete.
    pub fn in_head(&self) -> bool {
        matches!(&self.0, State::Head(head) if !head.held.is_empty())
    }

    /// Whether the rest of a body is to come, or would be.
    pub fn in_body(&self) -> bool {
        matches!(
            self.0,
            State::Body(_) | State::Chunks(_) | State::Over(Fault::Body)
        )
    }

    /// Whether all that came is requests, the last one complete.
    pub fn between_requests(&self) -> bool {
        matches!(&self.0, State::Head(head) if head.held.is_empty())
    }
}

impl Head {
    /// Gives what comes after this head, when it is complete, and what follows.
    fn take<'a>(&mut self, input: &'a [u8], passed: &mut Vec<u8>) -> (&'a [u8], Option<State>) {
        for (at, &byte) in input.iter().enumerate() {
            let rest = &input[at + 1..];
            match self.push(byte) {
                Ok(false) => {}
                Ok(true) => match judge(&self.held) {
                    Ok(length) => {
                        passed.append(&mut self.held);
                        let next = match length {
                            Length::Known(0) => State::default(),
                            Length::Known(left) => State::Body(left),
                            Length::Chunked => State::Chunks(Chunks::default()),
                        };
                        return (rest, Some(next));
                    }
                    Err(status) => return (rest, Some(State::Over(Fault::Head(status)))),
                },
                Err(status) => return (rest, Some(State::Over(Fault::Head(status)))),
            }
        }
        (&[], None)
    }

    /// Whether this byte completes it.
    fn push(&mut self, byte: u8) -> Result<bool, StatusCode> {
        let after_cr = self.held.last() == Some(&b'\r');
        if after_cr != (byte == b'\n') {
            return Err(StatusCode::BAD_REQUEST);
        }
        if self.held.is_empty() && !head::is_token(byte) && byte != b'\r' {
            return Err(StatusCode::BAD_REQUEST);
        }
        if self.held.is_empty() {
            self.held.reserve_exact(USUAL_HEAD);
        }
        self.held.push(byte);
        if byte == b'\n' {
            return self.line();
        }
        if self.lines == 0 && self.held.len() > REQUEST_LINE_LIMIT {
            return Err(StatusCode::URI_TOO_LONG);
        }
        if self.held.len() > HEAD_LIMIT {
            return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        Ok(false)
    }

    fn line(&mut self) -> Result<bool, StatusCode> {
        let is_empty = self.held.len() - self.line == 2;
        match (is_empty, self.lines) {
            (true, 0) if self.blank => Err(StatusCode::BAD_REQUEST),
            (true, 0) => {
                self.held = Vec::new();
                self.blank = true;
                Ok(false)
            }
            (true, _) => Ok(true),
            (false, lines) if lines > FIELDS_LIMIT => {
                Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
            }
            (false, _) => {
                self.lines += 1;
                self.line = self.held.len();
                Ok(false)
            }
        }
    }
}
