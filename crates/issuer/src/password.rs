//! Passwords as types: one that somebody typed, one that is good enough to be set, and a hash.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use crate::{guessing, user::UsernameKey};

/// Fewest characters of a new password (NIST SP 800-63B §5.1.1.2 asks for eight).
pub const MIN_CHARACTERS: usize = 8;
/// Most bytes of a new password: bcrypt reads no further.
pub const MAX_BYTES: usize = 72;
/// Of a username or an address, in bytes.
const LONGEST_NAME: usize = 256;

/// A password as somebody typed it, to be checked.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

impl Password {
    /// Wraps what was typed.
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// None only if the system's randomness fails; then the old hash stays.
    pub(crate) fn rehash(&self, cost: u32) -> Option<PasswordHash> {
        PasswordHash::of(self.0.expose_secret(), cost)
    }

    /// Does what is left of the work of a check at `cost`, after one at the cost `done` or none at all:
    /// how long a refusal takes tells neither whether there is such a user nor how old the hash is.
    pub(crate) fn pad(&self, done: Option<u32>, cost: u32) {
        for cost in padding(done, cost) {
            PasswordHash::decoy(cost).matches(self);
        }
    }
}

/// Each cost doubles the work, so 2⁵ + (2⁵ + 2⁶ + 2⁷) = 2⁸: after a check at 5, those at 5, 6 and 7 make
/// up one at 8.
fn padding(done: Option<u32>, cost: u32) -> std::ops::Range<u32> {
    match done {
        Some(done) => done..cost,
        None => cost..cost + 1,
    }
}

/// A password that passed the rules for new ones.
#[derive(Clone, Debug)]
pub struct NewPassword(SecretString);

/// Why a password cannot be set.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Unfit {
    /// Fewer than [`MIN_CHARACTERS`].
    #[error("Password should have at least 8 characters")]
    TooShort,
    /// More than [`MAX_BYTES`] in UTF-8.
    #[error("Password should have at most 72 bytes in UTF-8 (about 24 Japanese characters)")]
    TooLong,
    /// It holds a NUL, where C implementations of bcrypt stop reading.
    #[error("Password should not contain a NUL character")]
    Nul,
    /// It is the user's own name or address, or holds little else.
    #[error("Password should not be the username or the email address")]
    Personal,
    /// It is among the first that anybody would guess.
    #[error("Password is too easy to guess; make it longer or less common")]
    Guessable,
}

impl Unfit {
    /// A stable code for programs, in the manner of pydantic's error types.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::Nul => "password_nul",
            Self::Personal => "password_personal",
            Self::Guessable => "password_guessable",
        }
    }
}

impl NewPassword {
    /// Judges a password for the user of these names. That can take a core some milliseconds.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn parse(text: String, username: &str, email: Option<&str>) -> Result<Self, Unfit> {
        if text.len() > MAX_BYTES {
            return Err(Unfit::TooLong);
        }
        if text.contains('\0') {
            return Err(Unfit::Nul);
        }
        if text.chars().count() < MIN_CHARACTERS {
            return Err(Unfit::TooShort);
        }
        let key = UsernameKey::of(&text);
        // What is longer is nobody's name, and was refused as one.
        let own = [Some(username), email].into_iter().flatten();
        let own = own.filter(|name| name.len() <= LONGEST_NAME);
        if own.clone().any(|name| UsernameKey::of(name) == key) {
            return Err(Unfit::Personal);
        }
        let own: Vec<&str> = own.collect();
        // A score under 2 falls within a million guesses.
        if guessing::score(&text, &own) < zxcvbn::Score::Two {
            return Err(Unfit::Guessable);
        }
        Ok(Self(SecretString::from(text)))
    }

    pub(crate) fn hash(&self, cost: u32) -> Option<PasswordHash> {
        PasswordHash::of(self.0.expose_secret(), cost)
    }
}

/// A bcrypt hash: `$2a$`, `$2b$` or `$2y$` when read, `$2b$` when made here.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash as a store keeps it.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// As a store keeps it.
    pub fn as_stored(&self) -> &str {
        &self.0
    }

    /// Whether this is the password's hash. Reads 72 bytes at most, as every bcrypt of old did, so
    /// that users who were imported with longer passwords still log in.
    pub(crate) fn matches(&self, password: &Password) -> bool {
        let password = password.0.expose_secret();
        match bcrypt::verify(password, &self.0) {
            // bcrypt reads a password over and over, a NUL at its end: `x`, NUL, `x` is `x` to it.
            Ok(matches) => matches && !password.contains('\0'),
            Err(cause) => {
                tracing::error!(%cause, "a stored password hash cannot be read");
                false
            }
        }
    }

    /// The cost it was made at; none when it is not a bcrypt hash, and was no work to check.
    pub(crate) fn cost(&self) -> Option<u32> {
        let parts: bcrypt::HashParts = self.0.parse().ok()?;
        Some(parts.get_cost()).filter(|cost| (4..=31).contains(cost))
    }

    /// A hash of nobody's password, as much work to check as a real one of that cost.
    pub(crate) fn decoy(cost: u32) -> Self {
        Self(format!(
            "$2b${cost:02}$Tegata.Tegata.Tegata.O7gq3VXfYh0m1lRkzJ5sN8uWbPdCe2Ta"
        ))
    }

    fn of(password: &str, cost: u32) -> Option<Self> {
        match bcrypt::hash(password, cost) {
            Ok(hash) => Some(Self(hash)),
            Err(cause) => {
                tracing::error!(%cause, "a password could not be hashed");
                None
            }
        }
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str) -> Result<(), Unfit> {
        NewPassword::parse(text.to_owned(), "Hanako", Some("hanako@example.com")).map(drop)
    }

    #[test]
    fn a_decoy_is_a_hash_that_takes_the_work_of_a_real_one() {
        for cost in [4, 5, 10] {
            let decoy = PasswordHash::decoy(cost);
            let checked = bcrypt::verify("x", decoy.as_stored());
            assert!(
                !checked.unwrap(),
                "one that cannot be read would be no work"
            );
            assert_eq!(decoy.cost(), Some(cost));
        }
    }

    #[test]
    fn a_refusal_is_the_work_of_one_hash_whatever_the_stored_one_is() {
        let work = |costs: std::ops::Range<u32>| -> u64 { costs.map(|cost| 1 << cost).sum() };
        assert_eq!(work(padding(None, 12)), 1 << 12, "no such user");
        for stored in 4..=12 {
            let all = (1 << stored) + work(padding(Some(stored), 12));
            assert_eq!(all, 1 << 12, "a hash of cost {stored}");
        }
        let unreadable = PasswordHash::from_stored("$2b$12$short".to_owned());
        assert_eq!(unreadable.cost(), None, "which is no work by itself");
    }

    #[test]
    fn a_password_that_goes_on_after_a_nul_is_another_one() {
        let hash = Password::new("sesame".to_owned()).rehash(4).unwrap();
        assert!(hash.matches(&Password::new("sesame".to_owned())));
        for twin in ["sesame\0sesame", "sesame\0"] {
            assert!(!hash.matches(&Password::new(twin.to_owned())), "{twin:?}");
        }
    }

    #[test]
    fn seventy_two_bytes_are_taken_whole_and_one_more_is_refused() {
        let longest =
            "A pass of wood, a gate of stone: who goes from Edo to Kyoto at dawn? Oh!".to_owned();
        assert_eq!(longest.len(), 72);
        let hash = NewPassword::parse(longest.clone(), "u", None)
            .unwrap()
            .hash(4)
            .unwrap();
        assert!(hash.matches(&Password::new(longest.clone())));
        assert!(!hash.matches(&Password::new(longest[..71].to_owned())));
        assert_eq!(judge(&format!("{longest}!")), Err(Unfit::TooLong));
        assert_eq!(
            judge(&"関所".repeat(13)),
            Err(Unfit::TooLong),
            "26 characters, 78 bytes"
        );
    }

    #[test]
    fn each_rule_has_its_own_answer() {
        assert_eq!(judge("Short7!"), Err(Unfit::TooShort));
        assert_eq!(judge("with\0nul-inside"), Err(Unfit::Nul));
        for own in ["HANAKO@example.com", "ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｃｏｍ"]
        {
            assert_eq!(judge(own), Err(Unfit::Personal), "{own}");
        }
        assert_eq!(judge("password123"), Err(Unfit::Guessable));
        assert_eq!(judge("aaaaaaaaaaaa"), Err(Unfit::Guessable));
        assert_eq!(judge("関所を越える道は八つ"), Ok(()));
        assert_eq!(judge("correct horse battery staple"), Ok(()));
    }

    #[test]
    fn hashes_of_other_makers_are_read_and_old_truncation_is_followed() {
        let long = "x".repeat(80);
        let truncated = bcrypt::hash(&long[..72], 4).unwrap();
        for version in ["$2a$", "$2b$", "$2y$"] {
            let hash = PasswordHash::from_stored(truncated.replace("$2b$", version));
            assert!(hash.matches(&Password::new(long.clone())), "{version}");
        }
    }

    #[test]
    fn what_is_secret_does_not_show_in_debug() {
        let shown = format!(
            "{:?} {:?} {:?}",
            Password::new("open sesame".into()),
            NewPassword::parse("open sesame, please".into(), "u", None).unwrap(),
            PasswordHash::decoy(4),
        );
        assert!(
            !shown.contains("sesame") && !shown.contains("$2b$"),
            "{shown}"
        );
    }
}
