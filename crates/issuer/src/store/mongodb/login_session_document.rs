//! A login session as a document, written, and read as if a person had written it.

use mongodb::bson::{Bson, Document, doc};
use tegata_mongodb::{Unavailable, date};
use tegata_server::Client;

use super::{
    fields::Fields,
    login_sessions::{END_CAUSE, ENDED_AT, LIVE_UNTIL, SESSIONS, USER},
};
use crate::{
    login_session::{EndCause, Ended, LoginSession},
    store::{EndMark, EndedSession, Ending},
};

/// A session, as the database keeps it; docs/operations.md describes it for people.
pub(super) fn document(session: &LoginSession) -> Document {
    let mut document = doc! {
        "_id": session.id.to_string(),
        USER: session.user.to_string(),
        "created_at": date(session.created_at),
        "used_at": date(session.used_at),
        "ends_at": date(session.ends_at),
        LIVE_UNTIL: date(session.live_until),
        "tokens_until": date(session.tokens_until),
        "generation": i64::from(session.generation),
        "rotated_at": date(session.rotated_at),
    };
    if let Some(address) = session.client.address {
        document.insert("address", address.to_string());
    }
    if let Some(user_agent) = &session.client.user_agent {
        document.insert("user_agent", user_agent.clone());
    }
    document
}

pub(super) fn session(document: &Document) -> Result<LoginSession, Unavailable> {
    let fields = Fields {
        collection: SESSIONS,
        document,
    };
    let generation = |value: &Bson| match *value {
        Bson::Int64(number) => u32::try_from(number).ok(),
        Bson::Int32(number) => u32::try_from(number).ok(),
        _ => None,
    };
    let ended_at = fields.optional(ENDED_AT, Fields::moment_or_long_ago)?;
    // Half of an end that was taken away by hand: what was ended stays so.
    if ended_at.is_none() && !matches!(document.get(END_CAUSE), None | Some(Bson::Null)) {
        return Err(fields.apart(END_CAUSE, ENDED_AT));
    }
    Ok(LoginSession {
        id: fields.parsed("_id")?,
        user: fields.parsed(USER)?,
        created_at: fields.moment("created_at")?,
        used_at: fields.moment("used_at")?,
        ends_at: fields.moment("ends_at")?,
        live_until: fields.moment(LIVE_UNTIL)?,
        tokens_until: fields.moment("tokens_until")?,
        generation: fields.read("generation", generation)?,
        rotated_at: fields.moment("rotated_at")?,
        client: Client {
            address: fields.optional("address", Fields::parsed)?,
            user_agent: fields.optional("user_agent", Fields::text)?,
        },
        ended: ended_at.map(|at| Ended {
            at,
            // One of a newer version is over all the same.
            cause: document
                .get_str(END_CAUSE)
                .ok()
                .and_then(EndCause::of)
                .unwrap_or(EndCause::Expired),
        }),
    })
}

/// What was ended stays so, whatever somebody has made of the moments beside its end. One without an id that could be
/// one has no token that could be: its id would be another.
pub(super) fn ended(document: &Document) -> Option<EndedSession> {
    let fields = Fields {
        collection: SESSIONS,
        document,
    };
    let mark = || {
        Ok::<_, Unavailable>(EndMark {
            at: fields.moment_or_long_ago(ENDED_AT)?,
            sid: fields.parsed("_id")?,
        })
    };
    let mark = mark()
        .inspect_err(|cause| tracing::error!(%cause, "an ended login session was left out"))
        .ok()?;
    let moment = |name| fields.moment(name).ok();
    Some(EndedSession::of(
        mark,
        moment("created_at"),
        moment("tokens_until"),
    ))
}

pub(super) fn ending(document: &Document) -> Ending {
    let user = document.get_str(USER).ok();
    Ending {
        user: user.and_then(|user| user.parse().ok()),
    }
}
