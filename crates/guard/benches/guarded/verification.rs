//! What it costs to judge one token: structure, signature, claims and times, on one core.

use std::{
    fs,
    hint::black_box,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use tegata_guard::{
    testing::Mint,
    token::{Clock, Keyring, Random, SystemClock, SystemRandom, Verifier},
};

use crate::{
    SECRET,
    peers::{self, Peer},
};

/// For one measurement, and how often it is repeated.
const TIME: Duration = Duration::from_millis(200);
const ROUNDS: usize = 9;

/// As the issuer mints them.
pub(crate) fn token(mint: &Mint) -> String {
    let mut claims = mint.claims("019aa3f5-5b6e-7c1a-9d2e-3f4a5b6c7d8e");
    claims.exp += 24 * 60 * 60;
    claims.jti = Some(SystemRandom.token(16));
    claims.sid = Some(SystemRandom.token(16));
    claims.scope = Some(String::new());
    claims.roles = vec!["admin".to_owned()];
    claims.preferred_username = Some("admin".to_owned());
    mint.sign(&claims)
}

pub(crate) fn print(mints: &[Mint]) {
    println!("verification of one token, in µs of CPU time");
    row("tegata", &each(mints, micros_anew));
    row("seen before", &each(mints, micros_when_known));
    let cases: Vec<_> = mints.iter().map(case).collect();
    let cases = json!({"cases": cases, "seconds": TIME.as_secs_f64(), "rounds": ROUNDS});
    for peer in [Peer::pyjwt(), Peer::jose()] {
        match peers::measure(&peer, &cases) {
            Ok(measured) => row(&measured.name, &measured.micros),
            Err(why) => println!("  {:<14} skipped: {why}", peer.name),
        }
    }
}

fn each(mints: &[Mint], micros: impl Fn(&Mint) -> f64) -> Vec<(String, f64)> {
    let one = |mint: &Mint| (mint.algorithm().name().to_owned(), micros(mint));
    mints.iter().map(one).collect()
}

fn row(name: &str, micros: &[(String, f64)]) {
    print!("  {name:<14}");
    for (algorithm, micros) in micros {
        print!(" {algorithm} {micros:>6.1}  ");
    }
    println!();
}

/// What a peer needs to verify the same tokens.
fn case(mint: &Mint) -> serde_json::Value {
    let key = match mint.algorithm().is_shared_secret() {
        true => json!({"kty": "oct", "k": BASE64_URL_SAFE_NO_PAD.encode(SECRET), "alg": "HS256"}),
        false => mint.jwk(),
    };
    json!({"alg": mint.algorithm().name(), "key": key, "token": token(mint)})
}

/// What a guard takes for a token that it knows.
fn micros_when_known(mint: &Mint) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.unwrap();
    let guard = crate::guard(mint);
    let token = token(mint);
    micros(|| {
        let check = guard.check(black_box(&token));
        black_box(runtime.block_on(check)).unwrap();
    })
}

fn micros_anew(mint: &Mint) -> f64 {
    let ring = Keyring::new(None, vec![mint.verifying_key().clone()]);
    let verifier = Verifier::new().with_types(&["JWT"], false);
    let verifier = verifier.with_issuer("https://login.example.com");
    let token = token(mint);
    micros(|| {
        let now = SystemClock.now();
        black_box(verifier.verify(black_box(&token), &ring, now)).unwrap();
    })
}

fn micros(once: impl Fn()) -> f64 {
    let mut rounds = [(); ROUNDS].map(|()| {
        let begun = Instant::now();
        let before = cpu_micros();
        let mut count = 0;
        while begun.elapsed() < TIME {
            once();
            count += 1;
        }
        (cpu_micros() - before) / f64::from(count)
    });
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

/// What this thread has had of a processor: on a busy machine that says more than the time that passed.
fn cpu_micros() -> f64 {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanos: f64 = stat.split(' ').next().unwrap().parse().unwrap();
    nanos / 1000.0
}
