//! The names a user may have. Parsed once at the edge and trusted after.

#[cfg(test)]
mod tests;

use caseless::default_case_fold_str;
use thiserror::Error;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Most characters of a username.
pub const MAX_USERNAME: usize = 64;
/// Most bytes of an email address (RFC 5321 §4.5.3.1.3).
const MAX_EMAIL: usize = 254;
/// Most roles of a user: with the longest names a token is still well under the 8 KiB that services read.
const MAX_ROLES: usize = 64;
/// Most characters of a display name.
const MAX_NAME: usize = 128;

/// A name that can be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// What a store kept: it was judged when it was set.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Letters and digits of any script with their marks, and `. _ - @ +`, the first a letter or digit.
    /// Nothing invisible and no blanks: two names that look the same are the same.
    ///
    /// # Errors
    /// [`BadName::Username`]
    pub fn parse(text: &str) -> Result<Self, BadName> {
        // One letter may become eighteen: what is too long is not looked at.
        if text.len() > MAX_USERNAME * 4 {
            return Err(BadName::Username);
        }
        let normal: String = text.nfkc().collect();
        // Hindi and Thai are not written without marks (categories Mn and Mc).
        let allowed = |c: char| {
            (c.is_alphanumeric() || is_combining_mark(c) || "._-@+".contains(c)) && !is_invisible(c)
        };
        let begins = |c: char| c.is_alphanumeric() && !is_combining_mark(c);
        let fits = (1..=MAX_USERNAME).contains(&normal.chars().count())
            && text.chars().count() <= MAX_USERNAME;
        if fits && normal.chars().all(allowed) && normal.starts_with(begins) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName::Username)
        }
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is found.
    pub fn key(&self) -> UsernameKey {
        UsernameKey::of(&self.0)
    }
}

/// What makes two usernames the same: NFKC and case-folded, so that `Ｈａｎａｋｏ` is `hanako`.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub struct UsernameKey(String);

impl UsernameKey {
    /// The key of whatever was typed into a login form.
    pub fn of(text: &str) -> Self {
        Self(fold(text))
    }

    /// As a store keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An email address: its shape is checked, its existence is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// What a store kept: it was judged when it was set.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Judges what was typed.
    ///
    /// # Errors
    /// [`BadName::Email`]
    pub fn parse(text: &str) -> Result<Self, BadName> {
        if text.len() > MAX_EMAIL {
            return Err(BadName::Email);
        }
        let plain = email_address::Options::default()
            .without_display_text()
            .without_domain_literal();
        let known = email_address::EmailAddress::parse_with_options(text, plain);
        match known {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err(BadName::Email),
        }
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is found: two spellings of one mailbox are one.
    pub fn key(&self) -> String {
        fold(&self.0)
    }
}

/// What to call somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// What a store kept: it was judged when it was set.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Judges what was typed.
    ///
    /// # Errors
    /// [`BadName::DisplayName`]
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let text = text.trim();
        let fits = text.chars().count() <= MAX_NAME;
        let harmful = |c: char| c.is_control() || turns_text(c);
        if fits && !text.chars().any(harmful) && text.chars().any(|c| !is_invisible(c)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName::DisplayName)
        }
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Judges the name of a role: a word that fits a token and a list.
///
/// # Errors
/// [`BadName::Role`]
pub fn role(text: &str) -> Result<String, BadName> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    if (1..=64).contains(&text.len()) && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err(BadName::Role)
    }
}

/// Judges the roles of one user.
///
/// # Errors
/// [`BadName::Role`], [`BadName::Roles`]
pub fn roles<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Result<Vec<String>, BadName> {
    // One too many is enough to know.
    let names = names.into_iter().take(MAX_ROLES + 1);
    let roles: Vec<String> = names
        .map(|name| role(name.as_ref()))
        .collect::<Result<_, _>>()?;
    if roles.len() > MAX_ROLES {
        return Err(BadName::Roles);
    }
    Ok(roles)
}

/// A name was refused; the text says what is allowed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadName {
    /// See [`Username::parse`].
    #[error(
        "Username should have 1 to 64 letters, digits or . _ - @ + and start with a letter or digit"
    )]
    Username,
    /// See [`Email::parse`].
    #[error("Email should be an address such as hanako@example.com")]
    Email,
    /// See [`role`].
    #[error("A role should have 1 to 64 letters, digits or . _ : -")]
    Role,
    /// See [`roles`].
    #[error("A user should have at most 64 roles: they are all in every token")]
    Roles,
    /// See [`DisplayName::parse`].
    #[error(
        "Name should have 1 to 128 characters, a visible one among them and no control characters"
    )]
    DisplayName,
}

/// Letters, marks and formats that draw nothing (of Unicode's Default_Ignorable_Code_Point, those that
/// are assigned, and Khitan's filler).
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{16fe4}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Line breaks, and what makes the text after it run the other way: either lets a name rewrite the page
/// around it.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Unicode's compatibility caseless match (definition D146): fold, NFKC, and once more, because
/// either step can make work for the other.
fn fold(text: &str) -> String {
    let once: String = default_case_fold_str(&text.nfkc().collect::<String>());
    let twice: String = once.nfkc().collect();
    default_case_fold_str(&twice).nfkc().collect()
}
