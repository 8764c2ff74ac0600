//! Login sessions in MongoDB. Whatever changes one says in its filter what it was judged by, so that of several
//! at once the first counts and the others judge again.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    action::Find,
    bson::{Bson, DateTime, Document, doc},
    error::Error,
};
use tegata_mongodb::{Index, Kind, answer, answer_on, date};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    MongoStore,
    document::user,
    login_session_document::{document, ended, ending, session},
    users::USERS,
};
use crate::{
    login_session::{Ended, LoginSession, Presented, Sid, Turn},
    store::{EndMark, EndedSession, Ending, LoginSessions, Turned, Unavailable},
    user::User,
};

pub(super) const SESSIONS: &str = "login_sessions";
pub(super) const USER: &str = "user";
pub(super) const LIVE_UNTIL: &str = "live_until";
pub(super) const ENDED_AT: &str = "ended_at";
pub(super) const END_CAUSE: &str = "end_cause";
/// Documents that the server sends at a time, at most.
const PAGE: u32 = 1000;
/// How long a session that is over is remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);
/// When it was found, by the database's clock; not kept.
const READ_AT: &str = "read_at";
/// How long after that it may be changed, in milliseconds: longer than whoever asks waits, and much shorter than
/// the grace.
const LATE: i64 = 5_000;
/// Each time somebody else was quicker, which at one generation happens once.
const MAX_TRIES: usize = 20;

pub(super) const INDEXES: [Index; 3] = [
    Index {
        collection: SESSIONS,
        field: USER,
        kind: Kind::Lookup,
    },
    Index {
        collection: SESSIONS,
        field: ENDED_AT,
        kind: Kind::Lookup,
    },
    Index {
        collection: SESSIONS,
        field: LIVE_UNTIL,
        kind: Kind::Expires(REMEMBERED),
    },
];

#[async_trait]
impl LoginSessions for MongoStore {
    /// Leaves what is over to the index.
    async fn begin_session(&self, session: &LoginSession) -> Result<(), Unavailable> {
        answer(self.sessions()?.insert_one(document(session))).await?;
        Ok(())
    }

    async fn session_with_user(
        &self,
        sid: Sid,
    ) -> Result<Option<(LoginSession, Option<User>)>, Unavailable> {
        let found = self.with_user(sid).await?;
        found.as_ref().map(both).transpose()
    }

    async fn turn_session(&self, turn: &Turn) -> Result<Turned, Unavailable> {
        for _ in 0..MAX_TRIES {
            let Some(found) = self.with_user(turn.sid).await? else {
                return Ok(Turned::Unknown);
            };
            let (session, user) = both(&found)?;
            let judged_by = doc! {
                "_id": turn.sid.to_string(),
                "generation": i64::from(session.generation),
                ENDED_AT: Bson::Null,
                "$expr": { "$lt": ["$$NOW", too_late(&found)] },
            };
            match (session.presented(user.as_ref(), turn), user) {
                (Presented::Altered, _) => return Ok(Turned::Altered),
                (Presented::Over(cause), _) => return Ok(Turned::Over(session, cause)),
                (Presented::Ends(cause), _) => {
                    let ended = Ended { at: turn.at, cause };
                    if self.change(judged_by, end(ended)).await? {
                        return Ok(Turned::Ended(session, cause));
                    }
                }
                (Presented::GoesOn(next), Some(user)) => {
                    if self.change(judged_by, go_on(&next)).await? {
                        return Ok(Turned::GoesOn(next, Box::new(user)));
                    }
                }
                (Presented::GoesOn(_), None) => return Ok(Turned::Unknown),
            }
        }
        Err(Unavailable("a login session changes too fast".into()))
    }

    async fn end_session(
        &self,
        sid: Sid,
        user: Option<Uuid>,
        ended: Ended,
    ) -> Result<Option<Ending>, Unavailable> {
        let mut which = live(ended.at);
        which.insert("_id", sid.to_string());
        if let Some(user) = user {
            which.insert(USER, user.to_string());
        }
        let sessions = self.sessions()?;
        let whose = sessions
            .find_one_and_update(which, end(ended))
            .projection(doc! { USER: 1 });
        Ok(answer(whose).await?.as_ref().map(ending))
    }

    async fn end_sessions_of(
        &self,
        user: Uuid,
        except: Option<Sid>,
        ended: Ended,
    ) -> Result<u64, Unavailable> {
        let mut which = live(ended.at);
        which.insert(USER, user.to_string());
        if let Some(except) = except {
            which.insert("_id", doc! { "$ne": except.to_string() });
        }
        self.end_all(which, 1, ended).await
    }

    async fn end_every_session(&self, ended: Ended) -> Result<u64, Unavailable> {
        self.end_all(live(ended.at), usize::MAX, ended).await
    }

    async fn sessions_of(
        &self,
        user: Uuid,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<LoginSession>, Unavailable> {
        let mut which = live(now);
        which.insert(USER, user.to_string());
        self.several(which, doc! { "used_at": -1, "_id": 1 }, limit)
            .await
    }

    async fn sessions_after(
        &self,
        after: Option<Sid>,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<LoginSession>, Unavailable> {
        let after = after.map(|sid| sid.to_string()).unwrap_or_default();
        let mut which = live(now);
        which.insert("_id", doc! { "$gt": after });
        self.several(which, doc! { "_id": 1 }, limit).await
    }

    async fn sessions_ended_after(
        &self,
        mark: EndMark,
        limit: usize,
    ) -> Result<Vec<EndedSession>, Unavailable> {
        let at = date(mark.at);
        let which = doc! { "$or": [
            { ENDED_AT: { "$gt": at } },
            { ENDED_AT: at, "_id": { "$gt": mark.sid.to_string() } },
        ] };
        let sessions = self.sessions()?;
        let found = sessions
            .find(which)
            .sort(doc! { ENDED_AT: 1, "_id": 1 })
            .projection(doc! { ENDED_AT: 1, "tokens_until": 1, "created_at": 1 })
            .batch_size(batch(limit));
        Ok(answer(up_to(limit, found, ended)).await?)
    }
}

impl MongoStore {
    fn sessions(&self) -> Result<Collection<Document>, Unavailable> {
        Ok(self.database.collection(SESSIONS)?)
    }

    async fn with_user(&self, sid: Sid) -> Result<Option<Document>, Unavailable> {
        let both = [
            doc! { "$match": { "_id": sid.to_string() } },
            doc! { "$lookup": { "from": USERS, "localField": USER, "foreignField": "_id", "as": "users" } },
            doc! { "$set": { READ_AT: "$$NOW" } },
        ];
        let sessions = self.sessions()?;
        let found = answer(async { sessions.aggregate(both).await?.try_next().await });
        Ok(found.await?)
    }

    async fn change(&self, which: Document, change: Document) -> Result<bool, Unavailable> {
        let changed = answer(self.sessions()?.update_one(which, change)).await?;
        Ok(changed.matched_count == 1)
    }

    async fn end_all(
        &self,
        which: Document,
        of_users: usize,
        ended: Ended,
    ) -> Result<u64, Unavailable> {
        let ends = answer_on(of_users, self.sessions()?.update_many(which, end(ended))).await?;
        Ok(ends.modified_count)
    }

    /// One that somebody spoilt does not hide the others, nor count among them.
    async fn several(
        &self,
        which: Document,
        order: Document,
        limit: usize,
    ) -> Result<Vec<LoginSession>, Unavailable> {
        let sessions = self.sessions()?;
        let found = sessions.find(which).sort(order).batch_size(batch(limit));
        let readable = |document: &Document| {
            let read = session(document);
            read.inspect_err(|cause| tracing::error!(%cause, "a login session was left out"))
                .ok()
        };
        Ok(answer_on(limit, up_to(limit, found, readable)).await?)
    }
}

/// A session that was found with its user.
fn both(found: &Document) -> Result<(LoginSession, Option<User>), Unavailable> {
    let users = found.get_array("users").ok();
    let theirs = users.and_then(|users| users.first()?.as_document());
    Ok((session(found)?, theirs.map(user).transpose()?))
}

/// When what was found is too old to be changed on, by the database's own clock. A database that held its breath
/// does later what it was asked before; by then whoever asked was told that it does not answer, and asks again: a
/// turn from before would take the grace from them that is reckoned from it.
fn too_late(found: &Document) -> Bson {
    let read_at = found.get_datetime(READ_AT);
    read_at.map_or(Bson::Null, |at| {
        DateTime::from_millis(at.timestamp_millis().saturating_add(LATE)).into()
    })
}

fn live(now: OffsetDateTime) -> Document {
    doc! { ENDED_AT: Bson::Null, LIVE_UNTIL: { "$gt": date(now) } }
}

fn end(ended: Ended) -> Document {
    doc! { "$set": { ENDED_AT: date(ended.at), END_CAUSE: ended.cause.code() } }
}

fn go_on(next: &LoginSession) -> Document {
    doc! {
        "$set": { "generation": i64::from(next.generation), "rotated_at": date(next.rotated_at) },
        // Several of one generation may come at once, each with its own moment.
        "$max": {
            "used_at": date(next.used_at),
            LIVE_UNTIL: date(next.live_until),
            "tokens_until": date(next.tokens_until),
        },
    }
}

/// So many of those that can be read.
async fn up_to<T>(
    limit: usize,
    found: Find<'_, Document>,
    read: impl Fn(&Document) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let mut documents = found.await?;
    let mut several = Vec::new();
    while several.len() < limit
        && let Some(document) = documents.try_next().await?
    {
        several.extend(read(&document));
    }
    Ok(several)
}

fn batch(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX).clamp(1, PAGE)
}
