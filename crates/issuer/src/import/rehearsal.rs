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
            let page = store.users_after(after, PAGE).await?;
            for user in &page.users {
                rehearsal.keep(user);
            }
            // Whoever cannot be read has their names all the same.
            for user in page.left_out {
                rehearsal.take(Mark::Username, user.username_key);
                rehearsal.take(Mark::Id, user.id);
                rehearsal.take(Mark::Email, user.email_key);
            }
            match page.users.last() {
                Some(last) if page.users.len() == PAGE => after = Some(last.id),
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
        for mark in [Mark::Username, Mark::Id, Mark::Email] {
            self.take(mark, mark.of(user));
        }
    }

    fn take(&mut self, mark: Mark, text: Option<String>) {
        let print = text.map(|text| self.hasher.hash_one((mark, text)));
        self.taken.extend(print);
    }

    fn is_taken(&self, mark: Mark, user: &User) -> bool {
        mark.of(user)
            .is_some_and(|text| self.taken.contains(&self.hasher.hash_one((mark, text))))
    }
}
