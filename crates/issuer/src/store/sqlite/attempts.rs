//! Counts of attempts in SQLite.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, Transaction, named_params};
use time::OffsetDateTime;

use super::{
    SqliteStore,
    column::{millis, moment, named, readable, unreadable},
};
use crate::{
    store::{Attempts, Unavailable},
    throttle::{AHEAD, Account, Counter, Lasts, REMEMBERED, Tally, Whose},
};

/// For the log, which names what somebody spoilt.
const TABLE: &str = "attempt";
const COLUMNS: &str = "counter, count, at, until";

/// Counts that are over and are forgotten on the way of one that is made: more than come, so that they cannot
/// pile up.
const SWEEP: i64 = 20;

#[async_trait]
impl Attempts for SqliteStore {
    async fn attempts(
        &self,
        of: &[Counter],
        now: OffsetDateTime,
    ) -> Result<Vec<Tally>, Unavailable> {
        let now = millis(now);
        Ok(self.database.read(|c| {
            let mut found = c.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM attempt WHERE counter = ?1 AND until > ?2"
            ))?;
            // One that somebody spoilt holds nobody back, and lets nobody in for long: the next that is counted
            // mends it.
            let tallies = of.iter().map(|one| {
                let counted = found
                    .query_row((&one.key, now), readable(tally))
                    .optional()?;
                Ok(counted.flatten().unwrap_or(Tally::NONE))
            });
            tallies.collect()
        })?)
    }

    async fn count_attempt(
        &self,
        of: &[Counter],
        now: OffsetDateTime,
    ) -> Result<Vec<Tally>, Unavailable> {
        let of = of.to_vec();
        let counted = self.database.write(move |t| {
            t.prepare_cached(
                "DELETE FROM attempt WHERE counter IN
                 (SELECT counter FROM attempt WHERE until <= ?1 ORDER BY until LIMIT ?2)",
            )?
            .execute((millis(now), SWEEP))?;
            of.iter().map(|one| count(t, one, now)).collect()
        });
        Ok(counted.await?)
    }

    async fn attempts_at(
        &self,
        account: &Account,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<(Whose, Tally)>, Unavailable> {
        let (pairs, end) = Counter::pairs_of(account);
        let alone = [Counter::account(account), Counter::caller(account)].map(|one| one.key);
        let counted = |row: &Row<'_>| {
            let key: String = row.get(0)?;
            Ok((Whose::of(account, &key), tally(row)?))
        };
        let found: Vec<(Option<Whose>, Tally)> = self.database.read(|c| {
            let mut found = c.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM attempt
                 WHERE ((counter > ?1 AND counter < ?2) OR counter IN (?3, ?4)) AND until > ?5
                 ORDER BY count DESC, counter"
            ))?;
            let those = (&pairs, &end, &alone[0], &alone[1], millis(now));
            let rows = found.query_map(those, readable(|row| named(TABLE, row, counted)))?;
            rows.filter_map(Result::transpose).take(limit).collect()
        })?;
        let those = found.into_iter();
        Ok(those
            .filter_map(|(whose, tally)| Some((whose?, tally)))
            .collect())
    }

    async fn forget_attempts(&self, of: &[Counter]) -> Result<(), Unavailable> {
        let of = of.to_vec();
        let forgotten = self.database.write(move |t| {
            let mut forget = t.prepare_cached("DELETE FROM attempt WHERE counter = ?1")?;
            of.iter().try_for_each(|one| {
                forget.execute([&one.key])?;
                Ok(())
            })
        });
        Ok(forgotten.await?)
    }

    async fn forget_attempts_at(&self, account: &Account) -> Result<u64, Unavailable> {
        let (pairs, end) = Counter::pairs_of(account);
        let alone = [Counter::account(account), Counter::caller(account)].map(|one| one.key);
        let forgotten = self.database.write(move |t| {
            t.execute(
                "DELETE FROM attempt WHERE (counter > ?1 AND counter < ?2) OR counter IN (?3, ?4)",
                (&pairs, &end, &alone[0], &alone[1]),
            )
        });
        Ok(u64::try_from(forgotten.await?).unwrap_or(u64::MAX))
    }
}

fn count(t: &Transaction<'_>, one: &Counter, now: OffsetDateTime) -> rusqlite::Result<Tally> {
    t.prepare_cached(&format!(
        "INSERT INTO attempt (counter, count, at, until) VALUES (:counter, 1, :now, :until)
         ON CONFLICT (counter) DO UPDATE SET
             -- Much further ahead than an hour: by a clock that was set back since. Above the most: by hand.
             count = CASE WHEN until > :now AND (:renewed OR until <= :latest) AND count BETWEEN 0 AND :most
                 THEN min(count + 1, :most) ELSE 1 END,
             at = :now,
             until = CASE WHEN :renewed OR until <= :now OR until > :latest THEN :until ELSE until END
         RETURNING {COLUMNS}"
    ))?
    .query_row(
        named_params! {
            ":counter": one.key,
            ":now": millis(now),
            ":until": millis(now + REMEMBERED),
            ":latest": millis(now + REMEMBERED + AHEAD),
            ":most": Tally::MOST,
            ":renewed": one.lasts == Lasts::SinceLast,
        },
        tally,
    )
}

fn tally(row: &Row<'_>) -> rusqlite::Result<Tally> {
    named(TABLE, row, columns)
}

/// The table takes whole numbers alone; what a hand has made of them may be any.
fn columns(row: &Row<'_>) -> rusqlite::Result<Tally> {
    let count: u32 = row.get(1)?;
    if count > Tally::MOST {
        return Err(unreadable(TABLE, row, 1));
    }
    Ok(Tally {
        count,
        at: moment(row, 2)?,
        until: moment(row, 3)?,
    })
}
