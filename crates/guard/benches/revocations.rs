//! What following the feed costs a guard's check: `cargo bench -p tegata-guard --features revocations`.
//!
//! Four guards judge the same tokens in turns, in one run: one that does not follow, and three that follow feeds
//! with none, a thousand and a million ended sessions. Prints the time of a check and what the feed adds to it, once
//! for a hundred callers, whose part of the list stays in the processor's caches, and once for ten thousand, whose
//! does not. Everything stays on loopback and stops by itself after about half a minute.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark measures real time and prints"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use axum::{Router, extract::RawQuery, routing::get};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use tegata_guard::{
    Guard, Keys, Revocations,
    token::{Claims, Clock, HmacSecret, Random, Signer, SystemClock, SystemRandom},
};
use tokio::{net::TcpListener, time::interval};

const SECRET: &str = "b4QmRzPq7yTkVw2nXc8LhJd5FgSa9UeM";
const ENDED: [usize; 3] = [0, 1_000, 1_000_000];
const PAGE: usize = 10_000;
const CALLERS: [usize; 2] = [100, 10_000];
/// In one measurement, and how often it is repeated.
const CHECKS: usize = 10_000;
const ROUNDS: usize = 41;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut guards = vec![("no feed".to_owned(), guard())];
    for ended in ENDED {
        let revocations = Revocations::follow(feed(ended).await).unwrap();
        let mut again = interval(Duration::from_millis(5));
        while revocations.status().age.is_none() {
            again.tick().await;
        }
        assert_eq!(revocations.status().ended, ended);
        let name = format!("{ended} ended sessions");
        guards.push((name, guard().with_revocations(revocations)));
    }
    for callers in CALLERS {
        println!("{callers} callers");
        let tokens: Vec<_> = (0..callers).map(|_| token()).collect();
        let mut times = vec![Vec::new(); guards.len()];
        for _ in 0..ROUNDS {
            for ((_, guard), times) in guards.iter().zip(&mut times) {
                times.push(check_all(guard, &tokens).await);
            }
        }
        for ((name, _), with) in guards.iter().zip(&times) {
            // Neighbours in time are compared, so that a busy machine slows both.
            let shares = with
                .iter()
                .zip(&times[0])
                .map(|(with, without)| with / without);
            let added = 100.0 * (median(shares.collect()) - 1.0);
            let each = median(with.clone());
            println!("  {name:<24} {each:>5.2} µs a check, {added:+.1} %");
        }
    }
}

/// Microseconds for each.
async fn check_all(guard: &Guard, tokens: &[String]) -> f64 {
    let begun = Instant::now();
    for token in tokens.iter().cycle().take(CHECKS) {
        black_box(guard.check(black_box(token)).await).unwrap();
    }
    1_000_000.0 * begun.elapsed().as_secs_f64() / CHECKS as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// One that verifies each time: what the feed adds is to be seen beside all that a check may cost.
fn guard() -> Guard {
    Guard::new(Keys::shared_secret(SECRET).unwrap()).without_signature_cache()
}

/// As the issuer mints them.
fn token() -> String {
    let mut claims = Claims::new(
        "019aa3f5-5b6e-7c1a-9d2e-3f4a5b6c7d8e",
        SystemClock.now(),
        time::Duration::minutes(15),
    );
    claims.iss = Some("http://127.0.0.1:8000".to_owned());
    claims.jti = Some(SystemRandom.token(16));
    claims.sid = Some(SystemRandom.token(16));
    claims.scope = Some(String::new());
    claims.roles = vec!["admin".to_owned()];
    claims.preferred_username = Some("admin".to_owned());
    let secret = HmacSecret::parse(SECRET).unwrap();
    Signer::new(secret.signing_key()).sign(&claims).unwrap()
}

/// An issuer at which so many sessions have ended.
async fn feed(ended: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let page = async move |RawQuery(query): RawQuery| page(ended, query).await;
    let router = Router::new().route("/revocations", get(page));
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

async fn page(ended: usize, query: Option<String>) -> String {
    let since = query
        .as_deref()
        .and_then(|query| query.strip_prefix("since="));
    let from: usize = since.map_or(0, |since| since.split('&').next().unwrap().parse().unwrap());
    if since.is_some() && from == ended {
        return std::future::pending().await;
    }
    let to = ended.min(from + PAGE);
    let entry = |_| {
        let mut hash = [0; 32];
        SystemRandom.fill(&mut hash);
        let hash = BASE64_URL_SAFE_NO_PAD.encode(hash);
        format!(r#"{{"sid_sha256":"{hash}","until":4102444800}}"#)
    };
    let entries: Vec<_> = (from..to).map(entry).collect();
    let entries = entries.join(",");
    format!(
        r#"{{"ended":[{entries}],"next":"{to}","more":{}}}"#,
        to < ended
    )
}
