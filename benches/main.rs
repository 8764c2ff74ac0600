//! How fast the pair is, as ratios within one run: `cargo bench`.
//!
//! Prints how many checks of the crate `bcrypt` the machine does on all cores, and how many logins through
//! `/token` beside it (more, since ours go several in step on a core: `cargo bench -p tegata-bcrypt`); then a
//! guarded API route and a walled page as shares of a bare axum route; then the 99th percentile of both
//! with and without a flood of logins. Client and server share the machine's cores. Everything stays on
//! loopback and stops by itself after about a minute.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark measures real time and prints"
)]

mod client;
#[path = "../tests/pair.rs"]
#[expect(dead_code, reason = "tests use the rest")]
mod pair;
mod report;

use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use tegata_guard::{
    Caller, Guard, Keys,
    token::{Claims, HmacSecret, Keyring, Signer, SystemClock},
};
use tegata_issuer::config::Hashing;

use client::{Request, Target};
use report::Measured;

const COST: u32 = 12;
const ROUND: Duration = Duration::from_secs(3);
const ROUNDS: usize = 3;
const LOGIN_ROUND: Duration = Duration::from_secs(8);
const CONNECTIONS: usize = 8;
const FLOOD: usize = 16;
/// Requests per second at which the latency is looked at: well below what either route can do.
const STEADY: u32 = 500;

fn main() {
    let cores = thread::available_parallelism().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name(report::SERVER_THREADS)
        .enable_all()
        .build()
        .unwrap();
    let pair = runtime.block_on(pair::Pair::start_with(Hashing {
        cost: COST,
        threads: cores,
        queue: 64,
        deadline: Duration::from_secs(30),
        max_cost: COST,
    }));
    let bare = runtime.block_on(serve(Router::new().route("/", get(async || "hello"))));
    let guarded = runtime.block_on(serve(guarded_route()));

    let bare = Target::new(&bare, &Request::get("/"));
    let guarded = Target::new(&guarded, &Request::get("/").bearer(&access_token()));
    let walled = Target::new(&pair.pages, &Request::get("/").cookie(&sign_in(&pair)));
    let login = Target::new(&pair.api, &Request::log_in(pair::USERNAME, pair::PASSWORD));

    println!("cores: {cores}, bcrypt cost {COST}\n");
    let ceiling = bcrypt_ceiling(cores);
    let logins = client::load(&login, FLOOD, LOGIN_ROUND);
    report::share(
        "logins/s through /token",
        logins.per_second(),
        "bcrypt ceiling",
        ceiling,
    );

    let mut measured = [(); 3].map(|()| Measured::default());
    for _ in 0..ROUNDS {
        for (target, measured) in [&bare, &guarded, &walled].into_iter().zip(&mut measured) {
            measured.add(|| client::load(target, CONNECTIONS, ROUND));
        }
    }
    let [bare, on_guarded, on_walled] = measured;
    bare.print("bare axum route", None);
    on_guarded.print("guarded API route", Some(&bare));
    on_walled.print("walled page", Some(&bare));

    for (name, target) in [("guarded API route", &guarded), ("walled page", &walled)] {
        let quiet = client::steady(target, STEADY, LOGIN_ROUND / 2);
        let flooded = under_flood(&login, || client::steady(target, STEADY, LOGIN_ROUND / 2));
        report::latency(name, &quiet, &flooded);
    }
}

fn bcrypt_ceiling(cores: NonZeroUsize) -> f64 {
    let hash = bcrypt::hash(pair::PASSWORD, COST).unwrap();
    let start = Instant::now();
    let done: usize = thread::scope(|scope| {
        let verify = || {
            let mut count = 0;
            while start.elapsed() < LOGIN_ROUND {
                assert!(bcrypt::verify(pair::PASSWORD, &hash).unwrap());
                count += 1;
            }
            count
        };
        let threads: Vec<_> = (0..cores.get()).map(|_| scope.spawn(verify)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    done as f64 / start.elapsed().as_secs_f64()
}

fn under_flood<T>(login: &Target, measure: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..FLOOD {
            scope.spawn(|| client::repeat_until(login, &over));
        }
        let measured = measure();
        over.store(true, Ordering::Relaxed);
        measured
    })
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

fn secret() -> HmacSecret {
    HmacSecret::parse(pair::SECRET).unwrap()
}

fn guarded_route() -> Router {
    let guard = Guard::new(Keys::ring(Keyring::shared_secret(secret(), Vec::new())));
    let hello = async |caller: Caller| format!("hello {}", caller.id());
    Router::new().route("/", get(hello)).layer(guard.layer())
}

/// As the issuer mints them.
fn access_token() -> String {
    use tegata_guard::token::Clock;
    let mut claims = Claims::new(
        "019aa3f5-5b6e-7c1a-9d2e-3f4a5b6c7d8e",
        SystemClock.now(),
        pair::TTL,
    );
    claims.iss = Some("http://127.0.0.1:8000".to_owned());
    claims.jti = Some("JH-_cMqlSSwh9jeujSu7Qg".to_owned());
    claims.sid = Some("S5r4kiQE4YGZo8zO5P4eOA".to_owned());
    claims.scope = Some(String::new());
    claims.roles = vec!["admin".to_owned()];
    claims.preferred_username = Some("admin".to_owned());
    Signer::new(secret().signing_key()).sign(&claims).unwrap()
}

fn sign_in(pair: &pair::Pair) -> String {
    let form = Request::sign_in(pair::USERNAME, pair::PASSWORD);
    let answer = Target::new(&pair.pages, &form).ask_once();
    let cookie = answer.split("set-cookie: ").nth(1).unwrap();
    cookie.split(';').next().unwrap().to_owned()
}
