//! Which records are edited, and which of their fields say what.

use super::edit::{Kind, Place};

/// Two records of a kind: whose is edited, and the other's.
pub(super) fn place(kind: Kind, [mine, other]: [String; 2]) -> Place {
    let (table, collection, owned, plain): (_, _, &[&str], &[&str]) = match kind {
        Kind::User => (
            "user",
            "users",
            &["username"],
            &["id", "_id", "username_key", "disabled"],
        ),
        Kind::LiveSession | Kind::EndedSession => (
            "login_session",
            "login_sessions",
            &["id", "_id", "user"],
            &[
                "id",
                "_id",
                "live_until",
                "ends_at",
                "tokens_until",
                "ended_at",
                "end_cause",
                "generation",
            ],
        ),
        Kind::SigningKeys | Kind::RefreshKey => ("sealed_key", "keys", &["sealed"], &[]),
        // A hash of somebody else's secret lets in whoever has that: no store can tell.
        Kind::Client => ("client", "clients", &[], &["id", "_id"]),
        // MongoDB itself forgets one of long ago.
        Kind::Event => ("event", "events", &[], &["id", "_id", "at"]),
        Kind::Counter => ("attempt", "attempts", &[], &["counter", "_id"]),
        Kind::Session => (
            "session",
            "sessions",
            &["key", "_id", "sealed"],
            &["key", "_id", "used_at", "ends_at"],
        ),
    };
    Place {
        kind,
        table,
        collection,
        mine,
        other,
        owned,
        plain,
    }
}
