//! An issuer to talk to, and the words to talk to it.

use std::sync::Arc;

use axum::{Router, body::Body};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{Request, Response, header::AUTHORIZATION, header::CONTENT_TYPE};
use serde_json::{Value, json};
use tegata_issuer::{
    App, Config,
    accounts::Draft,
    client_registry::ClientRegistry,
    config::{AuthFields, Hashing, PasswordGrant, Registration, Throttling},
    event::By,
    login_session::Lifetimes,
    oauth_client::{ClientName, ClientSecret, OAuthClient},
    password::PasswordHash,
    router,
    scope::Scopes,
    signing::KeySettings,
    store::{MongoStore, SqliteStore, Store, Users as _},
    user::{User, Username},
};
use tegata_mongod::Mongod;
use tegata_mongodb::Address;
use tegata_server::{Networks, TrustedProxies};
use tegata_token::{HmacSecret, ManualClock, SystemRandom};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, macros::datetime};
use tower::ServiceExt as _;

use crate::{answer::Answer, log, shaky::ShakyStore};

pub(crate) const SECRET: &str = "b4QmRzPq7yTkVw2nXc8LhJd5FgSa9UeM";
pub(crate) const ISSUER: &str = "http://issuer.test";
/// Who is there from the start, and her password.
pub(crate) const HANAKO: (&str, &str) = ("Hanako", "plum blossoms at the gate");
/// Of [`HANAKO`]'s hash and of the settings: the least bcrypt has.
pub(crate) const COST: u32 = 4;
/// Between two milliseconds, as the moments of a real clock are.
pub(crate) const START: OffsetDateTime = datetime!(2026-07-01 12:00:00.123456 UTC);
/// As the settings have them by default.
pub(crate) const LIFETIMES: Lifetimes = Lifetimes {
    access_token: Duration::minutes(15),
    session: Duration::days(30),
    browser_session: Duration::hours(12),
    idle: Duration::days(7),
    grace: Duration::seconds(30),
};
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const JSON: &str = "application/json";

#[derive(Clone, Debug)]
pub(crate) struct TestApp {
    router: Router,
    pub(crate) app: App,
    config: Arc<Config>,
    pub(crate) store: Arc<ShakyStore>,
    pub(crate) clock: ManualClock,
    pub(crate) hanako: User,
    folder: Arc<TempDir>,
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// An issuer with other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("issuer.db"), "DATABASE_URL").unwrap();
        Self::on(store, START, folder, change).await
    }

    /// The same on this server. Its story is a hundred years from now: a database forgets by its own clock.
    pub(crate) async fn on_mongodb(server: &Mongod, change: impl FnOnce(&mut Config)) -> Self {
        Self::on_mongodb_at(&server.fresh_uri(), change).await
    }

    pub(crate) async fn on_mongodb_at(uri: &str, change: impl FnOnce(&mut Config)) -> Self {
        let store = MongoStore::new(Address::parse(uri).unwrap());
        store.database().prepare().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let start = START.replace_year(2126).unwrap();
        Self::on(store, start, folder, change).await
    }

    async fn on(
        store: impl Store + 'static,
        start: OffsetDateTime,
        folder: TempDir,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        log::capture();
        let store = Arc::new(ShakyStore::new(store));
        let clock = ManualClock::new(start);
        let secret = HmacSecret::parse(SECRET).unwrap();
        let mut config = Config {
            bind: ([127, 0, 0, 1], 0).into(),
            transport: Default::default(),
            public_url: ISSUER.parse().unwrap(),
            keys: KeySettings::shared_secret(secret, Vec::new()),
            issuer: ISSUER.to_owned(),
            audience: None,
            lifetimes: LIFETIMES,
            registration: Registration::Open,
            password_grant: PasswordGrant::Open,
            auth_fields: AuthFields::default(),
            hashing: Hashing {
                cost: COST,
                threads: 2.try_into().unwrap(),
                queue: 256,
                // However busy the machine is that tests run on.
                deadline: std::time::Duration::from_secs(3600),
                max_cost: 16,
            },
            throttling: Throttling::default(),
            weak_secret: false,
            trusted_proxies: TrustedProxies::default(),
            metrics_from: Networks::loopback(),
            clock: Arc::new(clock.clone()),
            random: Arc::new(SystemRandom),
        };
        change(&mut config);
        let hash = bcrypt::hash(HANAKO.1, COST).unwrap();
        let app = App::new(&config, store.clone()).unwrap();
        let hanako = add_user(&app, HANAKO.0, (&hash, &["editor"])).await;
        Self {
            router: router(app.clone()),
            app,
            config: Arc::new(config),
            store,
            clock,
            hanako,
            folder: Arc::new(folder),
        }
    }

    /// Another issuer on the same store and clock.
    pub(crate) fn another_issuer(&self) -> Self {
        let app = App::new(&self.config, self.store.clone()).unwrap();
        Self {
            router: router(app.clone()),
            app,
            ..self.clone()
        }
    }

    /// The same issuer, started again with other keys.
    pub(crate) fn with_keys(&self, keys: KeySettings) -> Self {
        let mut config = Config::clone(&self.config);
        config.keys = keys;
        let config = Arc::new(config);
        Self {
            config,
            ..self.clone()
        }
        .another_issuer()
    }

    /// The store's own file.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("issuer.db")).unwrap()
    }

    /// A user whose hash comes from elsewhere.
    pub(crate) async fn import(&self, username: &str, hash: &str) -> User {
        self.import_with_roles(username, hash, &["editor"]).await
    }

    pub(crate) async fn import_with_roles(
        &self,
        username: &str,
        hash: &str,
        roles: &[&str],
    ) -> User {
        add_user(&self.app, username, (hash, roles)).await
    }

    pub(crate) fn clients(&self) -> ClientRegistry {
        self.app.clients(By::command_line())
    }

    /// A new client that may have these scopes, and its secret.
    pub(crate) async fn add_client(&self, name: &str, scopes: &str) -> (OAuthClient, ClientSecret) {
        let name = ClientName::parse(name).unwrap();
        let scopes = Scopes::parse([scopes]).unwrap();
        self.clients().add(name, scopes).await.unwrap()
    }

    /// The hash that the store keeps.
    pub(crate) async fn hash_of(&self, user: &User) -> String {
        let user = self.store.user_by_id(user.id).await.unwrap().unwrap();
        user.password_hash.as_stored().to_owned()
    }

    pub(crate) async fn disable(&self, user: &User) {
        self.app
            .accounts(By::command_line())
            .set_disabled(user, true)
            .await
            .unwrap();
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let Ok(response): Result<Response<_>, _> = self.router.clone().oneshot(request).await;
        Answer::read(response).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    /// `GET /users/me` with this in the `Authorization` header.
    pub(crate) async fn me(&self, authorization: impl AsRef<[u8]>) -> Answer {
        let request = Request::get("/users/me")
            .header(AUTHORIZATION, authorization.as_ref())
            .body(Body::empty());
        self.send(request.unwrap()).await
    }

    pub(crate) async fn post(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<Body>,
    ) -> Answer {
        let request = Request::post(path)
            .header(CONTENT_TYPE, content_type)
            .body(body.into());
        self.send(request.unwrap()).await
    }

    pub(crate) async fn post_form(&self, path: &str, members: &[(&str, &str)]) -> Answer {
        self.post(path, FORM, form(members)).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.post(path, JSON, body.to_string()).await
    }

    /// The same, with this in the `Authorization` header.
    pub(crate) async fn post_form_as(
        &self,
        authorization: impl AsRef<[u8]>,
        path: &str,
        members: &[(&str, &str)],
    ) -> Answer {
        let request = Request::post(path)
            .header(CONTENT_TYPE, FORM)
            .header(AUTHORIZATION, authorization.as_ref())
            .body(form(members).into());
        self.send(request.unwrap()).await
    }

    /// `POST /token`, by form.
    pub(crate) async fn log_in(&self, username: &str, password: &str) -> Answer {
        let credentials = [("username", username), ("password", password)];
        self.post_form("/token", &credentials).await
    }

    /// The access token of [`HANAKO`].
    pub(crate) async fn token(&self) -> String {
        let answer = self.log_in(HANAKO.0, HANAKO.1).await;
        answer.word("access_token")
    }

    /// `POST /users`, with a name and a password alone.
    pub(crate) async fn register(&self, username: &str, password: &str) -> Answer {
        let user = json!({"username": username, "password": password});
        self.post_json("/users", &user).await
    }
}

/// Both formats of one body.
pub(crate) fn both(members: &[(&str, &str)]) -> [(&'static str, String); 2] {
    let object: serde_json::Map<String, Value> = members
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.into()))
        .collect();
    [
        (FORM, form(members)),
        (JSON, Value::Object(object).to_string()),
    ]
}

fn form(members: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{}={}", escaped(name), escaped(value));
    members.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// HTTP Basic, as RFC 6749 §2.3.1 has it.
pub(crate) fn basic(id: &str, secret: &str) -> String {
    let both = format!("{}:{}", escaped(id), escaped(secret));
    format!("Basic {}", BASE64_STANDARD.encode(both))
}

async fn add_user(app: &App, username: &str, (hash, roles): (&str, &[&str])) -> User {
    let draft = Draft {
        username: Username::parse(username).unwrap(),
        email: None,
        name: None,
        roles: roles.iter().map(|&role| role.to_owned()).collect(),
    };
    let hash = PasswordHash::from_stored(hash.to_owned());
    let accounts = app.accounts(By::command_line());
    accounts.add(draft, hash).await.unwrap()
}
