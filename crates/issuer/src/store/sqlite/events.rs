//! Audit events in SQLite.

use std::str::FromStr;

use async_trait::async_trait;
use rusqlite::{Row, Transaction, named_params};
use tegata_server::Client;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    SqliteStore,
    column::{millis, moment, named, readable, unreadable},
};
use crate::{
    event::{Act, Actor, By, Event, Kind},
    store::{Events, Unavailable, Which},
};

const TABLE: &str = "event";
const COLUMNS: &str =
    "id, at, kind, user, actor, session, client, address, user_agent, cause, count";
/// Events that are forgotten on the way at least; with those that come, more than these, so that what is over
/// cannot pile up.
const SWEEP: usize = 20;

#[async_trait]
impl Events for SqliteStore {
    async fn add_events(&self, events: &[Event]) -> Result<(), Unavailable> {
        let (events, kept_for) = (events.to_vec(), self.events_kept_for);
        let added = self.database.write(move |t| {
            if let (Some(kept_for), Some(last)) = (kept_for, events.last()) {
                forget(t, last.at - kept_for, events.len() * 2 + SWEEP)?;
            }
            events.iter().try_for_each(|event| add(t, event))
        });
        Ok(added.await?)
    }

    async fn events_before(
        &self,
        before: Option<Uuid>,
        which: Which,
        limit: usize,
    ) -> Result<Vec<Event>, Unavailable> {
        let before = before.unwrap_or(Uuid::max()).to_string();
        let user = which.user.map(|user| user.to_string());
        let whose = match user {
            Some(_) => "user = :user",
            None => ":user IS NULL",
        };
        // None leaves nothing out: a torn kind may be any text.
        let but = which.without_refreshes.then(|| Kind::Refresh.code());
        let kind = which.kind.map(Kind::code);
        let of_kind = match kind {
            Some(_) => "kind = :kind",
            None => ":kind IS NULL",
        };
        let events = self.database.read(|c| {
            let mut found = c.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM event
                 WHERE {whose} AND {of_kind} AND id < :before AND (:but IS NULL OR kind <> :but)
                 ORDER BY id DESC"
            ))?;
            // One that somebody spoilt, or a newer version wrote, does not hide the others.
            let rows = found.query_map(
                named_params! { ":user": user, ":kind": kind, ":before": before, ":but": but },
                readable(|row| named(TABLE, row, event)),
            )?;
            rows.filter_map(Result::transpose).take(limit).collect()
        })?;
        Ok(events)
    }
}

fn add(t: &Transaction<'_>, event: &Event) -> rusqlite::Result<()> {
    let Event { id, at, act } = event;
    t.prepare_cached(&format!(
        "INSERT INTO event ({COLUMNS})
         VALUES (:id, :at, :kind, :user, :actor, :session, :client, :address, :user_agent, :cause, :count)
         ON CONFLICT DO NOTHING"
    ))?
    .execute(named_params! {
        ":id": id.to_string(),
        ":at": millis(*at),
        ":kind": act.kind.code(),
        ":user": act.user.map(|user| user.to_string()),
        ":actor": act.by.actor.code(),
        ":session": act.session.map(|sid| sid.to_string()),
        ":client": act.client_id,
        ":address": act.by.from.address.map(|address| address.to_string()),
        ":user_agent": act.by.from.user_agent,
        ":cause": act.cause,
        ":count": act.count.map(|count| i64::try_from(count).unwrap_or(i64::MAX)),
    })?;
    Ok(())
}

/// Some of those that happened before this: ids begin with the moment.
fn forget(t: &Transaction<'_>, before: OffsetDateTime, many: usize) -> rusqlite::Result<usize> {
    let millis = u64::try_from(millis(before)).unwrap_or_default();
    let first_kept = uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid();
    t.prepare_cached(
        "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE id < ?1 ORDER BY id LIMIT ?2)",
    )?
    .execute((
        first_kept.to_string(),
        i64::try_from(many).unwrap_or(i64::MAX),
    ))
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let actor: Option<String> = row.get(4)?;
    let count: Option<i64> = row.get(10)?;
    let count = count.map(u64::try_from);
    Ok(Event {
        id: required(row, 0)?,
        at: moment(row, 1)?,
        act: Act {
            kind: required(row, 2)?,
            user: optional(row, 3)?,
            by: By {
                actor: Actor::of(actor.as_deref()).map_err(|_| unreadable(TABLE, row, 4))?,
                from: Client {
                    address: optional(row, 7)?,
                    user_agent: row.get(8)?,
                },
            },
            session: optional(row, 5)?,
            client_id: row.get(6)?,
            cause: row.get(9)?,
            count: count.transpose().map_err(|_| unreadable(TABLE, row, 10))?,
        },
    })
}

fn required<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: FromStr,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|_| unreadable(TABLE, row, column))
}

fn optional<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>>
where
    T: FromStr,
{
    let text: Option<String> = row.get(column)?;
    let parsed = text.map(|text| text.parse()).transpose();
    parsed.map_err(|_| unreadable(TABLE, row, column))
}
