//! `/users/me` and below: one account, and what its owner asks of it.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::{delete, get, put},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::{Orders, StubIssuer, Told};

#[derive(Default)]
pub(super) struct Account {
    name: Option<String>,
    email: Option<String>,
    events: Vec<Value>,
    next: Option<String>,
    asked_before: Option<String>,
    is_deleted: bool,
    answers: HashMap<&'static str, Fixed>,
}

/// An answer whatever is asked, and whether only once.
#[derive(Clone)]
struct Fixed {
    status: StatusCode,
    body: String,
    retry_after: Option<u64>,
    once: bool,
}

impl Fixed {
    fn new(status: u16, body: String) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap(),
            body,
            retry_after: None,
            once: false,
        }
    }
}

impl StubIssuer {
    /// Answers every call of this kind so: `account`, `change_account`, `change_password`, `delete_account`,
    /// `list_sessions`, `end_session`, `events`; `login`, `refresh`, `register`, `revoke`, `end_others`.
    pub(crate) fn answers(&self, what: &'static str, status: u16, body: &(impl ToString + ?Sized)) {
        let fixed = Fixed::new(status, body.to_string());
        self.fix(what, fixed);
    }

    /// The next call only.
    pub(crate) fn answers_once(&self, what: &'static str, status: u16) {
        let once = true;
        let fixed = Fixed::new(status, "{}".to_owned());
        self.fix(what, Fixed { once, ..fixed });
    }

    /// Too many attempts.
    pub(crate) fn throttles(&self, what: &'static str, retry_after: Option<u64>) {
        self.asks_to_wait(what, 429, "too_many_attempts", retry_after);
    }

    /// Answers every call of this kind with an error for now.
    pub(crate) fn asks_to_wait(
        &self,
        what: &'static str,
        status: u16,
        error: &str,
        retry_after: Option<u64>,
    ) {
        let body = json!({"error": error, "detail": "not now"}).to_string();
        let fixed = Fixed::new(status, body);
        self.fix(
            what,
            Fixed {
                retry_after,
                ..fixed
            },
        );
    }

    /// Answers calls of this kind as if nothing had been said.
    pub(crate) fn answers_again(&self, what: &'static str) {
        self.told(|told| told.account.answers.remove(what));
    }

    fn fix(&self, what: &'static str, fixed: Fixed) {
        self.told(|told| told.account.answers.insert(what, fixed));
    }

    pub(crate) fn calls_the_account(&self, name: &str, email: &str) {
        self.told(|told| {
            told.account.name = Some(name.to_owned());
            told.account.email = Some(email.to_owned());
        });
    }

    /// The name and the address that it keeps.
    pub(crate) fn account(&self) -> (Option<String>, Option<String>) {
        self.told(|told| (told.account.name.clone(), told.account.email.clone()))
    }

    /// Shows these, and says that there are more before `next`.
    pub(crate) fn notes(&self, events: Vec<Value>, next: Option<&str>) {
        self.told(|told| {
            told.account.events = events;
            told.account.next = next.map(str::to_owned);
        });
    }

    /// What it was last asked for the events before.
    pub(crate) fn was_asked_before(&self) -> Option<String> {
        self.told(|told| told.account.asked_before.clone())
    }

    pub(crate) fn password_of(&self, username: &str) -> String {
        self.told(|told| told.users[username].password.clone())
    }

    pub(crate) fn account_is_deleted(&self) -> bool {
        self.told(|told| told.account.is_deleted)
    }
}

pub(super) fn routes() -> Router<Arc<Orders>> {
    Router::new()
        .route("/users/me", get(show).patch(change).delete(remove))
        .route("/users/me/password", put(password))
        .route("/users/me/sessions", get(sessions))
        .route("/users/me/sessions/{id}", delete(end_session))
        .route("/users/me/events", get(events))
}

impl Told {
    /// The access token of a call whose session lives; else the answer to it.
    #[expect(clippy::result_large_err, reason = "a handler hands it on as it is")]
    fn caller(&mut self, what: &'static str, headers: HeaderMap) -> Result<String, Response> {
        let bearer = headers[header::AUTHORIZATION].to_str().unwrap();
        let token = bearer.strip_prefix("Bearer ").unwrap().to_owned();
        self.note(what, headers);
        if let Some(answer) = self.fixed(what) {
            return Err(answer);
        }
        if self.sessions.live(&token).is_none() {
            let body = json!({"error": "invalid_token", "reason": "session_ended"});
            return Err((StatusCode::UNAUTHORIZED, Json(body)).into_response());
        }
        Ok(token)
    }

    /// What it has been told to answer, whatever is asked.
    pub(super) fn fixed(&mut self, what: &'static str) -> Option<Response> {
        let fixed = self.account.answers.get(what).cloned()?;
        if fixed.once {
            self.account.answers.remove(what);
        }
        let mut answer = (fixed.status, fixed.body).into_response();
        if let Some(seconds) = fixed.retry_after {
            let headers = answer.headers_mut();
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        Some(answer)
    }

    fn username(&self, token: &str) -> String {
        let sid = self.sessions.live(token).unwrap();
        self.sessions.of(&sid).0
    }
}

async fn show(State(orders): State<Arc<Orders>>, headers: HeaderMap) -> Result<Response, Response> {
    let mut told = orders.told.lock().unwrap();
    let token = told.caller("account", headers)?;
    let username = told.username(&token);
    Ok(Json(json!({
        "id": format!("id-of-{username}"),
        "username": username,
        "name": told.account.name,
        "email": told.account.email,
        "roles": told.users[&username].roles,
        "disabled": false,
        "created_at": "2026-04-01T09:30:00.5Z",
        "updated_at": "2026-04-01T09:30:00.5Z",
    }))
    .into_response())
}

async fn change(
    State(orders): State<Arc<Orders>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Response> {
    let mut told = orders.told.lock().unwrap();
    told.caller("change_account", headers)?;
    let given = |name: &str| {
        let text = body[name].as_str().unwrap().to_owned();
        (!text.is_empty()).then_some(text)
    };
    (told.account.name, told.account.email) = (given("name"), given("email"));
    Ok(Json(json!({})).into_response())
}

async fn password(
    State(orders): State<Arc<Orders>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Response> {
    let mut told = orders.told.lock().unwrap();
    let token = told.caller("change_password", headers)?;
    let username = told.username(&token);
    let user = told.users.get_mut(&username).unwrap();
    if body["current_password"] != user.password {
        return Err(wrong_password());
    }
    user.password = body["new_password"].as_str().unwrap().to_owned();
    let ended = told.sessions.end_others(&token, "password_changed");
    Ok(Json(json!({"ended": ended.unwrap()})).into_response())
}

async fn remove(
    State(orders): State<Arc<Orders>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Response> {
    let mut told = orders.told.lock().unwrap();
    let token = told.caller("delete_account", headers)?;
    let username = told.username(&token);
    if body["password"] != told.users[&username].password {
        return Err(wrong_password());
    }
    told.account.is_deleted = true;
    told.sessions.end_all("user_deleted");
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn sessions(
    State(orders): State<Arc<Orders>>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let mut told = orders.told.lock().unwrap();
    let token = told.caller("list_sessions", headers)?;
    let own = told.sessions.live(&token).unwrap();
    let sessions = told.sessions.shown_to(&own);
    Ok(Json(json!({"sessions": sessions})).into_response())
}

async fn end_session(
    State(orders): State<Arc<Orders>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let mut told = orders.told.lock().unwrap();
    told.caller("end_session", headers)?;
    Ok(if told.sessions.end_one(&id) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        let body = json!({"error": "not_found"});
        (StatusCode::NOT_FOUND, Json(body)).into_response()
    })
}

async fn events(
    State(orders): State<Arc<Orders>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let mut told = orders.told.lock().unwrap();
    told.caller("events", headers)?;
    told.account.asked_before = query.get("before").cloned();
    let account = &told.account;
    Ok(Json(json!({"events": account.events, "next": account.next})).into_response())
}

fn wrong_password() -> Response {
    let body = json!({"error": "wrong_password", "detail": "The current password is not right"});
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
