//! Reads the token: from the arguments, or from standard input.

use std::io::{IsTerminal, Read};

use crate::Failure;

/// Larger than any token by far; what is larger still is not read.
const MOST_BYTES: u64 = 2 * 1024 * 1024;

/// Ours, and Flask-JWT's.
const SCHEMES: [&str; 2] = ["Bearer", "JWT"];

/// The token, without `Bearer` and what stands around it.
pub(super) fn token(words: &[String]) -> Result<String, Failure> {
    let text = match words {
        [] if std::io::stdin().is_terminal() => {
            return Err(Failure::usage(
                "write the token on standard input, such as `tegata explain < token.txt`, or as an argument",
            ));
        }
        [] => standard_input()?,
        [dash] if dash == "-" => standard_input()?,
        // An unquoted `Bearer eyJ…` comes as two.
        words => words.join(" "),
    };
    Ok(bare(&text).to_owned())
}

fn standard_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Failure::usage(
            "there is more than 2 MiB on standard input: write one token and nothing else",
        ));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// As it is copied from a header, a log or JSON.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let text = match text.split_at_checked("Authorization:".len()) {
        Some((name, rest)) if name.eq_ignore_ascii_case("Authorization:") => rest.trim_start(),
        _ => text,
    };
    let text = match text.split_once(char::is_whitespace) {
        Some((scheme, rest)) if SCHEMES.iter().any(|one| scheme.eq_ignore_ascii_case(one)) => {
            rest.trim_start()
        }
        _ => text,
    };
    let quoted = |mark| text.strip_prefix(mark)?.strip_suffix(mark);
    quoted('"').or_else(|| quoted('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn what_stands_around_a_token_is_taken_off() {
        for text in [
            "a.b.c",
            " a.b.c\r\n",
            "Bearer a.b.c",
            "bearer \t a.b.c",
            "JWT a.b.c",
            "Authorization: Bearer a.b.c",
            "\"a.b.c\"",
        ] {
            assert_eq!(bare(text), "a.b.c", "{text}");
        }
        for other in ["", "Bearer", "Bearera.b.c", "a.b.c Bearer"] {
            assert_eq!(bare(other), other);
        }
    }
}
