//! What passes to the HTTP library is requests that it, too, divides in the same places, however the bytes arrive.

use std::fmt::Write as _;

use httparse::{Request, Status};
use tegata_server::framing::{FIELDS_LIMIT, Fault, Framing};

use crate::input::kind;

/// What a NUL stands for, so that a short input reaches the limits.
const FILLS: [&[u8]; 3] = [b"\0", &[b'a'; 4000], &FIELDS];
/// Sixteen short ones.
const FIELDS: [u8; 96] = *b"a: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\n";
/// NULs of one input that are filled.
const FILLED: usize = 6;
/// What may be answered to a head.
const STATUSES: [u16; 5] = [400, 405, 414, 431, 505];

/// What one connection sends: as it is, with long or many fields for each NUL, or good requests made of it.
pub fn framing(data: &[u8]) {
    let (kind, sent) = kind(data, 4);
    match FILLS.get(usize::from(kind)) {
        Some(fill) => {
            divides(&filled(sent, fill));
        }
        None => {
            let (sent, read) = requests(sent);
            let outcome = divides(&sent);
            assert_eq!(outcome.fault, None);
            assert!(outcome.between_requests && outcome.passed == read);
        }
    }
}

/// All that can be seen of it.
#[derive(Debug, PartialEq)]
struct Outcome {
    passed: Vec<u8>,
    fault: Option<Fault>,
    in_head: bool,
    between_requests: bool,
}

/// In pieces of so many bytes, in turn.
fn outcome(mut sent: &[u8], mut sizes: impl Iterator<Item = usize>) -> Outcome {
    let (mut framing, mut passed, mut fault) = (Framing::default(), Vec::new(), None);
    while !sent.is_empty() {
        let size = sizes.next().unwrap_or(usize::MAX).min(sent.len());
        let (piece, rest) = sent.split_at(size);
        let before = passed.len();
        let told = framing.pass(piece, &mut passed).err();
        if fault.is_some() {
            assert!(told == fault && passed.len() == before, "over is over");
        }
        (fault, sent) = (told, rest);
    }
    Outcome {
        passed,
        fault,
        in_head: framing.in_head(),
        between_requests: framing.between_requests(),
    }
}

fn divides(sent: &[u8]) -> Outcome {
    let whole = outcome(sent, std::iter::empty());
    let single = outcome(sent, std::iter::repeat(1));
    assert_eq!(single, whole, "byte by byte");
    let sizes = sent.iter().map(|byte| 1 + usize::from(byte % 32)).cycle();
    assert_eq!(outcome(sent, sizes), whole, "in pieces");

    let in_body = ends_in_body(&whole.passed);
    match whole.fault {
        Some(Fault::Head(status)) => assert!(!in_body && STATUSES.contains(&status.as_u16())),
        Some(Fault::Body) => assert!(in_body),
        None => assert_eq!(in_body, !whole.in_head && !whole.between_requests),
    }
    whole
}

/// Reads requests as the library does, to the last byte; whether that is inside a body.
fn ends_in_body(mut passed: &[u8]) -> bool {
    while !passed.is_empty() {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS_LIMIT];
        let mut request = Request::new(&mut fields);
        let end = request.parse(passed).expect("a head that it reads, too");
        assert!(end.is_complete(), "{}", passed.escape_ascii());
        let (head, rest) = passed.split_at(end.unwrap());
        assert!(one_way_to_end_lines(head), "{}", head.escape_ascii());
        let rest = match length(&request) {
            Some(length) => rest.get(length..),
            None => after_chunks(rest),
        };
        match rest {
            Some(rest) => passed = rest,
            None => return true,
        }
    }
    false
}

/// CR and LF together only, none before the first line, an empty line at the end only.
fn one_way_to_end_lines(head: &[u8]) -> bool {
    let of = |end: u8| head.iter().filter(|byte| **byte == end).count();
    let pairs = head.windows(2).filter(|two| two == b"\r\n").count();
    let blank = head.windows(4).position(|four| four == b"\r\n\r\n");
    of(b'\r') == pairs
        && of(b'\n') == pairs
        && !head.starts_with(b"\r\n")
        && blank == Some(head.len() - 4)
}

/// Of the body; none is in chunks. Whoever looks at the first, the last or any field that says so reads the same.
fn length(request: &Request<'_, '_>) -> Option<usize> {
    let all = |name: &str| -> Vec<&[u8]> {
        let named = |field: &&httparse::Header<'_>| field.name.eq_ignore_ascii_case(name);
        let fields = request.headers.iter().filter(named);
        fields.map(|field| field.value).collect()
    };
    assert!(all("host").len() <= 1);
    assert!(request.version == Some(0) || all("host").len() == 1);
    let (lengths, codings) = (all("content-length"), all("transfer-encoding"));
    assert!(
        lengths.len() + codings.len() <= 1,
        "{lengths:?}, {codings:?}"
    );
    if let Some(coding) = codings.first() {
        assert!(coding.eq_ignore_ascii_case(b"chunked") && request.version == Some(1));
        return None;
    }
    let length = lengths.first().copied().unwrap_or(b"0");
    assert!(length.iter().all(u8::is_ascii_digit));
    Some(std::str::from_utf8(length).unwrap().parse().unwrap())
}

/// What comes after the last chunk, if that has come.
fn after_chunks(mut body: &[u8]) -> Option<&[u8]> {
    loop {
        let read = httparse::parse_chunk_size(body).expect("a size that it reads, too");
        let Status::Complete((at, size)) = read else {
            return None;
        };
        let end = &body[at..].get(usize::try_from(size).unwrap()..)?;
        let Some(rest) = end.strip_prefix(b"\r\n") else {
            assert!(b"\r\n".starts_with(end), "{}", end.escape_ascii());
            return None;
        };
        if size == 0 {
            return Some(rest);
        }
        body = rest;
    }
}

fn filled(sent: &[u8], fill: &[u8]) -> Vec<u8> {
    let mut parts = sent.split(|byte| *byte == 0);
    let mut all = parts.next().unwrap_or_default().to_vec();
    for part in parts.take(FILLED) {
        all.extend_from_slice(fill);
        all.extend_from_slice(part);
    }
    all
}

/// A request with each part as its path, as the value of a field and as its body; and all of it as it should pass.
fn requests(data: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut sent, mut read) = (Vec::new(), Vec::new());
    for part in data.split(|byte| *byte == 0).take(4) {
        let mut head = "POST /".to_owned();
        let path = part.iter().filter(|byte| byte.is_ascii_alphanumeric());
        head.extend(path.take(64).map(|byte| char::from(*byte)));
        head.push_str(" HTTP/1.1\r\nHost: localhost:8080\r\nNote: ");
        let mut request = head.into_bytes();
        let value = part.iter().filter(|byte| **byte >= b' ' && **byte != 0x7f);
        request.extend(value.take(256));
        let size = 1 + part.len() / 3;
        if part.len() % 2 == 0 {
            let length = format!("\r\ncontent-length: {}\r\n\r\n", part.len());
            request.extend_from_slice(length.as_bytes());
            request.extend_from_slice(part);
        } else {
            request.extend_from_slice(b"\r\nTransfer-Encoding: Chunked\r\n\r\n");
            for chunk in part.chunks(size) {
                let mut line = String::new();
                let _ = write!(line, "{:X};note=\"{size}\"\r\n", chunk.len());
                request.extend_from_slice(line.as_bytes());
                request.extend_from_slice(chunk);
                request.extend_from_slice(b"\r\n");
            }
            request.extend_from_slice(b"0\r\n\r\n");
        }
        // As some clients send it before a request.
        if size % 2 == 0 {
            sent.extend_from_slice(b"\r\n");
        }
        sent.extend_from_slice(&request);
        read.extend_from_slice(&request);
    }
    (sent, read)
}
