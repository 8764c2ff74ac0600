//! Passwords as types: one that somebody typed, one that is good enough to be set, and a hash.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use tegata_bcrypt::{Hash, Salt, Work};
use tegata_token::{Random, SystemRandom};
use thiserror::Error;

use crate::{guessing, user::UsernameKey};

/// Fewest characters of a new password (NIST SP 800-63B §5.1.1.2 asks for eight).
pub const MIN_CHARACTERS: usize = 8;
/// Most bytes of a new password: bcrypt reads no further.
pub const MAX_BYTES: usize = 72;
/// Of a username or an address, in bytes.
const LONGEST_NAME: usize = 256;
/// Most bytes of a password that is checked. Of an old one that is longer than [`MAX_BYTES`] no more are read,
/// as every bcrypt did when it was set; but nobody has one of this length.
pub const MAX_TYPED_BYTES: usize = 1024;
/// Dearest hash that is computed: each step doubles the work, and a login at 17 holds a core for some seconds.
pub const MAX_COST: u32 = 16;

/// A password as somebody typed it, to be checked.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

impl Password {
    /// Wraps what was typed.
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// Longer than any that is taken.
    pub(crate) fn is_too_long(&self) -> bool {
        self.0.expose_secret().len() > MAX_TYPED_BYTES
    }

    /// bcrypt reads a password over and over, a NUL at its end: `x`, NUL, `x` is `x` to it. One with a NUL is
    /// nobody's.
    pub(crate) fn is_whole(&self) -> bool {
        !self.0.expose_secret().contains('\0')
    }

    /// The work of a check.
    pub(crate) fn check(&self, hash: &Hash) -> Work {
        hash.check(self.0.expose_secret().as_bytes())
    }

    /// Work whose only point is to be done.
    pub(crate) fn work(&self, rounds: u64) -> Work {
        Work::new(self.0.expose_secret().as_bytes(), Salt::default(), rounds)
    }

    /// The work of a new hash, and its salt.
    pub(crate) fn anew(&self, cost: u32) -> (Salt, Work) {
        anew(&self.0, cost)
    }
}

fn anew(password: &SecretString, cost: u32) -> (Salt, Work) {
    let mut salt = Salt::default();
    SystemRandom.fill(&mut salt);
    let password = password.expose_secret().as_bytes();
    (salt, Work::new(password, salt, Hash::rounds(cost)))
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

    /// The work of its hash, and the hash's salt.
    pub(crate) fn anew(&self, cost: u32) -> (Salt, Work) {
        anew(&self.0, cost)
    }

    pub(crate) fn hash(&self, cost: u32) -> PasswordHash {
        let mut salt = Salt::default();
        SystemRandom.fill(&mut salt);
        PasswordHash::made(Hash::of(self.0.expose_secret().as_bytes(), cost, salt))
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

    pub(crate) fn made(hash: Hash) -> Self {
        Self(hash.to_string())
    }

    /// In its parts, if it is one that is computed.
    ///
    /// # Errors
    /// It is not, and no password fits it.
    pub(crate) fn parse(&self, max_cost: u32) -> Result<Hash, Unusable> {
        match Hash::parse(&self.0) {
            Err(_) => Err(Unusable::NoBcrypt),
            Ok(hash) if hash.cost > max_cost => Err(Unusable::TooDear(hash.cost)),
            Ok(hash) => Ok(hash),
        }
    }

    /// The cost it was made at; none when it is not a bcrypt hash.
    pub(crate) fn cost(&self) -> Option<u32> {
        Some(Hash::parse(&self.0).ok()?.cost)
    }
}

/// Why no password fits a stored hash.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Unusable {
    /// It cannot be read.
    #[error("it is no bcrypt hash")]
    NoBcrypt,
    /// It would hold a core for long.
    #[error("its cost is {0}, and at most 16 is computed")]
    TooDear(u32),
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

    fn fits(hash: &PasswordHash, password: &str) -> bool {
        let hash = hash.parse(MAX_COST).unwrap();
        let again = Hash::of(password.as_bytes(), hash.cost, hash.salt);
        hash.is(&again.digest)
    }

    #[test]
    fn a_hash_that_cannot_be_read_or_takes_days_is_not_computed() {
        let short = PasswordHash::from_stored("$2b$12$short".to_owned());
        assert_eq!(short.parse(MAX_COST).err(), Some(Unusable::NoBcrypt));
        for (cost, refused) in [(4, false), (16, false), (17, true), (31, true)] {
            let salt = "Tegata.Tegata.Tegata.O7gq3VXfYh0m1lRkzJ5sN8uWbPdCe2Ta";
            let hash = PasswordHash::from_stored(format!("$2b${cost:02}${salt}"));
            let refusal = refused.then_some(Unusable::TooDear(cost));
            assert_eq!(hash.parse(MAX_COST).err(), refusal);
        }
    }

    #[test]
    fn a_password_that_goes_on_after_a_nul_is_another_one() {
        assert!(Password::new("sesame".to_owned()).is_whole());
        for twin in ["sesame\0sesame", "sesame\0"] {
            assert!(!Password::new(twin.to_owned()).is_whole(), "{twin:?}");
        }
    }

    #[test]
    fn seventy_two_bytes_are_taken_whole_and_one_more_is_refused() {
        let longest =
            "A pass of wood, a gate of stone: who goes from Edo to Kyoto at dawn? Oh!".to_owned();
        assert_eq!(longest.len(), 72);
        let hash = NewPassword::parse(longest.clone(), "u", None)
            .unwrap()
            .hash(4);
        assert!(bcrypt::verify(&longest, hash.as_stored()).unwrap());
        assert!(fits(&hash, &longest) && !fits(&hash, &longest[..71]));
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
            assert!(fits(&hash, &long), "{version}");
        }
    }

    #[test]
    fn what_is_secret_does_not_show_in_debug() {
        let shown = format!(
            "{:?} {:?} {:?}",
            Password::new("open sesame".into()),
            NewPassword::parse("open sesame, please".into(), "u", None).unwrap(),
            PasswordHash::from_stored("$2b$12$…".into()),
        );
        assert!(
            !shown.contains("sesame") && !shown.contains("$2b$"),
            "{shown}"
        );
    }
}
