//! Login sessions in SQLite.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Transaction, named_params};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    SqliteStore,
    column::{millis, named, readable},
    login_session_row::{TABLE, ended_session, ending, session},
    users,
};
use crate::{
    login_session::{Ended, LoginSession, Presented, Sid, Turn},
    store::{EndMark, EndedSession, Ending, LoginSessions, Turned, Unavailable},
    user::User,
};

const COLUMNS: &str =
    "id, user, created_at, used_at, ends_at, live_until, tokens_until, generation, rotated_at,
     address, user_agent, ended_at, end_cause";
const LIVE: &str = "ended_at IS NULL AND live_until > :now";
/// Sessions that a sign-in forgets on its way; more than it adds, so that they cannot pile up.
const SWEEP: i64 = 20;
/// How long a session that is over is remembered.
const REMEMBERED: Duration = Duration::days(1);

#[async_trait]
impl LoginSessions for SqliteStore {
    async fn begin_session(&self, session: &LoginSession) -> Result<(), Unavailable> {
        let session = session.clone();
        let begun = self.database.write(move |t| {
            t.prepare_cached(
                "DELETE FROM login_session WHERE id IN
                 (SELECT id FROM login_session WHERE live_until <= ?1 LIMIT ?2)",
            )?
            .execute((millis(session.created_at - REMEMBERED), SWEEP))?;
            t.prepare_cached(
                "INSERT INTO login_session (id, user, created_at, used_at, ends_at, live_until, tokens_until,
                                            generation, rotated_at, address, user_agent)
                 VALUES (:id, :user, :created_at, :used_at, :ends_at, :live_until, :tokens_until,
                         :generation, :rotated_at, :address, :user_agent)",
            )?
            .execute(named_params! {
                ":id": session.id.to_string(),
                ":user": session.user.to_string(),
                ":created_at": millis(session.created_at),
                ":used_at": millis(session.used_at),
                ":ends_at": millis(session.ends_at),
                ":live_until": millis(session.live_until),
                ":tokens_until": millis(session.tokens_until),
                ":generation": session.generation,
                ":rotated_at": millis(session.rotated_at),
                ":address": session.client.address.map(|address| address.to_string()),
                ":user_agent": session.client.user_agent,
            })
        });
        begun.await?;
        Ok(())
    }

    async fn session_with_user(
        &self,
        sid: Sid,
    ) -> Result<Option<(LoginSession, Option<User>)>, Unavailable> {
        Ok(self.database.read(|c| with_user(c, sid))?)
    }

    async fn turn_session(&self, turn: &Turn) -> Result<Turned, Unavailable> {
        let turn = *turn;
        let turned = self.database.write(move |t| {
            let Some((session, user)) = with_user(t, turn.sid)? else {
                return Ok(Turned::Unknown);
            };
            Ok(match (session.presented(user.as_ref(), &turn), user) {
                (Presented::GoesOn(next), Some(user)) => {
                    go_on(t, &next)?;
                    Turned::GoesOn(next, Box::new(user))
                }
                (Presented::Altered, _) => Turned::Altered,
                (Presented::Over(cause), _) => Turned::Over(session, cause),
                (Presented::Ends(cause), _) => {
                    let ended = Ended { at: turn.at, cause };
                    end(t, "id = :id", &session.id.to_string(), ended)?;
                    Turned::Ended(session, cause)
                }
                (Presented::GoesOn(_), None) => Turned::Unknown,
            })
        });
        Ok(turned.await?)
    }

    async fn end_session(
        &self,
        sid: Sid,
        user: Option<Uuid>,
        ended: Ended,
    ) -> Result<Option<Ending>, Unavailable> {
        let ending = self.database.write(move |t| {
            t.prepare_cached(&format!(
                "UPDATE login_session SET ended_at = :now, end_cause = :cause
                 WHERE id = :id AND (:user IS NULL OR user = :user) AND {LIVE} RETURNING user"
            ))?
            .query_row(
                named_params! {
                    ":now": millis(ended.at),
                    ":cause": ended.cause.code(),
                    ":id": sid.to_string(),
                    ":user": user.map(|user| user.to_string()),
                },
                ending,
            )
            .optional()
        });
        Ok(ending.await?)
    }

    async fn end_sessions_of(
        &self,
        user: Uuid,
        except: Option<Sid>,
        ended: Ended,
    ) -> Result<u64, Unavailable> {
        let ends = self.database.write(move |t| {
            let except = except.map(|sid| sid.to_string()).unwrap_or_default();
            // An id is base64url: it holds no quote.
            end(
                t,
                &format!("user = :id AND id <> '{except}'"),
                &user.to_string(),
                ended,
            )
        });
        Ok(ends.await?)
    }

    async fn end_every_session(&self, ended: Ended) -> Result<u64, Unavailable> {
        let ends = self.database.write(move |t| end(t, ":id = ''", "", ended));
        Ok(ends.await?)
    }

    async fn sessions_of(
        &self,
        user: Uuid,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<LoginSession>, Unavailable> {
        let which = format!("user = :id AND {LIVE} ORDER BY used_at DESC, id");
        self.several(&which, &user.to_string(), now, limit)
    }

    async fn sessions_after(
        &self,
        after: Option<Sid>,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<LoginSession>, Unavailable> {
        let after = after.map(|sid| sid.to_string()).unwrap_or_default();
        let which = format!("id > :id AND {LIVE} ORDER BY id");
        self.several(&which, &after, now, limit)
    }

    async fn sessions_ended_after(
        &self,
        mark: EndMark,
        limit: usize,
    ) -> Result<Vec<EndedSession>, Unavailable> {
        let ended = self.database.read(|c| {
            c.prepare_cached(
                "SELECT id, ended_at, tokens_until, created_at FROM login_session
                 WHERE ended_at IS NOT NULL AND (ended_at, id) > (?1, ?2) ORDER BY ended_at, id",
            )?
            .query_map(
                (millis(mark.at), mark.sid.to_string()),
                readable(|row| named(TABLE, row, ended_session)),
            )?
            .filter_map(Result::transpose)
            .take(limit)
            .collect()
        })?;
        Ok(ended)
    }
}

impl SqliteStore {
    /// One that somebody spoilt does not hide the others, nor count among them.
    fn several(
        &self,
        which: &str,
        id: &str,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<LoginSession>, Unavailable> {
        let sessions = self.database.read(|c| {
            c.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM login_session WHERE {which}"
            ))?
            .query_map(
                named_params! { ":id": id, ":now": millis(now) },
                readable(session),
            )?
            .filter_map(Result::transpose)
            .take(limit)
            .collect()
        })?;
        Ok(sessions)
    }
}

fn find(c: &Connection, sid: Sid) -> rusqlite::Result<Option<LoginSession>> {
    c.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM login_session WHERE id = ?1"
    ))?
    .query_row([sid.to_string()], session)
    .optional()
}

fn with_user(c: &Connection, sid: Sid) -> rusqlite::Result<Option<(LoginSession, Option<User>)>> {
    let Some(session) = find(c, sid)? else {
        return Ok(None);
    };
    let user = users::one(c, "id", &session.user.to_string())?;
    Ok(Some((session, user)))
}

fn go_on(t: &Transaction<'_>, next: &LoginSession) -> rusqlite::Result<usize> {
    t.prepare_cached(
        "UPDATE login_session SET generation = :generation, rotated_at = :rotated_at, used_at = :used_at,
                live_until = :live_until, tokens_until = :tokens_until
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":generation": next.generation,
        ":rotated_at": millis(next.rotated_at),
        ":used_at": millis(next.used_at),
        ":live_until": millis(next.live_until),
        ":tokens_until": millis(next.tokens_until),
        ":id": next.id.to_string(),
    })
}

/// Ends what is live of `which`, where `:id` is `id`.
fn end(t: &Transaction<'_>, which: &str, id: &str, ended: Ended) -> rusqlite::Result<u64> {
    let ends = t
        .prepare_cached(&format!(
            "UPDATE login_session SET ended_at = :now, end_cause = :cause WHERE {which} AND {LIVE}"
        ))?
        .execute(named_params! {
            ":now": millis(ended.at),
            ":cause": ended.cause.code(),
            ":id": id,
        })?;
    Ok(u64::try_from(ends).unwrap_or(u64::MAX))
}
