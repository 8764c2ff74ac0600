//! Flask-JWT's quick start on the guard, for clients that know Flask-JWT: `POST /auth` gives a token, and
//! `GET /protected` takes it. `cargo run -p tegata-guard --example protected`; the settings are Flask-JWT's, by
//! environment and with its defaults, times in seconds, lists with commas. JWT_VERIFY_CLAIMS is none: everything
//! is verified, as it was there, whatever that list said. The users are for show.

use std::{env, error::Error, net::Ipv4Addr, sync::Arc};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{Json, Router, body::Bytes, extract::State, http::StatusCode, routing};
use serde_json::{Map, Value, json};
use tegata_guard::{
    Caller, Guard, Keys, Rejection,
    rejection::Dialect,
    token::{Clock, HmacSecret, Keyring, Reason, Signer, SystemClock, json::parse_object},
};

const USERS: [(i64, &str, &str); 2] = [(1, "user1", "abcxyz"), (2, "user2", "abcxyz")];

#[tokio::main]
#[expect(clippy::print_stdout, reason = "says where it listens")]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = app(&|name| env::var(name).ok(), Arc::new(SystemClock))?;
    let port = env::var("PORT").map_or(Ok(5000), |port| port.parse());
    let port = port.map_err(|_| "PORT should be a number up to 65535")?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

type Setting<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The service with these settings, by this clock.
#[expect(clippy::print_stderr, reason = "a weak secret is told")]
pub(crate) fn app(setting: Setting<'_>, clock: Arc<dyn Clock>) -> Result<Router, Box<dyn Error>> {
    let text = |name, usual: &str| setting(name).unwrap_or_else(|| usual.to_owned());
    let seconds = |name, usual| match text(name, usual).parse::<i32>() {
        Ok(seconds) => Ok(i64::from(seconds)),
        Err(_) => Err(format!("{name} should be seconds, such as {usual}")),
    };
    let secret = text("JWT_SECRET_KEY", &text("SECRET_KEY", "super-secret"));
    if let Err(weak) = HmacSecret::parse(&secret) {
        // `Keys::shared_secret` would not take it: here it is for show.
        eprintln!("insecure: {weak}");
    }
    let secret = HmacSecret::parse_insecure(&secret);
    let secret = secret.map_err(|bad| format!("JWT_SECRET_KEY: {bad}"))?;
    let leeway = time::Duration::seconds(seconds("JWT_LEEWAY", "10")?);
    let required: &'static str = text("JWT_REQUIRED_CLAIMS", "exp,iat,nbf").leak();
    let required: Vec<_> = required.split_terminator(',').map(str::trim).collect();
    let desk = Desk {
        signer: Signer::new(secret.signing_key()).with_type("JWT"),
        clock: Arc::clone(&clock),
        username_key: text("JWT_AUTH_USERNAME_KEY", "username"),
        password_key: text("JWT_AUTH_PASSWORD_KEY", "password"),
        expires_after: seconds("JWT_EXPIRATION_DELTA", "300")?,
        begins_after: seconds("JWT_NOT_BEFORE_DELTA", "0")?,
    };
    let guard = Guard::new(Keys::ring(Keyring::shared_secret(secret, Vec::new())))
        .with_clock(clock)
        .with_rules(|rules| rules.with_types(&["JWT"], true).without_key_id())
        .with_rules(|rules| rules.with_subject_claim("identity"))
        .with_rules(|rules| rules.with_required_claims(&required))
        .with_rules(|rules| rules.with_leeway(leeway).with_inclusive_leeway());
    let layer = guard.layer().dialect(Dialect::FlaskJwt);
    let layer = layer.schemes(&[text("JWT_AUTH_HEADER_PREFIX", "JWT")]);
    let layer = layer.realm(&text("JWT_DEFAULT_REALM", "Login Required"));
    Ok(Router::new()
        .route("/protected", routing::get(protected))
        .route_layer(layer)
        .route("/auth", routing::post(authenticate))
        .with_state(Arc::new(desk)))
}

async fn protected(caller: Caller) -> Result<String, Rejection> {
    match USERS.iter().find(|(id, ..)| id.to_string() == caller.id()) {
        Some((id, ..)) => Ok(format!("User(id='{id}')")),
        None => Err(caller.refuse(Reason::UserUnknown)),
    }
}

/// What it takes to give out tokens; durations in seconds.
struct Desk {
    signer: Signer,
    clock: Arc<dyn Clock>,
    username_key: String,
    password_key: String,
    expires_after: i64,
    begins_after: i64,
}

impl Desk {
    /// The id of whoever sent a right name and password, and nothing else.
    fn identify(&self, body: &[u8]) -> Option<i64> {
        let body = parse_object(body).ok().filter(|body| body.len() == 2)?;
        let name = body.get(&self.username_key)?.as_str()?;
        let password = body.get(&self.password_key)?.as_str()?.as_bytes();
        let (id, _, right) = USERS.into_iter().find(|user| user.1 == name)?;
        let is_right = verify_slices_are_equal(right.as_bytes(), password).is_ok();
        is_right.then_some(id)
    }
}

async fn authenticate(State(desk): State<Arc<Desk>>, body: Bytes) -> (StatusCode, Json<Value>) {
    let Some(id) = desk.identify(&body) else {
        let (error, description) = ("Bad Request", "Invalid credentials");
        let body = json!({"status_code": 401, "error": error, "description": description});
        return (StatusCode::UNAUTHORIZED, Json(body));
    };
    let iat = desk.clock.now().unix_timestamp();
    let (exp, nbf) = (iat + desk.expires_after, iat + desk.begins_after);
    let claims = [("identity", id), ("iat", iat), ("nbf", nbf), ("exp", exp)];
    let claims = claims.map(|(name, value)| (name.to_owned(), Value::from(value)));
    match desk.signer.sign_object(&Map::from_iter(claims)) {
        Ok(token) => (StatusCode::OK, Json(json!({"access_token": token}))),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Json(Value::Null)),
    }
}
