//! What it answers.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use tegata_token::{Claims, Clock};
use time::{Duration, OffsetDateTime};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};

use super::{Call, Orders, Told, User, login_sessions::Rotated, me};

pub(super) fn serve(
    socket: TcpListener,
    orders: Arc<Orders>,
) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let routes = Router::new()
        .route("/token", post(token))
        .route("/users", post(users))
        .route("/users/me/sessions", delete(end_others))
        .merge(me::routes())
        .route("/revoke", post(revoke))
        .route("/revocations", get(revocations))
        .route("/health/ready", get(ready))
        .with_state(orders);
    let (stop, stopped) = oneshot::channel();
    let server = tokio::spawn(async move {
        let serving = axum::serve(socket, routes).with_graceful_shutdown(async {
            // A sender that was dropped means the test is over.
            let _ = stopped.await;
        });
        serving.await.unwrap();
    });
    (stop, server)
}

async fn token(
    State(orders): State<Arc<Orders>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    if form["grant_type"] == "refresh_token" {
        return refresh(&orders, headers, &form["refresh_token"]).await;
    }
    let now = orders.clock.now();
    let mut told = orders.told.lock().unwrap();
    told.note("login", headers.clone());
    if let Some(answer) = told.fixed("login") {
        return answer;
    }
    if let Some((status, body)) = told.token_answer.clone() {
        // A redirection leads to where it counts again.
        return (status, [(header::LOCATION, "/token")], body).into_response();
    }
    let username = &form["username"];
    let known = told.users.get(username);
    if known.is_none_or(|user| user.password != form["password"]) {
        let body = json!({"error": "invalid_grant", "detail": "Incorrect username or password"});
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    }
    let lasts = if form
        .get("remember")
        .is_some_and(|remember| remember == "false")
    {
        Duration::hours(12)
    } else {
        Duration::days(30)
    };
    let (sid, refresh_token) = told.sessions.begin(username, (now, now + lasts), headers);
    told.answer(&sid, &refresh_token, now)
}

pub(super) async fn refresh(orders: &Orders, headers: HeaderMap, presented: &str) -> Response {
    let now = orders.clock.now();
    let (answer, lost, held) = {
        let mut told = orders.told.lock().unwrap();
        told.note("refresh", headers);
        told.refreshes += 1;
        let fixed = told.refresh_answer.clone().map(IntoResponse::into_response);
        match told.fixed("refresh").or(fixed) {
            Some(fixed) => (fixed, None, told.faults.arrive()),
            None => {
                let answer = told.refreshed(presented, now);
                (answer, told.faults.loses_this(), told.faults.arrive())
            }
        }
    };
    if let Some(mut gate) = held {
        // It opens by being dropped.
        let _ = gate.changed().await;
    }
    match lost {
        Some(how) => how.spoil(&answer),
        None => answer,
    }
}

async fn revoke(
    State(orders): State<Arc<Orders>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let mut told = orders.told.lock().unwrap();
    told.note("revoke", headers);
    if let Some(answer) = told.fixed("revoke") {
        return answer;
    }
    if let Some(status) = told.revoke_answer {
        return status.into_response();
    }
    let token = &form["token"];
    told.sessions.end_of(token, "signed_out");
    StatusCode::OK.into_response()
}

async fn end_others(State(orders): State<Arc<Orders>>, headers: HeaderMap) -> Response {
    let mut told = orders.told.lock().unwrap();
    let bearer = headers[header::AUTHORIZATION].to_str().unwrap().to_owned();
    told.note("end_others", headers);
    if let Some(answer) = told.fixed("end_others") {
        return answer;
    }
    if let Some(status) = told.revoke_answer {
        return status.into_response();
    }
    let token = bearer.strip_prefix("Bearer ").unwrap();
    match told.sessions.end_others(token, "signed_out_elsewhere") {
        Some(ended) => Json(json!({"ended": ended})).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// The cursor is how many it holds; the rest is for those who know less.
async fn revocations(
    State(orders): State<Arc<Orders>>,
    Query(query): Query<HashMap<String, String>>,
) -> Json<Value> {
    let known: usize = query.get("since").map_or(0, |since| since.parse().unwrap());
    let wait = query.get("wait").map_or(0, |wait| wait.parse().unwrap());
    let mut ended = orders.told.lock().unwrap().sessions.watch();
    let mut down = orders.down.subscribe();
    let news = async {
        tokio::select! {
            _ = ended.wait_for(|ended| *ended > known) => {}
            _ = down.wait_for(|down| *down) => {}
        }
    };
    // Without news the answer is empty.
    let _ = timeout(std::time::Duration::from_secs(wait), news).await;
    let told = orders.told.lock().unwrap();
    let until = (orders.clock.now() + told.token_lifetime).unix_timestamp();
    let sids = told.sessions.ended_sids();
    let entries: Vec<Value> = sids
        .iter()
        .map(|sid| json!({"sid_sha256": sha256(sid), "until": until}))
        .collect();
    Json(json!({"ended": entries, "next": sids.len().to_string(), "more": false}))
}

fn sha256(text: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(hash)
}

impl Told {
    pub(super) fn note(&mut self, what: &'static str, headers: HeaderMap) {
        self.requests += 1;
        self.calls.push(Call { what, headers });
    }

    fn refreshed(&mut self, presented: &str, now: OffsetDateTime) -> Response {
        match self.sessions.rotate(presented, now) {
            Rotated::To { sid, token } => self.answer(&sid, &token, now),
            Rotated::Refused(cause) => {
                let mut body = json!({"error": "invalid_grant", "detail": "over"});
                if let Some(cause) = cause {
                    body["cause"] = cause.into();
                }
                (StatusCode::BAD_REQUEST, Json(body)).into_response()
            }
        }
    }

    /// Tokens for whoever is signed in by this session.
    fn answer(&mut self, sid: &str, refresh_token: &str, now: OffsetDateTime) -> Response {
        let (username, ends_at) = self.sessions.of(sid);
        let mut claims = Claims::new(format!("id-of-{username}"), now, self.token_lifetime);
        claims.iss = Some(self.iss.clone());
        claims.jti = Some(format!("jti-{}", self.requests));
        claims.sid = Some(sid.to_owned());
        claims.roles.clone_from(&self.users[&username].roles);
        claims.preferred_username = Some(username);
        let token = self.signer.sign(&claims).unwrap();
        self.last_token = Some(token.clone());
        let mut body = json!({"access_token": token, "token_type": "bearer"});
        if self.knows_sessions {
            body["refresh_token"] = refresh_token.into();
            body["refresh_expires_in"] = (ends_at - now).whole_seconds().into();
        }
        Json(body).into_response()
    }
}

async fn users(
    State(orders): State<Arc<Orders>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let mut told = orders.told.lock().unwrap();
    told.note("register", headers);
    if let Some(answer) = told.fixed("register") {
        return answer;
    }
    if let Some((status, body)) = told.users_answer.clone() {
        return (status, body).into_response();
    }
    let user = User {
        password: body["password"].as_str().unwrap().to_owned(),
        roles: Vec::new(),
    };
    let username = body["username"].as_str().unwrap();
    told.users.insert(username.to_owned(), user);
    (StatusCode::CREATED, Json(json!({"username": username}))).into_response()
}

async fn ready(State(orders): State<Arc<Orders>>, headers: HeaderMap) -> Json<Value> {
    let told = orders.told.lock().unwrap();
    let claimed = headers
        .get("x-forwarded-for")
        .map(|value| value.to_str().unwrap());
    let asked_from = told.sees_all_at.as_deref().or(claimed);
    let keys = json!({"signing": told.signer.kid().as_str()});
    Json(json!({"status": "ready", "keys": keys, "asked_from": asked_from}))
}
