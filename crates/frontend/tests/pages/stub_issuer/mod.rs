//! An issuer that does as it is told, on a real port. `login_sessions` is what it keeps of those who log in,
//! `faults` how its answers fail.

mod faults;
mod login_sessions;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use tegata_token::{Claims, Clock, HmacSecret, ManualClock, Signer};
use time::{Duration, OffsetDateTime};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};
use url::Url;

use faults::Faults;
use login_sessions::{LoginSessions, Rotated};

pub(crate) const ISSUER: &str = "https://issuer.test";
pub(crate) const SECRET: &str = "kf93-Qm2x_Zp7vWc4Tn8sLd1Rb6yHj0aGe5uXi";
pub(crate) const OTHER_SECRET: &str = "Yt6r_Ew3q-Ui9oPl2kJh7gFd5sAz8xCv1bNm4Q";

pub(crate) struct StubIssuer {
    orders: Arc<Orders>,
    address: SocketAddr,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

/// What it has been told, and what it has seen.
struct Orders {
    clock: ManualClock,
    told: Mutex<Told>,
}

struct Told {
    signer: Signer,
    iss: String,
    token_lifetime: Duration,
    users: HashMap<String, User>,
    token_answer: Option<(StatusCode, String)>,
    users_answer: Option<(StatusCode, String)>,
    refresh_answer: Option<(StatusCode, String)>,
    revoke_answer: Option<StatusCode>,
    sessions: LoginSessions,
    knows_sessions: bool,
    faults: Faults,
    requests: usize,
    refreshes: usize,
    last_token: Option<String>,
    calls: Vec<Call>,
}

/// One request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) what: &'static str,
    pub(crate) headers: HeaderMap,
}

struct User {
    password: String,
    roles: Vec<String>,
}

impl StubIssuer {
    pub(crate) async fn start(clock: ManualClock) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let orders = Arc::new(Orders {
            clock,
            told: Mutex::new(Told {
                signer: signer(SECRET),
                iss: ISSUER.to_owned(),
                token_lifetime: Duration::minutes(15),
                users: HashMap::new(),
                token_answer: None,
                users_answer: None,
                refresh_answer: None,
                revoke_answer: None,
                sessions: LoginSessions::default(),
                knows_sessions: true,
                faults: Faults::default(),
                requests: 0,
                refreshes: 0,
                last_token: None,
                calls: Vec::new(),
            }),
        });
        let address = socket.local_addr().unwrap();
        let running = Some(serve(socket, Arc::clone(&orders)));
        Self {
            orders,
            address,
            running,
        }
    }

    pub(crate) fn url(&self) -> Url {
        Url::parse(&format!("http://{}", self.address)).unwrap()
    }

    pub(crate) fn knows(&self, username: &str, password: &str, roles: &[&str]) {
        let user = User {
            password: password.to_owned(),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
        };
        self.told(|told| told.users.insert(username.to_owned(), user));
    }

    pub(crate) fn tokens_live(&self, lifetime: Duration) {
        self.told(|told| told.token_lifetime = lifetime);
    }

    pub(crate) fn signs_with(&self, secret: &str) {
        self.told(|told| told.signer = signer(secret));
    }

    pub(crate) fn calls_itself(&self, iss: &str) {
        self.told(|told| told.iss = iss.to_owned());
    }

    /// Answers every `/token` so.
    pub(crate) fn answers_logins(&self, status: u16, body: &(impl ToString + ?Sized)) {
        let status = StatusCode::from_u16(status).unwrap();
        self.told(|told| told.token_answer = Some((status, body.to_string())));
    }

    /// Answers every `/users` so.
    pub(crate) fn answers_registrations(&self, status: u16, body: &(impl ToString + ?Sized)) {
        let status = StatusCode::from_u16(status).unwrap();
        self.told(|told| told.users_answer = Some((status, body.to_string())));
    }

    /// Answers every refresh so.
    pub(crate) fn answers_refreshes(&self, status: u16, body: &(impl ToString + ?Sized)) {
        let status = StatusCode::from_u16(status).unwrap();
        self.told(|told| told.refresh_answer = Some((status, body.to_string())));
    }

    /// Answers every `/revoke` so.
    pub(crate) fn answers_revocations(&self, status: u16) {
        let status = StatusCode::from_u16(status).unwrap();
        self.told(|told| told.revoke_answer = Some(status));
    }

    pub(crate) fn works_again(&self) {
        self.told(|told| {
            (told.token_answer, told.users_answer) = (None, None);
            (told.refresh_answer, told.revoke_answer) = (None, None);
        });
    }

    /// As before there were refresh tokens.
    pub(crate) fn knows_no_sessions(&self) {
        self.told(|told| told.knows_sessions = false);
    }

    /// Of so many refreshes that are carried out, from the next on, no answer arrives.
    pub(crate) fn loses_answers(&self, many: usize) {
        self.told(|told| told.faults.lose_next(many));
    }

    /// Of every third refresh that is carried out, no answer arrives.
    pub(crate) fn loses_every_third_answer(&self) {
        self.told(|told| told.faults.lose_every_third());
    }

    /// Refreshes are carried out, and their answers wait.
    pub(crate) fn holds_refreshes(&self) {
        self.told(|told| told.faults.hold());
    }

    /// Those that wait still do; the next ones do not.
    pub(crate) fn holds_no_more_refreshes(&self) {
        self.told(|told| told.faults.let_others_pass());
    }

    pub(crate) fn releases_refreshes(&self) {
        self.told(|told| told.faults.release());
    }

    /// Until so many refreshes have been carried out whose answers wait.
    pub(crate) async fn refreshes_are_held(&self, many: usize) {
        let mut held = self.told(|told| told.faults.held());
        held.wait_for(|held| *held >= many).await.unwrap();
    }

    /// Ends all login sessions, for this cause.
    pub(crate) fn ends_all_sessions(&self, cause: &str) {
        self.told(|told| told.sessions.end_all(cause));
    }

    /// The causes of all login sessions that are over, oldest first.
    pub(crate) fn ended(&self) -> Vec<String> {
        self.told(|told| told.sessions.causes())
    }

    /// Until so many login sessions are over.
    pub(crate) async fn has_ended(&self, many: usize) {
        let mut ended = self.told(|told| told.sessions.watch());
        ended.wait_for(|ended| *ended >= many).await.unwrap();
    }

    /// How many refresh tokens got a successor, each counted once.
    pub(crate) fn rotations(&self) -> usize {
        self.told(|told| told.sessions.rotations)
    }

    /// How many refreshes it was asked for.
    pub(crate) fn refreshes(&self) -> usize {
        self.told(|told| told.refreshes)
    }

    pub(crate) fn last_refresh_token(&self) -> String {
        self.told(|told| told.sessions.last_token.clone()).unwrap()
    }

    /// How long the login session lasts that began last.
    pub(crate) fn last_session_lasts(&self) -> Duration {
        let now = self.orders.clock.now();
        self.told(|told| told.sessions.last_ends_at()) - now
    }

    /// By somebody else.
    pub(crate) async fn is_asked_to_refresh(&self, token: &str) {
        refresh(&self.orders, HeaderMap::new(), token).await;
    }

    /// Every request but those of readiness, in order.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.told(|told| told.calls.clone())
    }

    /// How many requests it has had.
    pub(crate) fn requests(&self) -> usize {
        self.told(|told| told.requests)
    }

    pub(crate) fn last_token(&self) -> String {
        self.told(|told| told.last_token.clone()).unwrap()
    }

    /// Closes its port and every connection.
    pub(crate) async fn goes_down(&mut self) {
        let (stop, server) = self.running.take().unwrap();
        stop.send(()).unwrap();
        server.await.unwrap();
    }

    pub(crate) async fn comes_back(&mut self) {
        let socket = TcpListener::bind(self.address).await.unwrap();
        self.running = Some(serve(socket, Arc::clone(&self.orders)));
    }

    fn told<T>(&self, tell: impl FnOnce(&mut Told) -> T) -> T {
        tell(&mut self.orders.told.lock().unwrap())
    }
}

fn signer(secret: &str) -> Signer {
    Signer::new(HmacSecret::parse(secret).unwrap().signing_key())
}

fn serve(socket: TcpListener, orders: Arc<Orders>) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let routes = Router::new()
        .route("/token", post(token))
        .route("/users", post(users))
        .route("/users/me/sessions", delete(end_others))
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
    told.note("login", headers);
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
    let (sid, refresh_token) = told.sessions.begin(username, now + lasts);
    told.answer(&sid, &refresh_token, now)
}

async fn refresh(orders: &Orders, headers: HeaderMap, presented: &str) -> Response {
    let now = orders.clock.now();
    let (answer, lost, held) = {
        let mut told = orders.told.lock().unwrap();
        told.note("refresh", headers);
        told.refreshes += 1;
        match told.refresh_answer.clone() {
            Some(fixed) => (fixed.into_response(), None, told.faults.arrive()),
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
) -> StatusCode {
    let mut told = orders.told.lock().unwrap();
    told.note("revoke", headers);
    if let Some(status) = told.revoke_answer {
        return status;
    }
    let token = &form["token"];
    told.sessions.end_of(token, "signed_out");
    StatusCode::OK
}

async fn end_others(State(orders): State<Arc<Orders>>, headers: HeaderMap) -> Response {
    let mut told = orders.told.lock().unwrap();
    let bearer = headers[header::AUTHORIZATION].to_str().unwrap().to_owned();
    told.note("end_others", headers);
    if let Some(status) = told.revoke_answer {
        return status.into_response();
    }
    let token = bearer.strip_prefix("Bearer ").unwrap();
    match told.sessions.end_others(token) {
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
    let news = ended.wait_for(|ended| *ended > known);
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
    fn note(&mut self, what: &'static str, headers: HeaderMap) {
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

async fn ready(State(orders): State<Arc<Orders>>) -> Json<Value> {
    let told = orders.told.lock().unwrap();
    Json(json!({"status": "ready", "keys": {"signing": told.signer.kid().as_str()}}))
}
