//! `GET` and `DELETE /admin/users/{id}/sessions`: where somebody is signed in, and an end to that.

use axum::{
    Json,
    extract::{Path, State},
    response::IntoResponse,
};
use http::StatusCode;
use uuid::Uuid;

use super::{Administrator, user_id};
use crate::{
    api::{
        NO_STORE,
        me::sessions::{EndedCount, SHOWN, Sessions},
    },
    app::App,
    error::ApiError,
    login_session::{EndCause, Sid},
};

/// Where is a user signed in
#[utoipa::path(get, path = "/admin/users/{id}/sessions", operation_id = "list_sessions_of_user", tag = "admin",
    security(("password" = [])),
    params(("id" = String, Path, description = "The user's id: the `sub` of their tokens")),
    responses(
        (status = 200, description = "The user's login sessions, latest use first", body = Sessions),
        (status = 403, description = "`insufficient_scope`: the caller does not have the role `admin`"),
        (status = 404, description = "There is no such user"),
    ))]
pub(crate) async fn list(
    State(app): State<App>,
    Administrator(caller): Administrator,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let id = existing(&app, &id).await?;
    let now = app.clock.now();
    let sessions = app.store.sessions_of(id, now, SHOWN).await?;
    Ok((NO_STORE, Json(Sessions::of(&sessions, caller.sid()))))
}

async fn existing(app: &App, id: &str) -> Result<Uuid, ApiError> {
    let user = app.store.user_by_id(user_id(id)?).await?;
    Ok(user.ok_or(ApiError::NoSuchUser)?.id)
}

/// Sign a user out everywhere
#[utoipa::path(delete, path = "/admin/users/{id}/sessions", operation_id = "end_sessions_of_user", tag = "admin",
    security(("password" = [])),
    params(("id" = String, Path, description = "The user's id: the `sub` of their tokens")),
    responses(
        (status = 200, description = "So many login sessions were ended", body = EndedCount),
        (status = 403, description = "`insufficient_scope`: the caller does not have the role `admin`"),
        (status = 404, description = "There is no such user"),
    ))]
pub(crate) async fn end_all(
    State(app): State<App>,
    Administrator(caller): Administrator,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let id = existing(&app, &id).await?;
    let cause = EndCause::EndedByAdmin;
    let ended = app
        .sessions(caller.by())
        .end_all_of(id, None, cause)
        .await?;
    Ok((NO_STORE, Json(EndedCount { ended })))
}

/// Sign a user out there
#[utoipa::path(delete, path = "/admin/users/{id}/sessions/{sid}", operation_id = "end_session_of_user", tag = "admin",
    security(("password" = [])),
    params(
        ("id" = String, Path, description = "The user's id: the `sub` of their tokens"),
        ("sid" = String, Path, description = "Of one of the user's login sessions"),
    ),
    responses(
        (status = 204, description = "It is ended"),
        (status = 403, description = "`insufficient_scope`: the caller does not have the role `admin`"),
        (status = 404, description = "The user has no such login session, or no more"),
    ))]
pub(crate) async fn end_one(
    State(app): State<App>,
    Administrator(caller): Administrator,
    Path((id, sid)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let id = user_id(&id)?;
    let sid: Sid = sid.parse().map_err(|_| ApiError::NoSuchSessionOfUser)?;
    let cause = EndCause::EndedByAdmin;
    if app.sessions(caller.by()).end(sid, Some(id), cause).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NoSuchSessionOfUser)
    }
}
