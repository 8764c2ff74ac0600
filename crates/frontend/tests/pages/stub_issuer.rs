//! An issuer that does as it is told, on a real port.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{StatusCode, header};
use serde_json::{Value, json};
use tegata_token::{Claims, Clock, HmacSecret, ManualClock, Signer};
use time::Duration;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use url::Url;

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
    requests: usize,
    last_token: Option<String>,
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
                requests: 0,
                last_token: None,
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

    pub(crate) fn works_again(&self) {
        self.told(|told| (told.token_answer, told.users_answer) = (None, None));
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
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let now = orders.clock.now();
    let mut told = orders.told.lock().unwrap();
    told.requests += 1;
    if let Some((status, body)) = told.token_answer.clone() {
        // A redirection leads to where it counts again.
        return (status, [(header::LOCATION, "/token")], body).into_response();
    }
    let username = &form["username"];
    let Some(user) = told
        .users
        .get(username)
        .filter(|user| user.password == form["password"])
    else {
        let body = json!({"error": "invalid_grant", "detail": "Incorrect username or password"});
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    };
    let mut claims = Claims::new(format!("id-of-{username}"), now, told.token_lifetime);
    claims.iss = Some(told.iss.clone());
    claims.jti = Some(format!("jti-{}", told.requests));
    claims.roles.clone_from(&user.roles);
    claims.preferred_username = Some(username.clone());
    let token = told.signer.sign(&claims).unwrap();
    told.last_token = Some(token.clone());
    Json(json!({"access_token": token, "token_type": "bearer"})).into_response()
}

async fn users(State(orders): State<Arc<Orders>>, Json(body): Json<Value>) -> Response {
    let mut told = orders.told.lock().unwrap();
    told.requests += 1;
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
