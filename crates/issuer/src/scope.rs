//! Scopes (RFC 6749 §3.3): what a token permits, as words of the services.

use std::fmt;

use thiserror::Error;

/// Most characters of one.
const MAX_SCOPE: usize = 128;
/// Most of one client: with the longest of them a token is still well under the 8 KiB that services read.
const MAX_SCOPES: usize = 32;

/// Some scopes, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<String>);

/// Scopes were refused; the text says what is allowed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadScope {
    /// Not a word in the sense of RFC 6749 §3.3.
    #[error("A scope should have 1 to 128 printable characters of ASCII, without quotes and \\")]
    Word,
    /// A token would not hold them.
    #[error("There should be at most 32 scopes: they are all in one token")]
    TooMany,
    /// The client was not given one of them.
    #[error("The client may not have one of these scopes")]
    NotAllowed,
}

impl Scopes {
    /// Reads lists of words with blanks between. A word that comes again counts once.
    ///
    /// # Errors
    /// [`BadScope::Word`], [`BadScope::TooMany`]
    pub fn parse<T: AsRef<str>>(lists: impl IntoIterator<Item = T>) -> Result<Self, BadScope> {
        let mut scopes = Vec::new();
        for list in lists {
            for word in list.as_ref().split(' ').filter(|word| !word.is_empty()) {
                let allowed = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
                if word.len() > MAX_SCOPE || !word.bytes().all(allowed) {
                    return Err(BadScope::Word);
                }
                if scopes.iter().any(|one| one == word) {
                    continue;
                }
                if scopes.len() == MAX_SCOPES {
                    return Err(BadScope::TooMany);
                }
                scopes.push(word.to_owned());
            }
        }
        Ok(Self(scopes))
    }

    /// What a store kept: they were judged when they were set.
    pub fn from_stored(scopes: Vec<String>) -> Self {
        Self(scopes)
    }

    /// Each, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is one of them; case counts.
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|one| one == scope)
    }
}

impl fmt::Display for Scopes {
    /// As a token has them, with blanks between.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_the_standard_has_them() {
        let read = |text: &str| Scopes::parse([text]).map(|scopes| scopes.to_string());
        assert_eq!(read(""), Ok(String::new()));
        assert_eq!(
            read("orders:read  https://x.test/a orders:read "),
            Ok("orders:read https://x.test/a".to_owned())
        );
        assert_eq!(
            Scopes::parse(["b a", "c"]).map(|scopes| scopes.to_string()),
            Ok("b a c".to_owned())
        );
        for bad in ["a\tb", "\"a\"", "a\\b", "é", "a\nb", "\0", &"x".repeat(129)] {
            assert_eq!(read(bad), Err(BadScope::Word), "{bad:?}");
        }
        let many = |count: usize| (0..count).map(|n| format!("s{n}")).collect::<Vec<_>>();
        assert!(Scopes::parse(many(32)).is_ok());
        assert_eq!(Scopes::parse(many(33)), Err(BadScope::TooMany));
    }
}
