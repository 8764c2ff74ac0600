//! What a file or a collection says of a user, and how it becomes one.

#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::{Map, Value};
use tegata_token::Random;
use thiserror::Error;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::hash::{self, BadHash};
use crate::user::{BadName, DisplayName, Email, User, Username, roles, user_id};

const ID: &[&str] = &["id"];
const USERNAME: &[&str] = &["username"];
const EMAIL: &[&str] = &["email"];
const NAME: &[&str] = &["name", "full_name"];
const ROLES: &[&str] = &["roles"];
const PASSWORD_HASH: &[&str] = &["password_hash", "hashed_password", "password"];
const DISABLED: &[&str] = &["disabled"];
/// The same from the other side, as Django, fastapi-users and Flask-Security have it.
const ACTIVE: &[&str] = &["is_active", "active"];
const CREATED_AT: &[&str] = &["created_at"];
const UPDATED_AT: &[&str] = &["updated_at"];

const ALL: [&[&str]; 10] = [
    ID,
    USERNAME,
    EMAIL,
    NAME,
    ROLES,
    PASSWORD_HASH,
    DISABLED,
    ACTIVE,
    CREATED_AT,
    UPDATED_AT,
];

/// Most letters of a username that are repeated in a message.
const SHOWN: usize = 64;

/// Members under the names that the source gives them; nothing is judged yet. A member that is empty, or
/// null, is as good as none.
#[derive(Clone, Default)]
pub struct Record(Map<String, Value>);

/// A user as a record describes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// With a new id, when the record has none.
    pub user: User,
    /// Whether the record has one.
    pub has_id: bool,
}

/// Why a record does not describe a user. The text never repeats a value.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadRecord {
    /// Nobody can be let in without it.
    #[error("there is no {0}")]
    Missing(&'static str),
    /// A member is of the wrong kind.
    #[error("{member} should be {expected}")]
    Shape {
        /// Its name.
        member: &'static str,
        /// What it should be instead.
        expected: &'static str,
    },
    /// A name breaks a rule.
    #[error(transparent)]
    Name(#[from] BadName),
    /// See [`BadHash`].
    #[error(transparent)]
    Hash(#[from] BadHash),
}

impl Record {
    /// Wraps what was read.
    pub fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// Whether any member of that name would be looked at.
    pub fn knows(name: &str) -> bool {
        ALL.iter().any(|names| names.contains(&name))
    }

    /// Whether records with these members can be imported at all.
    pub fn can_be_made_of(members: &[String]) -> bool {
        let has = |names: &[&str]| members.iter().any(|name| names.contains(&name.as_str()));
        has(USERNAME) && has(PASSWORD_HASH)
    }

    /// The members that will be looked at by nobody.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.0
            .keys()
            .map(String::as_str)
            .filter(|name| !Self::knows(name))
    }

    /// Forgets the id, so that the user has a new one.
    pub fn forget_id(&mut self) {
        for name in ID {
            self.0.remove(*name);
        }
    }

    /// Whose record it is, for a message; nothing when that might be a hash in the wrong place.
    pub fn label(&self) -> Option<String> {
        let name = self.text(USERNAME).ok()??;
        let shown: String = name.chars().take(SHOWN).collect();
        let whole = shown.len() == name.len();
        let safe = !name.contains('$');
        safe.then(|| if whole { shown } else { shown + "…" })
    }

    /// Judges the members by the rules for users, and fills in what may be left out.
    ///
    /// # Errors
    /// The first member that is missing or breaks a rule.
    pub fn describe(
        &self,
        now: OffsetDateTime,
        random: &dyn Random,
    ) -> Result<Described, BadRecord> {
        let username = self
            .text(USERNAME)?
            .ok_or(BadRecord::Missing("username"))
            .and_then(|text| Ok(Username::parse(text)?))?;
        let email = self.text(EMAIL)?.map(Email::parse).transpose()?;
        let name = self.text(NAME)?.map(DisplayName::parse).transpose()?;
        let password_hash = self
            .text(PASSWORD_HASH)?
            .ok_or(BadRecord::Missing("password hash"))
            .and_then(|text| Ok(hash::parse(text)?))?;
        let created_at = self.moment(CREATED_AT)?.unwrap_or(now);
        let id = self.id()?;
        let user = User {
            id: id.unwrap_or_else(|| user_id(created_at, random)),
            username,
            email,
            name,
            password_hash,
            roles: self.roles()?,
            disabled: self.flag(DISABLED)?.unwrap_or(false) || !self.flag(ACTIVE)?.unwrap_or(true),
            created_at,
            updated_at: self.moment(UPDATED_AT)?.unwrap_or(now),
        };
        let has_id = id.is_some();
        Ok(Described { user, has_id })
    }

    /// The first of these that says anything, and the name it goes by.
    fn member(&self, names: &'static [&'static str]) -> Option<(&'static str, &Value)> {
        names.iter().find_map(|name| match self.0.get(*name)? {
            Value::Null => None,
            Value::String(text) if text.trim().is_empty() => None,
            value => Some((*name, value)),
        })
    }

    fn text(&self, names: &'static [&'static str]) -> Result<Option<&str>, BadRecord> {
        match self.member(names) {
            None => Ok(None),
            Some((_, Value::String(text))) => Ok(Some(text.trim())),
            Some((member, _)) => Err(shape(member, "a text")),
        }
    }

    fn id(&self) -> Result<Option<Uuid>, BadRecord> {
        let bad = |member| shape(member, "a UUID; leave it out for a new one");
        match self.member(ID) {
            None => Ok(None),
            Some((member, Value::String(text))) => match Uuid::parse_str(text.trim()) {
                Ok(id) if !id.is_nil() => Ok(Some(id)),
                _ => Err(bad(member)),
            },
            Some((member, _)) => Err(bad(member)),
        }
    }

    fn roles(&self) -> Result<Vec<String>, BadRecord> {
        let roles = match self.member(ROLES) {
            None => return Ok(Vec::new()),
            Some((_, Value::String(text))) => roles(
                text.split(|c: char| c.is_whitespace() || ",;|".contains(c))
                    .filter(|word| !word.is_empty()),
            ),
            Some((_, Value::Array(list))) => {
                roles(list.iter().map(|item| item.as_str().unwrap_or_default()))
            }
            Some((member, _)) => return Err(shape(member, "a list of words, or a text of them")),
        };
        Ok(roles?)
    }

    fn flag(&self, names: &'static [&'static str]) -> Result<Option<bool>, BadRecord> {
        let Some((member, value)) = self.member(names) else {
            return Ok(None);
        };
        let text = match value {
            Value::String(text) => text.trim().to_ascii_lowercase(),
            other => other.to_string(),
        };
        match text.as_str() {
            // t and f: PostgreSQL's COPY.
            "true" | "t" | "1" => Ok(Some(true)),
            "false" | "f" | "0" => Ok(Some(false)),
            _ => Err(shape(member, "true or false")),
        }
    }

    fn moment(&self, names: &'static [&'static str]) -> Result<Option<OffsetDateTime>, BadRecord> {
        let bad = |member| shape(member, "a time such as 2026-01-31T09:30:00Z (RFC 3339)");
        match self.member(names) {
            None => Ok(None),
            Some((member, Value::String(text))) => {
                let at = OffsetDateTime::parse(text.trim(), &Rfc3339).map_err(|_| bad(member))?;
                // As a store keeps it.
                let utc = at.checked_to_utc().ok_or_else(|| bad(member))?;
                Ok(Some(OffsetDateTime::from(utc).truncate_to_millisecond()))
            }
            Some((member, _)) => Err(bad(member)),
        }
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").finish_non_exhaustive()
    }
}

fn shape(member: &'static str, expected: &'static str) -> BadRecord {
    BadRecord::Shape { member, expected }
}
