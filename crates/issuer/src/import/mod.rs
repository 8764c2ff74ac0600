//! Bringing users in from elsewhere, with the password hashes they have.
//!
//! Owns the rules of what may come in, what counts as there already, and the rehearsal that changes
//! nothing. Leaves reading files and collections, and telling people, to the command.

mod hash;
mod record;
mod rehearsal;

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    num::NonZeroU64,
};

use thiserror::Error;

use self::rehearsal::Rehearsal;
pub use self::{
    hash::BadHash,
    record::{BadRecord, Described, Record},
};
use crate::{
    accounts::Accounts,
    event::Kind,
    store::{Added, Unavailable},
    user::{Email, User, UsernameKey},
};

/// Adds users batch by batch, and knows those that it added or found.
#[derive(Debug)]
pub struct Import {
    accounts: Accounts,
    rehearsal: Option<Rehearsal>,
    seen: Seen,
}

/// A user to be added.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// See [`Record::describe`].
    pub described: Described,
    /// The line where they stand, if it is a file.
    pub line: Option<NonZeroU64>,
}

/// What became of a [`Candidate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Added; in a rehearsal, would be.
    Imported,
    /// The same user is there, and was left alone: their password may be newer.
    AlreadyThere,
    /// Not added.
    Refused(Conflict),
}

/// What must be one user's alone.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Mark {
    /// In any spelling.
    Username,
    /// In any spelling.
    Email,
    /// The UUID.
    Id,
}

/// Why a user could not be added.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Conflict {
    /// The source says it twice.
    #[error("the {} came before{}", .mark.name(), in_line(*.line))]
    Again {
        /// What came before.
        mark: Mark,
        /// Where.
        line: Option<NonZeroU64>,
    },
    /// A user of the store has it.
    #[error("somebody else has that {}", .0.name())]
    Taken(Mark),
    /// A user of that name is there, and nothing says that it is the same person.
    #[error("the username is taken, by somebody with another {}", .0.name())]
    Differs(Mark),
}

impl Import {
    /// Into the store of these accounts.
    pub fn new(accounts: &Accounts) -> Self {
        Self {
            accounts: accounts.clone(),
            rehearsal: None,
            seen: Seen::default(),
        }
    }

    /// Into nowhere: outcomes are as they would be, and the store stays as it is. Reads all its users
    /// once; some 50 bytes of memory each.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn rehearse(accounts: &Accounts) -> Result<Self, Unavailable> {
        Ok(Self {
            rehearsal: Some(Rehearsal::of(accounts.store.as_ref()).await?),
            ..Self::new(accounts)
        })
    }

    /// Adds a batch in one step, and says of each, in order, what became of it.
    ///
    /// # Errors
    /// The store does not answer; some may have been added.
    pub async fn add(&mut self, batch: Vec<Candidate>) -> Result<Vec<Outcome>, Unavailable> {
        let (users, about): (Vec<User>, Vec<_>) = batch
            .into_iter()
            .map(|one| (one.described.user, (one.described.has_id, one.line)))
            .unzip();
        let added = match &mut self.rehearsal {
            Some(rehearsal) => users.iter().map(|user| rehearsal.add(user)).collect(),
            None => self.accounts.store.add_users(&users).await?,
        };
        if added.len() != users.len() {
            return Err(Unavailable(
                "the store did not say what became of all".into(),
            ));
        }
        let namesakes = self.namesakes(&users, &added).await?;
        let judged = users.iter().zip(about).zip(added);
        let outcomes = judged.map(|((user, (has_id, line)), added)| {
            let prints = self.seen.prints(user, has_id);
            let outcome = match taken(added) {
                None => Outcome::Imported,
                Some(mark) => match self.seen.find(&prints) {
                    Some((mark, line)) => Outcome::Refused(Conflict::Again { mark, line }),
                    None => judge(user, has_id, mark, namesakes.get(&user.username.key())),
                },
            };
            if !matches!(outcome, Outcome::Refused(_)) {
                self.seen.remember(&prints, line);
            }
            outcome
        });
        let outcomes: Vec<Outcome> = outcomes.collect();
        self.tell(&outcomes).await;
        Ok(outcomes)
    }

    /// One event for all: a million of them would say no more.
    async fn tell(&self, outcomes: &[Outcome]) {
        let imported = outcomes.iter().filter(|one| **one == Outcome::Imported);
        let count = imported.count() as u64;
        if self.rehearsal.is_none() && count > 0 {
            let imported = self.accounts.by.did(Kind::UsersImported);
            self.accounts.audit.record(imported.of_many(count)).await;
        }
    }

    /// Who has the usernames that were taken.
    async fn namesakes(
        &self,
        users: &[User],
        added: &[Added],
    ) -> Result<HashMap<UsernameKey, User>, Unavailable> {
        let refused = users.iter().zip(added);
        let keys: Vec<UsernameKey> = refused
            .filter(|&(_, added)| *added == Added::UsernameTaken)
            .map(|(user, _)| user.username.key())
            .collect();
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let there = self.accounts.store.users_by_usernames(&keys).await?;
        Ok(there
            .into_iter()
            .map(|user| (user.username.key(), user))
            .collect())
    }
}

/// A namesake who is not found cannot be read, and is somebody else as far as can be told.
fn judge(user: &User, has_id: bool, mark: Mark, namesake: Option<&User>) -> Outcome {
    let email = |user: &User| user.email.as_ref().map(Email::key);
    match namesake {
        None => Outcome::Refused(Conflict::Taken(mark)),
        Some(there) if has_id && there.id == user.id => Outcome::AlreadyThere,
        Some(_) if has_id => Outcome::Refused(Conflict::Differs(Mark::Id)),
        Some(there) if email(there) == email(user) => Outcome::AlreadyThere,
        Some(_) => Outcome::Refused(Conflict::Differs(Mark::Email)),
    }
}

fn taken(added: Added) -> Option<Mark> {
    match added {
        Added::Kept => None,
        Added::UsernameTaken => Some(Mark::Username),
        Added::EmailTaken => Some(Mark::Email),
        Added::IdTaken => Some(Mark::Id),
    }
}

impl Mark {
    fn name(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email address",
            Self::Id => "id",
        }
    }

    fn of(self, user: &User) -> Option<String> {
        match self {
            Self::Username => Some(user.username.key().as_str().to_owned()),
            Self::Email => user.email.as_ref().map(Email::key),
            Self::Id => Some(user.id.to_string()),
        }
    }
}

fn in_line(line: Option<NonZeroU64>) -> String {
    line.map_or(String::new(), |line| format!(", in line {line}"))
}

/// Where the source said what. Keeps hashes of 64 bits, not the names: 50 to 100 bytes for a user with an
/// email address, and among a million users the odds that two are taken for each other are one in a million.
#[derive(Debug, Default)]
struct Seen {
    lines: HashMap<u64, Option<NonZeroU64>>,
    hasher: RandomState,
}

impl Seen {
    fn remember(&mut self, prints: &[(Mark, u64)], line: Option<NonZeroU64>) {
        self.lines
            .extend(prints.iter().map(|(_, print)| (*print, line)));
    }

    fn find(&self, prints: &[(Mark, u64)]) -> Option<(Mark, Option<NonZeroU64>)> {
        prints
            .iter()
            .find_map(|(mark, print)| Some((*mark, *self.lines.get(print)?)))
    }

    fn prints(&self, user: &User, has_id: bool) -> Vec<(Mark, u64)> {
        [Mark::Username, Mark::Id, Mark::Email]
            .into_iter()
            // Nobody has a new id twice.
            .filter(|mark| *mark != Mark::Id || has_id)
            .filter_map(|mark| Some((mark, self.hasher.hash_one((mark, mark.of(user)?)))))
            .collect()
    }
}
