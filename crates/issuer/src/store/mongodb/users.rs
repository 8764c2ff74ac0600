//! Users in MongoDB: every verb one operation on the collection.

use std::collections::HashSet;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    bson::{self, Bson, Document, doc},
    error::{Error, ErrorKind, InsertManyError},
};
use tegata_mongodb::{Index, Kind, answer, answer_on, date, duplicated_field};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    MongoStore,
    document::{UserDocument, left_out, readable, user},
    last_admin::ROLES,
};
use crate::{
    password::PasswordHash,
    store::{Added, Change, Changed, Page, Removed, Unavailable, Users},
    user::{User, UsernameKey},
};

pub(super) const USERS: &str = "users";
/// Documents that the server sends at a time, at most.
const PAGE: u32 = 1000;
pub(super) const USERNAME_KEY: &str = "username_key";
pub(super) const EMAIL_KEY: &str = "email_key";

pub(super) const INDEXES: [Index; 3] = [
    Index {
        collection: USERS,
        field: USERNAME_KEY,
        kind: Kind::Unique,
    },
    Index {
        collection: USERS,
        field: EMAIL_KEY,
        kind: Kind::Unique,
    },
    Index {
        collection: USERS,
        field: ROLES,
        kind: Kind::Lookup,
    },
];

#[async_trait]
impl Users for MongoStore {
    async fn add_users(&self, users: &[User]) -> Result<Vec<Added>, Unavailable> {
        let mut added = vec![Added::Kept; users.len()];
        if users.is_empty() {
            return Ok(added);
        }
        let documents: Result<Vec<Document>, _> = users
            .iter()
            .map(|user| bson::serialize_to_document(&UserDocument::from(user)))
            .collect();
        let documents = documents.map_err(|cause| Unavailable(Box::new(cause)))?;
        // Unordered: one that is refused does not keep the rest out.
        let collection = self.users()?;
        let inserted = collection.insert_many(documents).ordered(false);
        let refused = answer_on(users.len(), async {
            match inserted.await {
                Ok(_) => Ok(Vec::new()),
                Err(cause) => refusals(cause),
            }
        });
        for (place, why) in refused.await? {
            if let Some(outcome) = added.get_mut(place) {
                *outcome = why;
            }
        }
        self.prefer_usernames(users, &mut added).await?;
        Ok(added)
    }

    async fn user_by_username(&self, key: &UsernameKey) -> Result<Option<User>, Unavailable> {
        self.one(doc! { USERNAME_KEY: key.as_str() }).await
    }

    async fn users_by_usernames(&self, keys: &[UsernameKey]) -> Result<Vec<User>, Unavailable> {
        let users = self.users()?;
        let found = answer_on(keys.len(), async {
            let found = users.find(named(keys)).await?;
            found.try_collect::<Vec<Document>>().await
        });
        Ok(found.await?.iter().filter_map(readable).collect())
    }

    async fn user_by_id(&self, id: Uuid) -> Result<Option<User>, Unavailable> {
        self.one(doc! { "_id": id.to_string() }).await
    }

    async fn any_user(&self) -> Result<bool, Unavailable> {
        let users = self.users()?;
        let any = users
            .find_one(with_id_after(""))
            .projection(doc! { "_id": 1 });
        Ok(answer(any).await?.is_some())
    }

    async fn users_after(&self, after: Option<Uuid>, limit: usize) -> Result<Page, Unavailable> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let collection = self.users()?;
        let found = collection
            .find(with_id_after(&after))
            .sort(doc! { "_id": 1 })
            .batch_size(u32::try_from(limit).unwrap_or(u32::MAX).clamp(1, PAGE));
        let page = answer_on(limit, async {
            let mut documents = found.await?;
            let mut page = Page::default();
            while page.users.len() < limit
                && let Some(document) = documents.try_next().await?
            {
                match readable(&document) {
                    Some(user) => page.users.push(user),
                    None => page.left_out.push(left_out(&document)),
                }
            }
            Ok(page)
        });
        Ok(page.await?)
    }

    async fn set_password_hash(
        &self,
        id: Uuid,
        hash: &PasswordHash,
        replacing: Option<&PasswordHash>,
        now: OffsetDateTime,
    ) -> Result<bool, Unavailable> {
        let mut which = doc! { "_id": id.to_string() };
        if let Some(replacing) = replacing {
            which.insert("password_hash", replacing.as_stored());
        }
        let change = doc! { "password_hash": hash.as_stored(), "updated_at": date(now) };
        self.set(which, change).await
    }

    async fn change_user(
        &self,
        id: Uuid,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<Changed, Unavailable> {
        self.alter(id, change, now).await
    }

    async fn remove_user(&self, id: Uuid) -> Result<Removed, Unavailable> {
        self.remove(id).await
    }
}

impl MongoStore {
    pub(super) fn users(&self) -> Result<Collection<Document>, Unavailable> {
        Ok(self.database.collection(USERS)?)
    }

    /// The server names the first index that it found violated, and ids come first there.
    async fn prefer_usernames(
        &self,
        users: &[User],
        added: &mut [Added],
    ) -> Result<(), Unavailable> {
        let other = |why: Added| matches!(why, Added::IdTaken | Added::EmailTaken);
        let keys: Vec<UsernameKey> = users
            .iter()
            .zip(&*added)
            .filter(|&(_, why)| other(*why))
            .map(|(user, _)| user.username.key())
            .collect();
        if keys.is_empty() {
            return Ok(());
        }
        let collection = self.users()?;
        let taken = collection.distinct(USERNAME_KEY, named(&keys));
        let taken = answer_on(users.len(), taken).await?;
        let taken: HashSet<&str> = taken.iter().filter_map(Bson::as_str).collect();
        for (user, why) in users.iter().zip(added) {
            if other(*why) && taken.contains(user.username.key().as_str()) {
                *why = Added::UsernameTaken;
            }
        }
        Ok(())
    }

    async fn one(&self, which: Document) -> Result<Option<User>, Unavailable> {
        let found = answer(self.users()?.find_one(which)).await?;
        Ok(found.as_ref().map(user).transpose()?)
    }

    async fn set(&self, which: Document, change: Document) -> Result<bool, Unavailable> {
        let users = self.users()?;
        let set = users.update_one(which, doc! { "$set": change });
        Ok(answer(set).await?.matched_count == 1)
    }
}

/// Documents whose id is no text are somebody else's, and none of these.
fn with_id_after(id: &str) -> Document {
    doc! { "_id": { "$gt": id } }
}

fn named(keys: &[UsernameKey]) -> Document {
    let keys: Vec<&str> = keys.iter().map(UsernameKey::as_str).collect();
    doc! { USERNAME_KEY: { "$in": keys } }
}

/// Who was refused, by their place, and why; any other failure stays one.
fn refusals(cause: Error) -> Result<Vec<(usize, Added)>, Error> {
    let ErrorKind::InsertMany(InsertManyError {
        write_errors: Some(errors),
        write_concern_error: None,
        ..
    }) = &*cause.kind
    else {
        return Err(cause);
    };
    let refusals = errors.iter().map(|error| {
        let why = match duplicated_field(&error.message)? {
            USERNAME_KEY => Added::UsernameTaken,
            EMAIL_KEY => Added::EmailTaken,
            "_id" => Added::IdTaken,
            _ => return None,
        };
        Some((error.index, why))
    });
    let refusals: Option<Vec<_>> = refusals.collect();
    refusals.ok_or(cause)
}
