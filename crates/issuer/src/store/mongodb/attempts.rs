//! Counts of attempts in MongoDB. Each is one document, changed in one step of the server's own arithmetic.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::{TryStreamExt, future::try_join_all};
use mongodb::{
    Collection,
    bson::{Bson, Document, doc},
    options::ReturnDocument,
};
use tegata_mongodb::{Index, Kind, Unavailable as Away, answer, answer_on, date, duplicate};
use time::OffsetDateTime;

use super::{MongoStore, fields::Fields};
use crate::{
    store::{Attempts, Unavailable},
    throttle::{AHEAD, Account, Counter, Lasts, REMEMBERED, Tally, Whose},
};

const ATTEMPTS: &str = "attempts";
const UNTIL: &str = "until";
/// A server whose clock is ahead of ours by less forgets nothing too early.
const MARGIN: Duration = Duration::from_secs(60 * 60);
/// Of two who count the first at once, one may be refused; then there is something to count on.
const MAX_TRIES: usize = 20;

pub(super) const INDEXES: [Index; 1] = [Index {
    collection: ATTEMPTS,
    field: UNTIL,
    kind: Kind::Expires(MARGIN),
}];

#[async_trait]
impl Attempts for MongoStore {
    async fn attempts(
        &self,
        of: &[Counter],
        now: OffsetDateTime,
    ) -> Result<Vec<Tally>, Unavailable> {
        let keys: Vec<&str> = of.iter().map(|one| one.key.as_str()).collect();
        let those = doc! { "_id": { "$in": keys } };
        let attempts = self.attempts_counted()?;
        let found: Vec<Document> =
            answer(async { attempts.find(those).await?.try_collect().await }).await?;
        let tallies = of.iter().map(|one| {
            let mut found = found.iter();
            let found = found.find(|document| document.get_str("_id").ok() == Some(&one.key));
            let counted = found.and_then(readable);
            counted
                .filter(|tally| tally.until > now)
                .unwrap_or(Tally::NONE)
        });
        Ok(tallies.collect())
    }

    async fn count_attempt(
        &self,
        of: &[Counter],
        now: OffsetDateTime,
    ) -> Result<Vec<Tally>, Unavailable> {
        try_join_all(of.iter().map(|one| self.count(one, now))).await
    }

    async fn attempts_at(
        &self,
        account: &Account,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<(Whose, Tally)>, Unavailable> {
        let mut those = of_account(account);
        those.insert(UNTIL, doc! { "$gt": date(now) });
        let attempts = self.attempts_counted()?;
        let found = attempts.find(those).sort(doc! { "count": -1, "_id": 1 });
        let counted = answer_on(limit, async {
            let mut documents = found.await?;
            let mut counted = Vec::new();
            while counted.len() < limit
                && let Some(document) = documents.try_next().await?
            {
                let key = document.get_str("_id").unwrap_or_default();
                let whose = Whose::of(account, key);
                counted.extend(whose.zip(readable(&document)));
            }
            Ok(counted)
        });
        Ok(counted.await?)
    }

    async fn forget_attempts(&self, of: &[Counter]) -> Result<(), Unavailable> {
        let keys: Vec<&str> = of.iter().map(|one| one.key.as_str()).collect();
        let attempts = self.attempts_counted()?;
        answer(attempts.delete_many(doc! { "_id": { "$in": keys } })).await?;
        Ok(())
    }

    async fn forget_attempts_at(&self, account: &Account) -> Result<u64, Unavailable> {
        let attempts = self.attempts_counted()?;
        let forgotten = answer(attempts.delete_many(of_account(account))).await?;
        Ok(forgotten.deleted_count)
    }
}

impl MongoStore {
    fn attempts_counted(&self) -> Result<Collection<Document>, Unavailable> {
        Ok(self.database.collection(ATTEMPTS)?)
    }

    async fn count(&self, one: &Counter, now: OffsetDateTime) -> Result<Tally, Unavailable> {
        let attempts = self.attempts_counted()?;
        for _ in 0..MAX_TRIES {
            let counted = attempts
                .find_one_and_update(doc! { "_id": &one.key }, vec![one_more(one.lasts, now)])
                .upsert(true)
                .return_document(ReturnDocument::After);
            let counted = answer(async {
                match counted.await {
                    Err(cause) if duplicate(&cause) => Ok(None),
                    other => other,
                }
            });
            if let Some(document) = counted.await? {
                return Ok(tally(&document)?);
            }
        }
        Err(Unavailable("an attempt could not be counted".into()))
    }
}

/// All counts of this account.
fn of_account(account: &Account) -> Document {
    let (pairs, end) = Counter::pairs_of(account);
    let alone = [Counter::account(account), Counter::caller(account)].map(|one| one.key);
    doc! { "$or": [
        { "_id": { "$gt": pairs, "$lt": end } },
        { "_id": { "$in": alone.to_vec() } },
    ] }
}

/// A count, one higher. Whatever is no number, none that we write, or no moment in it counts as nothing.
fn one_more(lasts: Lasts, now: OffsetDateTime) -> Document {
    let (until, latest) = (date(now + REMEMBERED), date(now + REMEMBERED + AHEAD));
    let now = date(now);
    let is_remembered = doc! { "$and": [
        { "$eq": [{ "$type": "$until" }, "date"] },
        { "$gt": ["$until", now] },
    ] };
    // Much further ahead than an hour: by a clock that was set back since.
    let goes_on = match lasts {
        Lasts::SinceLast => is_remembered,
        Lasts::SinceFirst => doc! { "$and": [is_remembered, { "$lte": ["$until", latest] }] },
    };
    let before = doc! { "$convert": { "input": "$count", "to": "int", "onError": 0, "onNull": 0 } };
    let is_one =
        doc! { "$and": [{ "$gte": ["$$count", 0] }, { "$lte": ["$$count", Tally::MOST] }] };
    let before = doc! { "$let": {
        "vars": { "count": before },
        "in": { "$cond": [is_one, "$$count", 0] },
    } };
    let more = doc! { "$add": [before, 1] };
    let until = match lasts {
        Lasts::SinceLast => Bson::from(until),
        Lasts::SinceFirst => Bson::from(doc! { "$cond": [&goes_on, "$until", until] }),
    };
    doc! { "$set": {
        "count": { "$cond": [goes_on, { "$min": [more, Tally::MOST] }, 1] },
        "at": now,
        UNTIL: until,
    } }
}

/// One that somebody spoilt holds nobody back, and lets nobody in for long: the next that is counted mends it.
fn readable(document: &Document) -> Option<Tally> {
    tally(document)
        .inspect_err(|cause| tracing::error!(%cause, "a count of attempts was left out"))
        .ok()
}

fn tally(document: &Document) -> Result<Tally, Away> {
    let fields = Fields {
        collection: ATTEMPTS,
        document,
    };
    let number = |value: &Bson| match *value {
        Bson::Int64(number) => u32::try_from(number).ok(),
        Bson::Int32(number) => u32::try_from(number).ok(),
        _ => None,
    };
    let count = |value: &Bson| number(value).filter(|count| *count <= Tally::MOST);
    Ok(Tally {
        count: fields.read("count", count)?,
        at: fields.moment("at")?,
        until: fields.moment(UNTIL)?,
    })
}
