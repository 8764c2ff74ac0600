//! Changes and removals of users in MongoDB, each one operation unless it takes an administrator away.

use mongodb::{
    bson::{Document, doc},
    error::Error,
    options::ReturnDocument,
};
use tegata_mongodb::{answer, duplicated};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    MongoStore,
    document::{update, user},
    last_admin::{Leave, MAX_TRIES, unless_admin},
    users::{EMAIL_KEY, USERNAME_KEY},
};
use crate::store::{Change, Changed, Removed, Unavailable};

impl MongoStore {
    pub(super) async fn alter(
        &self,
        id: Uuid,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<Changed, Unavailable> {
        let update = update(change, now);
        let whoever = doc! { "_id": id.to_string() };
        if !change.ends_an_admin() {
            let changed = self.apply(whoever, &update, change).await?;
            return Ok(changed.unwrap_or(Changed::Gone));
        }
        for attempt in 0..MAX_TRIES {
            if let Some(changed) = self.apply(unless_admin(id), &update, change).await? {
                return Ok(changed);
            }
            match self.leave(id, attempt).await? {
                Leave::Refused => return Ok(Changed::LastAdmin),
                Leave::Granted(marked) => {
                    if let Some(changed) = self.apply(marked, &update, change).await? {
                        return Ok(changed);
                    }
                }
                Leave::NotNeeded if !self.is_there(id).await? => return Ok(Changed::Gone),
                Leave::NotNeeded | Leave::Later => {}
            }
        }
        Err(Unavailable("the administrators change too fast".into()))
    }

    pub(super) async fn remove(&self, id: Uuid) -> Result<Removed, Unavailable> {
        for attempt in 0..MAX_TRIES {
            if self.delete(unless_admin(id)).await? {
                return Ok(Removed::Removed);
            }
            match self.leave(id, attempt).await? {
                Leave::Refused => return Ok(Removed::LastAdmin),
                Leave::Granted(marked) => {
                    if self.delete(marked).await? {
                        return Ok(Removed::Removed);
                    }
                }
                Leave::NotNeeded if !self.is_there(id).await? => return Ok(Removed::Gone),
                Leave::NotNeeded | Leave::Later => {}
            }
        }
        Err(Unavailable("the administrators change too fast".into()))
    }

    /// None when there is no such user.
    async fn apply(
        &self,
        which: Document,
        update: &Document,
        change: &Change,
    ) -> Result<Option<Changed>, Unavailable> {
        let users = self.users()?;
        let altered = users
            .find_one_and_update(which.clone(), update.clone())
            .return_document(ReturnDocument::After);
        let altered = answer(async {
            match altered.await {
                Ok(altered) => Ok(Ok(altered)),
                Err(cause) => refusal(&cause).map(Err).ok_or(cause),
            }
        });
        match altered.await? {
            Ok(None) => Ok(None),
            Ok(Some(altered)) => Ok(Some(Changed::Changed(Box::new(user(&altered)?)))),
            // The server names the first index that it found violated.
            Err(Changed::EmailTaken) if self.username_taken(which, change).await? => {
                Ok(Some(Changed::UsernameTaken))
            }
            Err(refused) => Ok(Some(refused)),
        }
    }

    async fn username_taken(
        &self,
        mut which: Document,
        change: &Change,
    ) -> Result<bool, Unavailable> {
        let (Some(id), Some(username)) = (which.remove("_id"), &change.username) else {
            return Ok(false);
        };
        let other = doc! { USERNAME_KEY: username.key().as_str(), "_id": { "$ne": id } };
        Ok(answer(self.users()?.find_one(other)).await?.is_some())
    }

    /// False when there is no such user.
    pub(super) async fn delete(&self, which: Document) -> Result<bool, Unavailable> {
        Ok(answer(self.users()?.delete_one(which)).await?.deleted_count == 1)
    }

    async fn is_there(&self, id: Uuid) -> Result<bool, Unavailable> {
        let users = self.users()?;
        let found = users
            .find_one(doc! { "_id": id.to_string() })
            .projection(doc! { "_id": 1 });
        Ok(answer(found).await?.is_some())
    }
}

/// What of a change somebody else has; none for any other failure.
fn refusal(cause: &Error) -> Option<Changed> {
    match duplicated(cause)? {
        USERNAME_KEY => Some(Changed::UsernameTaken),
        EMAIL_KEY => Some(Changed::EmailTaken),
        _ => None,
    }
}
