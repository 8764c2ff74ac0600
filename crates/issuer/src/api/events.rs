//! `GET /users/me/events` and `GET /admin/events`: what happened to the caller, and to everybody.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::IntoResponse,
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{NO_STORE, admin::Administrator, paging, rfc3339, signed_in::SignedIn};
use crate::{
    app::App,
    error::{ApiError, Invalid},
    event::{Actor, Event},
    fields::Fields,
    store::Which,
};

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; Fields reads it")]
pub(crate) struct Asked {
    /// `next` of the answer before; without it, the latest.
    before: Option<String>,
    /// 1 to 200; 50 without it.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u8>,
    /// `false` leaves refreshes out: of those there are many.
    refreshes: Option<bool>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; Fields reads it")]
pub(crate) struct AskedOfAll {
    /// `next` of the answer before; without it, the latest.
    before: Option<String>,
    /// 1 to 200; 50 without it.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u8>,
    /// `false` leaves refreshes out: of those there are many.
    refreshes: Option<bool>,
    /// The id of a user: only what is about them.
    user: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct OwnEvents {
    events: Vec<OwnEvent>,
    /// For `before` of the next question; `null` when there are no more.
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct AllEvents {
    events: Vec<EventView>,
    /// For `before` of the next question; `null` when there are no more.
    next: Option<String>,
}

/// An event, as the one whom it is about sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnEvent {
    #[schema(example = "01a1fcdc-1ec1-7b6f-8f6a-1f2a1c0a6f0e")]
    id: String,
    #[schema(example = "2026-11-21T04:12:45.123Z")]
    at: String,
    #[schema(example = "login")]
    kind: &'static str,
    /// `you`, `administrator`, or `null` when nobody knows.
    #[schema(example = "you")]
    by: Option<&'static str>,
    /// The login session that it is about.
    session: Option<String>,
    /// From where; `null` when it was somebody who administers this.
    #[schema(example = "203.0.113.9")]
    address: Option<String>,
    user_agent: Option<String>,
    #[serde(flatten)]
    more: More,
}

/// An event, as an administrator sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventView {
    #[schema(example = "01a1fcdc-1ec1-7b6f-8f6a-1f2a1c0a6f0e")]
    id: String,
    #[schema(example = "2026-11-21T04:12:45.123Z")]
    at: String,
    #[schema(example = "login")]
    kind: &'static str,
    /// The id of the user whom it is about; they may be gone.
    user: Option<String>,
    /// Who did it: a user's id, `command_line`, or `null` when nobody knows.
    actor: Option<String>,
    /// The login session that it is about.
    session: Option<String>,
    /// The OAuth client that it is about.
    client_id: Option<String>,
    #[schema(example = "203.0.113.9")]
    address: Option<String>,
    user_agent: Option<String>,
    #[serde(flatten)]
    more: More,
}

/// What only some events have.
#[derive(Serialize, ToSchema)]
struct More {
    /// Why, as a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "wrong_password")]
    cause: Option<String>,
    /// Of how many, where it is about several at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

/// What happened to my account
#[utoipa::path(get, path = "/users/me/events", tag = "users",
    security(("password" = [])),
    params(Asked),
    responses(
        (status = 200, description = "Latest first", body = OwnEvents),
        (status = 422, description = "A parameter is wrong", body = Invalid),
    ))]
pub(crate) async fn own(
    State(app): State<App>,
    caller: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, ApiError> {
    let mut query = Fields::of_query(query.as_deref())?;
    let before = paging::id(&mut query, "before");
    let limit = paging::limit(&mut query);
    let user = caller.user.id;
    let which = Which {
        user: Some(user),
        without_refreshes: !query.flag("refreshes", true),
        kind: None,
    };
    query.finish()?;
    let (events, next) = page(&app, before, which, limit).await?;
    let events = events
        .into_iter()
        .map(|event| OwnEvent::of(event, user))
        .collect();
    Ok((NO_STORE, Json(OwnEvents { events, next })))
}

/// What happened
///
/// For administrators.
#[utoipa::path(get, path = "/admin/events", tag = "admin",
    security(("password" = [])),
    params(AskedOfAll),
    responses(
        (status = 200, description = "Latest first", body = AllEvents),
        (status = 403, description = "The caller has not the role `admin`"),
        (status = 422, description = "A parameter is wrong", body = Invalid),
    ))]
pub(crate) async fn all(
    State(app): State<App>,
    _: Administrator,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, ApiError> {
    let mut query = Fields::of_query(query.as_deref())?;
    let (before, user) = (
        paging::id(&mut query, "before"),
        paging::id(&mut query, "user"),
    );
    let limit = paging::limit(&mut query);
    let which = Which {
        user,
        without_refreshes: !query.flag("refreshes", true),
        kind: None,
    };
    query.finish()?;
    let (events, next) = page(&app, before, which, limit).await?;
    let events = events.into_iter().map(EventView::from).collect();
    Ok((NO_STORE, Json(AllEvents { events, next })))
}

async fn page(
    app: &App,
    before: Option<Uuid>,
    which: Which,
    limit: usize,
) -> Result<(Vec<Event>, Option<String>), ApiError> {
    app.audit.settle().await;
    // One more than is shown says whether there are more.
    let mut events = app.store.events_before(before, which, limit + 1).await?;
    let more = events.len() > limit;
    events.truncate(limit);
    let last = events.last().filter(|_| more);
    let next = last.map(|event| event.id.to_string());
    Ok((events, next))
}

impl OwnEvent {
    fn of(event: Event, user: Uuid) -> Self {
        let by = match event.act.by.actor {
            Actor::User(actor) if actor == user => Some("you"),
            Actor::User(_) | Actor::CommandLine => Some("administrator"),
            Actor::Nobody => None,
        };
        let view = EventView::from(event);
        // Where administrators sit is not for everybody.
        let is_told = by != Some("administrator");
        Self {
            id: view.id,
            at: view.at,
            kind: view.kind,
            by,
            session: view.session,
            address: view.address.filter(|_| is_told),
            user_agent: view.user_agent.filter(|_| is_told),
            more: view.more,
        }
    }
}

impl From<Event> for EventView {
    fn from(Event { id, at, act }: Event) -> Self {
        Self {
            id: id.to_string(),
            at: rfc3339(at),
            kind: act.kind.code(),
            user: act.user.map(|user| user.to_string()),
            actor: act.by.actor.code(),
            session: act.session.map(|sid| sid.to_string()),
            client_id: act.client_id,
            address: act.by.from.address.map(|address| address.to_string()),
            user_agent: act.by.from.user_agent,
            more: More {
                cause: act.cause,
                count: act.count,
            },
        }
    }
}
