//! One complete head: whether everybody reads it alike, and how long its body is (RFC 9112 §3, §5, §6).

use http::{StatusCode, Uri};

use super::{Length, REFUSED};

/// Judges a head, from its first line to the empty one. No line in it has a bare CR or LF.
pub(super) fn judge(head: &[u8]) -> Result<Length, StatusCode> {
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| match line {
        [line @ .., b'\r'] => line,
        line => line,
    });
    let request = RequestLine::parse(lines.next().unwrap_or_default())?;
    let mut fields = Fields::default();
    for line in lines.take_while(|line| !line.is_empty()) {
        fields.add(line)?;
    }
    request.agrees_with(fields.host)?;
    fields.length(request.is_1_1)
}

struct RequestLine<'a> {
    target: &'a [u8],
    is_options: bool,
    is_1_1: bool,
}

impl<'a> RequestLine<'a> {
    fn parse(line: &'a [u8]) -> Result<Self, StatusCode> {
        let mut words = line.split(|byte| *byte == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(StatusCode::BAD_REQUEST);
        };
        let is_method = !method.is_empty() && method.iter().all(|byte| is_token(*byte));
        // The library refuses some of what is graphic in a way of its own, with nothing that our answers carry.
        let is_target = !target.is_empty()
            && target.iter().all(u8::is_ascii_graphic)
            && Uri::try_from(target).is_ok();
        if !is_method || !is_target || method == REFUSED.as_bytes() {
            return Err(StatusCode::BAD_REQUEST);
        }
        let is_1_1 = match version {
            b"HTTP/1.1" => true,
            b"HTTP/1.0" => false,
            [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
                if major.is_ascii_digit() && minor.is_ascii_digit() =>
            {
                return Err(StatusCode::HTTP_VERSION_NOT_SUPPORTED);
            }
            _ => return Err(StatusCode::BAD_REQUEST),
        };
        if method == b"CONNECT" {
            // A tunnel is no request with a body: what follows would be framed by nobody.
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        Ok(Self {
            target,
            is_options: method == b"OPTIONS",
            is_1_1,
        })
    }

    /// One host, however the target is written (RFC 9112 §3.2).
    fn agrees_with(&self, host: Option<&[u8]>) -> Result<(), StatusCode> {
        let refused = Err(StatusCode::BAD_REQUEST);
        if host.is_none() && self.is_1_1 {
            return refused;
        }
        match self.target {
            [b'/', ..] => Ok(()),
            b"*" if self.is_options => Ok(()),
            absolute => match authority(absolute) {
                Some(named) if host.is_none_or(|host| host.eq_ignore_ascii_case(named)) => Ok(()),
                _ => refused,
            },
        }
    }
}

/// The host and the port of `http://host:port/…`.
fn authority(target: &[u8]) -> Option<&[u8]> {
    let after = |scheme: &[u8]| {
        let (start, rest) = target.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    let rest = after(b"http://").or_else(|| after(b"https://"))?;
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    let named = &rest[..end.unwrap_or(rest.len())];
    is_host(named).then_some(named)
}

/// Those that frame a request.
#[derive(Default)]
struct Fields<'a> {
    host: Option<&'a [u8]>,
    length: Option<u64>,
    chunked: bool,
}

impl<'a> Fields<'a> {
    fn add(&mut self, line: &'a [u8]) -> Result<(), StatusCode> {
        let refused = Err(StatusCode::BAD_REQUEST);
        // A line that begins with a blank continues the one before; a blank before the colon is no token either.
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return refused;
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        let is_text = |byte: &u8| *byte >= b' ' && *byte != 0x7f || *byte == b'\t';
        if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) || !line.iter().all(is_text)
        {
            return refused;
        }
        if name.eq_ignore_ascii_case(b"host") {
            if self.host.is_some() || !is_host(value) {
                return refused;
            }
            self.host = Some(value);
        } else if name.eq_ignore_ascii_case(b"content-length") {
            match digits(value) {
                Some(length) if self.length.is_none() => self.length = Some(length),
                _ => return refused,
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return refused;
            }
            self.chunked = true;
        }
        Ok(())
    }

    fn length(&self, is_1_1: bool) -> Result<Length, StatusCode> {
        match (self.length, self.chunked) {
            (None, true) if is_1_1 => Ok(Length::Chunked),
            (_, true) => Err(StatusCode::BAD_REQUEST),
            (length, false) => Ok(Length::Known(length.unwrap_or_default())),
        }
    }
}

/// Nothing but digits, and not so many that a number would overflow.
fn digits(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > 18 || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// A host and perhaps a port: neither blanks nor what begins another part of an address.
fn is_host(value: &[u8]) -> bool {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+;=:[]".contains(byte);
    !value.is_empty() && value.iter().all(part)
}

/// RFC 9110 §5.6.2.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
