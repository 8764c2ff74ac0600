//! The store as it would become, in memory: for an import that changes nothing.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
};

use super::Mark;
use crate::{
    store::{Added, Unavailable, Users},
    user::User,
};

/// Users read at a time.
const PAGE: usize = 1000;

/// What is taken, as hashes of 64 bits.
#[derive(Debug, Default)]
pub(super) struct Rehearsal {
    taken: HashSet<u64>,
    hasher: RandomState,
}

impl Rehearsal {
    pub(super) async fn of(store: &(impl Users + ?Sized)) -> Result<Self, Unavailable> {
        let mut rehearsal = Self::default();
        let mut after = None;
        loop {
            let page = store.users_after(after, PAGE).await?.users;
            for user in &page {
                rehearsal.keep(user);
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.id),
                _ => return Ok(rehearsal),
            }
        }
    }

    /// As [`Users::add_users`] would.
    pub(super) fn add(&mut self, user: &User) -> Added {
        if self.is_taken(Mark::Username, user) {
            Added::UsernameTaken
        } else if self.is_taken(Mark::Id, user) {
            Added::IdTaken
        } else if self.is_taken(Mark::Email, user) {
            Added::EmailTaken
        } else {
            self.keep(user);
            Added::Kept
        }
    }

    fn keep(&mut self, user: &User) {
        for mark in [Mark::Username, Mark::Email, Mark::Id] {
            self.taken.extend(self.print(mark, user));
        }
    }

    fn is_taken(&self, mark: Mark, user: &User) -> bool {
        let print = self.print(mark, user);
        print.is_some_and(|print| self.taken.contains(&print))
    }

    fn print(&self, mark: Mark, user: &User) -> Option<u64> {
        Some(self.hasher.hash_one((mark, mark.of(user)?)))
    }
}
