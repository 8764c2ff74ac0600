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
    /// Whether the store holds users that cannot be read; their names are taken all the same.
    any_unreadable: bool,
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
            rehearsal.any_unreadable |= page.left_out > 0;
            match page.users.last() {
                Some(last) if page.users.len() == PAGE => after = Some(last.id),
                _ => return Ok(rehearsal),
            }
        }
    }

    /// As [`Users::add_users`] would; but the email address of a user that cannot be read is not seen.
    pub(super) async fn add_users(
        &mut self,
        store: &(impl Users + ?Sized),
        users: &[User],
    ) -> Result<Vec<Added>, Unavailable> {
        let mut added = Vec::with_capacity(users.len());
        for user in users {
            added.push(self.add(store, user).await?);
        }
        Ok(added)
    }

    async fn add(
        &mut self,
        store: &(impl Users + ?Sized),
        user: &User,
    ) -> Result<Added, Unavailable> {
        let asked = self.any_unreadable;
        Ok(
            if self.is_taken(Mark::Username, user)
                || asked && is_unreadable(store.user_by_username(&user.username.key()).await)?
            {
                Added::UsernameTaken
            } else if self.is_taken(Mark::Id, user)
                || asked && is_unreadable(store.user_by_id(user.id).await)?
            {
                Added::IdTaken
            } else if self.is_taken(Mark::Email, user) {
                Added::EmailTaken
            } else {
                self.keep(user);
                Added::Kept
            },
        )
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

/// Tells a document that somebody spoilt from a store that does not answer.
fn is_unreadable(found: Result<Option<User>, Unavailable>) -> Result<bool, Unavailable> {
    match found {
        Ok(_) => Ok(false),
        Err(Unavailable(cause)) => match cause.downcast_ref() {
            Some(tegata_mongodb::Unavailable::Unreadable { .. }) => Ok(true),
            _ => Err(Unavailable(cause)),
        },
    }
}
