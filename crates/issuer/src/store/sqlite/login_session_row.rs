//! A login session as a row, read as if a person had written it.

use rusqlite::Row;
use tegata_server::Client;

use super::column::{apart, moment, moment_or_long_ago, named, unreadable};
use crate::{
    login_session::{EndCause, Ended, LoginSession},
    store::{EndMark, EndedSession, Ending},
};

pub(super) const TABLE: &str = "login_session";

pub(super) fn session(row: &Row<'_>) -> rusqlite::Result<LoginSession> {
    named(TABLE, row, columns)
}

fn columns(row: &Row<'_>) -> rusqlite::Result<LoginSession> {
    let address: Option<String> = row.get(9)?;
    let address = address.map(|text| text.parse()).transpose();
    let cause: Option<String> = row.get(12)?;
    let ended_at: Option<i64> = row.get(11)?;
    // Half of an end that was taken away by hand: what was ended stays so.
    if ended_at.is_none() && cause.is_some() {
        return Err(apart(TABLE, row, ("end_cause", "ended_at")));
    }
    Ok(LoginSession {
        id: parsed(row, 0)?,
        user: parsed(row, 1)?,
        created_at: moment(row, 2)?,
        used_at: moment(row, 3)?,
        ends_at: moment(row, 4)?,
        live_until: moment(row, 5)?,
        tokens_until: moment(row, 6)?,
        generation: row.get(7)?,
        rotated_at: moment(row, 8)?,
        client: Client {
            address: address.map_err(|_: std::net::AddrParseError| unreadable(TABLE, row, 9))?,
            user_agent: row.get(10)?,
        },
        ended: ended_at.map(|at| Ended {
            at: moment_or_long_ago(at),
            // One of a newer version is over all the same.
            cause: cause
                .and_then(|code| EndCause::of(&code))
                .unwrap_or(EndCause::Expired),
        }),
    })
}

/// `id, ended_at, tokens_until, created_at`: what was ended stays so, whatever somebody has made of the last two.
pub(super) fn ended_session(row: &Row<'_>) -> rusqlite::Result<EndedSession> {
    let mark = EndMark {
        at: moment_or_long_ago(row.get(1)?),
        sid: parsed(row, 0)?,
    };
    Ok(EndedSession::of(
        mark,
        moment(row, 3).ok(),
        moment(row, 2).ok(),
    ))
}

/// `user`, which somebody may have spoilt.
pub(super) fn ending(row: &Row<'_>) -> rusqlite::Result<Ending> {
    let user = row.get_ref(0)?.as_str().ok();
    Ok(Ending {
        user: user.and_then(|user| user.parse().ok()),
    })
}

fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|_| unreadable(TABLE, row, column))
}
