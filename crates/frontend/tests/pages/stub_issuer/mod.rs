//! An issuer that does as it is told, on a real port. Here is what it can be told and asked; `routes` is what it
//! answers, `login_sessions` what it keeps of those who log in, `me` what they ask of their own account, `faults`
//! how its answers fail.

mod faults;
mod login_sessions;
mod me;
mod routes;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use http::{HeaderMap, StatusCode};
use tegata_token::{Clock, HmacSecret, ManualClock, Signer};
use time::Duration;
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinHandle,
};
use url::Url;

use faults::Faults;
use login_sessions::LoginSessions;
use me::Account;

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
    /// Whoever waits for news is answered when it goes down.
    down: watch::Sender<bool>,
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
    account: Account,
    knows_sessions: bool,
    sees_all_at: Option<String>,
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
            down: watch::Sender::new(false),
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
                account: Account::default(),
                knows_sessions: true,
                sees_all_at: None,
                faults: Faults::default(),
                requests: 0,
                refreshes: 0,
                last_token: None,
                calls: Vec::new(),
            }),
        });
        let address = socket.local_addr().unwrap();
        let running = Some(routes::serve(socket, Arc::clone(&orders)));
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
        routes::refresh(&self.orders, HeaderMap::new(), token).await;
    }

    /// Believes nobody who says where a browser is: all are here.
    pub(crate) fn sees_all_at(&self, address: Option<&str>) {
        self.told(|told| told.sees_all_at = address.map(str::to_owned));
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
        self.orders.down.send_replace(true);
        stop.send(()).unwrap();
        server.await.unwrap();
    }

    pub(crate) async fn comes_back(&mut self) {
        let socket = TcpListener::bind(self.address).await.unwrap();
        self.orders.down.send_replace(false);
        self.running = Some(routes::serve(socket, Arc::clone(&self.orders)));
    }

    fn told<T>(&self, tell: impl FnOnce(&mut Told) -> T) -> T {
        tell(&mut self.orders.told.lock().unwrap())
    }
}

fn signer(secret: &str) -> Signer {
    Signer::new(HmacSecret::parse(secret).unwrap().signing_key())
}
