//! Keeps the last administrator without a transaction, which a standalone server does not have.
//!
//! Whoever takes administrators away (disabled, demoted, deleted) goes three steps, each an atomic write:
//! 1. mark them as leaving;
//! 2. find any other who administers as a witness, and strike out the mark that the witness may bear;
//! 3. take them away only if their own mark is still there.
//!
//! So a witness cannot leave on a mark that is older than their testimony: they have to be marked anew, and
//! need a witness of their own. Of those who have left, whoever was marked last had a witness who was not marked
//! later, and is therefore still there. That holds at each moment, not only in the end, and whatever stops on
//! the way.
//!
//! Two who strike out each other's marks would try again for ever, so whoever comes later in the order of ids
//! gives way: they do not strike, and look again until the other has gone.
//!
//! What can still happen: a process that dies leaves its mark behind, which takes nobody away and is given way
//! to for [`PATIENCE`] tries; after [`MAX_TRIES`] the store says that it does not answer; whoever edits
//! documents by hand is not held.

use mongodb::{
    bson::{Bson, Document, doc, oid::ObjectId},
    options::ReturnDocument,
};
use tegata_mongodb::answer;
use uuid::Uuid;

use super::MongoStore;
use crate::{store::Unavailable, user::ADMIN};

pub(super) const ROLES: &str = "roles";
/// The mark. One for all who take the same administrator away at once: whoever of them comes first does it.
pub(super) const LEAVING: &str = "leaving";
/// Tries that give way. Each waits for a majority as those do that it gives way to.
const PATIENCE: usize = 20;
/// Each time somebody else was quicker.
pub(super) const MAX_TRIES: usize = 50;

/// What the last step has to find.
pub(super) enum Leave {
    /// The user as they were marked.
    Granted(Document),
    /// There is no such administrator, or no more.
    NotNeeded,
    /// Somebody else is about to leave: try again.
    Later,
    /// Nobody else administers.
    Refused,
}

/// The user of this id, while they do not administer: no leave is needed.
pub(super) fn unless_admin(id: Uuid) -> Document {
    doc! { "_id": id.to_string(), "$nor": [administers()] }
}

fn administers() -> Document {
    doc! { ROLES: ADMIN, "disabled": false }
}

impl MongoStore {
    /// The first two steps.
    pub(super) async fn leave(&self, id: Uuid, attempt: usize) -> Result<Leave, Unavailable> {
        let users = self.users()?;
        let mut admin = administers();
        admin.insert("_id", id.to_string());
        // Unlike any before; it need not be hard to guess.
        let mark = doc! { "$ifNull": [format!("${LEAVING}"), ObjectId::new()] };
        let marked = users
            .find_one_and_update(admin, vec![doc! { "$set": { LEAVING: mark } }])
            .projection(doc! { LEAVING: 1 })
            .return_document(ReturnDocument::After);
        let Some(marked) = answer(marked).await? else {
            return Ok(Leave::NotNeeded);
        };

        let mut other = administers();
        other.insert("_id", doc! { "$ne": id.to_string() });
        let mut witness = other.clone();
        if attempt < PATIENCE {
            let free = doc! { LEAVING: Bson::Null };
            let gives_way = doc! { "_id": { "$gt": id.to_string() } };
            witness.insert("$or", [free, gives_way]);
        }
        // A write also when there is no mark: one that reaches no majority is no testimony.
        let struck = users.update_one(witness, doc! { "$unset": { LEAVING: "" } });
        if answer(struck).await?.matched_count == 1 {
            return Ok(Leave::Granted(marked));
        }
        if answer(users.find_one(other)).await?.is_some() {
            return Ok(Leave::Later);
        }
        answer(users.update_one(marked, doc! { "$unset": { LEAVING: "" } })).await?;
        Ok(Leave::Refused)
    }
}

#[cfg(test)]
mod tests {
    use tegata_mongod::Mongod;
    use tegata_mongodb::Address;
    use tegata_token::SystemRandom;
    use time::OffsetDateTime;

    use super::*;
    use crate::{
        password::PasswordHash,
        store::Users as _,
        user::{User, Username, user_id},
    };

    /// A store with two who administer, by their ids.
    async fn two() -> (MongoStore, [Uuid; 2]) {
        let address = Mongod::shared_standalone().fresh_uri();
        let store = MongoStore::new(Address::parse(&address).unwrap());
        store.database.prepare().await.unwrap();
        let mut users = ["hanako", "taro"].map(|username| User {
            id: user_id(OffsetDateTime::UNIX_EPOCH, &SystemRandom),
            username: Username::from_stored(username.to_owned()),
            email: None,
            name: None,
            password_hash: PasswordHash::from_stored("$2b$04$x".to_owned()),
            roles: vec![ADMIN.to_owned()],
            disabled: false,
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
        });
        users.sort_by_key(|user| user.id);
        store.add_users(&users).await.unwrap();
        (store, users.map(|user| user.id))
    }

    async fn granted(store: &MongoStore, id: Uuid, attempt: usize) -> Document {
        match store.leave(id, attempt).await.unwrap() {
            Leave::Granted(marked) => marked,
            _ => panic!("no leave"),
        }
    }

    #[tokio::test]
    async fn a_witness_cannot_leave_on_an_older_mark() {
        let (store, [first, second]) = two().await;
        let older = granted(&store, second, 0).await;
        let newer = granted(&store, first, 0).await;
        assert!(!store.delete(older).await.unwrap());
        assert!(store.delete(newer).await.unwrap());
        let last = store.leave(second, 0).await.unwrap();
        assert!(matches!(last, Leave::Refused));
    }

    #[tokio::test]
    async fn the_mark_of_a_process_that_died_is_given_way_to_and_then_struck_out() {
        let (store, [first, second]) = two().await;
        let died = granted(&store, first, 0).await;
        let later = store.leave(second, PATIENCE - 1).await.unwrap();
        assert!(matches!(later, Leave::Later));
        let marked = granted(&store, second, PATIENCE).await;
        assert!(!store.delete(died).await.unwrap());
        assert!(store.delete(marked).await.unwrap());
    }

    #[tokio::test]
    async fn two_who_take_the_same_away_share_a_mark() {
        let (store, [first, _]) = two().await;
        let one = granted(&store, first, 0).await;
        assert_eq!(granted(&store, first, 0).await, one);
        assert!(store.delete(one).await.unwrap());
        let gone = store.leave(first, 0).await.unwrap();
        assert!(matches!(gone, Leave::NotNeeded));
    }
}
