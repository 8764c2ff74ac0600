//! `GET` and `DELETE /users/me/sessions`: where the caller is signed in, and an end to that.

use axum::{
    Json,
    extract::{Path, State},
    response::IntoResponse,
};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{NO_STORE, rfc3339, signed_in::SignedIn},
    app::App,
    error::ApiError,
    login_session::{EndCause, LoginSession, Sid},
};

/// More than anybody reads; the latest come first.
pub(crate) const SHOWN: usize = 200;

#[derive(Serialize, ToSchema)]
pub(crate) struct Sessions {
    sessions: Vec<SessionView>,
}

impl Sessions {
    /// As they are shown to the one of this id.
    pub(crate) fn of(sessions: &[LoginSession], current: Option<Sid>) -> Self {
        let view = |session| SessionView::of(session, current);
        Self {
            sessions: sessions.iter().map(view).collect(),
        }
    }
}

/// A login session, as the API shows it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// As the claim `sid` has it.
    #[schema(example = "Fh0Tq3zXr0m2b1uZ8kYw9A")]
    id: String,
    /// Whether it is the one that asks.
    current: bool,
    #[schema(example = "2026-11-21T04:12:45Z")]
    created_at: String,
    /// When it signed in or refreshed last.
    #[schema(example = "2026-11-21T04:12:45Z")]
    last_used_at: String,
    /// When it ends, whatever happens.
    #[schema(example = "2026-12-21T04:12:45Z")]
    ends_at: String,
    #[schema(example = "203.0.113.9")]
    address: Option<String>,
    user_agent: Option<String>,
}

impl SessionView {
    fn of(session: &LoginSession, current: Option<Sid>) -> Self {
        Self {
            id: session.id.to_string(),
            current: current == Some(session.id),
            created_at: rfc3339(session.created_at),
            last_used_at: rfc3339(session.used_at),
            ends_at: rfc3339(session.ends_at),
            address: session.client.address.map(|address| address.to_string()),
            user_agent: session.client.user_agent.clone(),
        }
    }
}

/// How many sessions were ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndedCount {
    #[schema(example = 2)]
    pub(crate) ended: u64,
}

/// Where am I signed in
#[utoipa::path(get, path = "/users/me/sessions", tag = "sessions",
    security(("password" = [])),
    responses((status = 200, description = "The caller's login sessions, latest use first", body = Sessions)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: SignedIn,
) -> Result<impl IntoResponse, ApiError> {
    let now = app.clock.now();
    let sessions = app.store.sessions_of(caller.user.id, now, SHOWN).await?;
    Ok((NO_STORE, Json(Sessions::of(&sessions, caller.sid()))))
}

/// Sign out everywhere else
#[utoipa::path(delete, path = "/users/me/sessions", tag = "sessions",
    security(("password" = [])),
    responses((status = 200, description = "All but the caller's own login session are ended", body = EndedCount)))]
pub(crate) async fn end_others(
    State(app): State<App>,
    caller: SignedIn,
) -> Result<impl IntoResponse, ApiError> {
    let ended = app
        .sessions(caller.by())
        .end_all_of(caller.user.id, caller.sid(), EndCause::SignedOutElsewhere)
        .await?;
    Ok((NO_STORE, Json(EndedCount { ended })))
}

/// Sign out there
#[utoipa::path(delete, path = "/users/me/sessions/{id}", tag = "sessions",
    security(("password" = [])),
    params(("id" = String, Path, description = "Of one of the caller's login sessions")),
    responses(
        (status = 204, description = "It is ended"),
        (status = 404, description = "The caller has no such login session, or no more"),
    ))]
pub(crate) async fn end_one(
    State(app): State<App>,
    caller: SignedIn,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let sid: Sid = id.parse().map_err(|_| ApiError::NoSuchSession)?;
    let cause = if caller.sid() == Some(sid) {
        EndCause::SignedOut
    } else {
        EndCause::SignedOutElsewhere
    };
    let sessions = app.sessions(caller.by());
    if sessions.end(sid, Some(caller.user.id), cause).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NoSuchSession)
    }
}
