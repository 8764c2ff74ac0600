//! A body in chunks (RFC 9112 §7.1). Trailer fields are refused: nobody here reads them.

/// Digits of a chunk's size; more than that is no body of ours.
const SIZE_DIGITS: u8 = 8;
/// Bytes of extensions in one body: they are read over, and cost.
const EXTENSIONS: u16 = 1024;

#[derive(Debug, Default)]
pub(super) struct Chunks {
    at: At,
    extensions: u16,
}

#[derive(Clone, Copy, Debug)]
enum At {
    /// In a size of which so many digits have come.
    Size {
        size: u64,
        digits: u8,
    },
    Extension {
        size: u64,
    },
    SizeLf {
        size: u64,
    },
    Data {
        left: u64,
    },
    DataCr,
    DataLf,
    EndCr,
    EndLf,
}

impl Default for At {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

impl Chunks {
    /// Gives what comes after it, and whether that is because it has ended.
    pub(super) fn take<'a>(
        &mut self,
        mut input: &'a [u8],
        passed: &mut Vec<u8>,
    ) -> Result<(&'a [u8], bool), ()> {
        while let Some((&byte, rest)) = input.split_first() {
            if let At::Data { left } = self.at {
                let here = input.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                passed.extend_from_slice(&input[..here]);
                input = &input[here..];
                self.at = match left - here as u64 {
                    0 => At::DataCr,
                    left => At::Data { left },
                };
                continue;
            }
            let ended = matches!(self.at, At::EndLf);
            self.at = self.step(byte).ok_or(())?;
            passed.push(byte);
            input = rest;
            if ended {
                return Ok((input, true));
            }
        }
        Ok((input, false))
    }

    fn step(&mut self, byte: u8) -> Option<At> {
        match (self.at, byte) {
            (At::Size { size, digits }, _) if byte.is_ascii_hexdigit() && digits < SIZE_DIGITS => {
                let digit = u64::from(char::from(byte).to_digit(16)?);
                let (size, digits) = (size * 16 + digit, digits + 1);
                Some(At::Size { size, digits })
            }
            (At::Size { size, digits: 1.. }, b';') => Some(At::Extension { size }),
            (At::Size { size, digits: 1.. } | At::Extension { size }, b'\r') => {
                Some(At::SizeLf { size })
            }
            (At::Extension { size }, b'\t' | b' '..=b'~') => {
                self.extensions += 1;
                (self.extensions <= EXTENSIONS).then_some(At::Extension { size })
            }
            (At::SizeLf { size: 0 }, b'\n') => Some(At::EndCr),
            (At::SizeLf { size }, b'\n') => Some(At::Data { left: size }),
            (At::DataCr, b'\r') => Some(At::DataLf),
            (At::DataLf | At::EndLf, b'\n') => Some(At::default()),
            (At::EndCr, b'\r') => Some(At::EndLf),
            _ => None,
        }
    }
}
