//! Whether a login takes longer among a million users than among a thousand: `cargo bench --bench users`.
//!
//! For SQLite and a real MongoDB side by side: the time of a login through `/token` (at the least cost that
//! bcrypt has, so that the store shows) and of the lookup alone, in both crowds, in turns. Everything stays
//! on loopback and in a temporary folder (about 2 GB), and stops by itself after a few minutes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark measures real time and prints"
)]

#[path = "../tests/pair.rs"]
#[expect(dead_code, reason = "tests use the rest")]
mod pair;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tegata_frontend::session::SqliteRecords;
use tegata_guard::token::{Clock, Random, SystemClock, SystemRandom};
use tegata_issuer::{
    accounts::Accounts,
    password::{NewPassword, PasswordHash},
    store::{MongoStore, SqliteStore, Store},
    user::{Email, User, Username, UsernameKey, user_id},
};
use tegata_mongod::Mongod;
use tegata_mongodb::Address;

const FEW: usize = 1_000;
const MANY: usize = 1_000_000;
const BATCH: usize = 1_000;
const ROUNDS: usize = 5;
const LOGINS: usize = 400;
const LOOKUPS: usize = 4_000;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let server = Mongod::standalone();
    let hash = Accounts::hash(
        NewPassword::parse(pair::PASSWORD.to_owned(), "nobody", None).unwrap(),
        pair::CHEAP.cost,
    );
    let hash = hash.await.unwrap();
    for name in ["SQLite", "MongoDB"] {
        let mut crowds = Vec::new();
        for count in [FEW, MANY] {
            let store: Arc<dyn Store> = if name == "SQLite" {
                let file = folder.path().join(format!("{count}.db"));
                Arc::new(SqliteStore::open(&file, "DATABASE_URL").unwrap())
            } else {
                let address = Address::parse(&server.uri(&format!("users{count}"))).unwrap();
                let store = MongoStore::new(address);
                store.database().prepare().await.unwrap();
                Arc::new(store)
            };
            crowds.push(Crowd::gather(name, store, count, &hash).await);
        }
        compare(name, &mut crowds).await;
        for crowd in crowds {
            crowd.store.close().await;
        }
    }
}

/// A store with so many users, and an issuer on it.
struct Crowd {
    store: Arc<dyn Store>,
    count: usize,
    pair: pair::Pair,
    logins: Vec<Duration>,
    lookups: Vec<Duration>,
}

impl Crowd {
    async fn gather(name: &str, store: Arc<dyn Store>, count: usize, hash: &PasswordHash) -> Self {
        let start = Instant::now();
        for first in (0..count).step_by(BATCH) {
            let batch: Vec<User> = (first..first + BATCH).map(|nth| user(nth, hash)).collect();
            store.add_users(&batch).await.unwrap();
        }
        println!("{name}: {count} users added in {:.1?}", start.elapsed());
        let folder = tempfile::tempdir().unwrap();
        let sessions = SqliteRecords::open(&folder.path().join("frontend.db"), "DATA_DIR");
        let sessions = Arc::new(sessions.unwrap());
        let pair = pair::Pair::on(pair::CHEAP, store.clone(), sessions, Some(folder)).await;
        Self {
            store,
            count,
            pair,
            logins: Vec::new(),
            lookups: Vec::new(),
        }
    }

    async fn measure(&mut self) {
        let http = reqwest::Client::new();
        for _ in 0..LOGINS {
            let name = username(anyone(self.count));
            let form = [("username", name.as_str()), ("password", pair::PASSWORD)];
            let start = Instant::now();
            let answer = http
                .post(format!("{}/token", self.pair.api))
                .form(&form)
                .send();
            assert_eq!(answer.await.unwrap().status(), 200);
            self.logins.push(start.elapsed());
        }
        for _ in 0..LOOKUPS {
            let key = UsernameKey::of(&username(anyone(self.count)));
            let start = Instant::now();
            let found = self.store.user_by_username(&key).await.unwrap();
            self.lookups.push(start.elapsed());
            assert!(found.is_some());
        }
    }
}

async fn compare(name: &str, crowds: &mut [Crowd]) {
    for _ in 0..ROUNDS {
        for crowd in &mut *crowds {
            crowd.measure().await;
        }
    }
    for (what, times) in [
        (
            "login",
            crowds.iter().map(|c| c.logins.clone()).collect::<Vec<_>>(),
        ),
        ("lookup", crowds.iter().map(|c| c.lookups.clone()).collect()),
    ] {
        for percent in [50, 99] {
            let [few, many] = [0, 1].map(|nth| percentile(&times[nth], percent));
            println!(
                "{name}: {what}, p{percent}: {few:.2?} among {FEW}, {many:.2?} among {MANY}: {:.2} times",
                many.as_secs_f64() / few.as_secs_f64()
            );
        }
    }
    println!();
}

fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

fn username(nth: usize) -> String {
    format!("traveller{nth}")
}

fn anyone(count: usize) -> usize {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    usize::from_le_bytes(bytes) % count
}

fn user(nth: usize, hash: &PasswordHash) -> User {
    let now = SystemClock.now();
    User {
        id: user_id(now, &SystemRandom),
        username: Username::parse(&username(nth)).unwrap(),
        email: Some(Email::parse(&format!("{}@example.com", username(nth))).unwrap()),
        name: None,
        password_hash: hash.clone(),
        roles: vec!["editor".to_owned()],
        disabled: false,
        created_at: now,
        updated_at: now,
    }
}
