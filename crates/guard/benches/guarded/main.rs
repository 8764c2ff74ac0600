//! What a guard costs: `cargo bench -p tegata-guard --bench guarded`.
//!
//! Prints guarded routes as shares of a bare axum route, in one run, for each algorithm twice: with tokens that come
//! again, as those of real clients do, and with every signature verified anew. Then what the verification of one
//! token costs for each algorithm, beside PyJWT and jose (npm) on the same machine, where those are installed:
//!
//! ```sh
//! python3 -m venv bench-venv && bench-venv/bin/pip install 'pyjwt[crypto]' && npm install --prefix bench-npm jose
//! PYTHON=bench-venv/bin/python NODE_PATH=bench-npm/node_modules cargo bench -p tegata-guard --bench guarded
//! ```
//!
//! Client and server share the machine's cores. Everything stays on loopback and stops by itself after about two
//! minutes.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark measures real time and prints"
)]

mod peers;
mod report;
mod verification;

use std::time::Duration;

use axum::{Router, routing::get};
use tegata_guard::{Caller, Guard, testing::Mint, token::Algorithm};

use report::Measured;
use tegata_trials::{Request, Table, as_fast_as_it_goes};

const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::HS256,
    Algorithm::EdDSA,
    Algorithm::ES256,
    Algorithm::RS256,
];
pub(crate) const SECRET: &str = "b4QmRzPq7yTkVw2nXc8LhJd5FgSa9UeM";
const ROUND: Duration = Duration::from_millis(400);
const ROUNDS: usize = 11;
const CONNECTIONS: usize = 8;
/// Microseconds of CPU above the bare route at the most: with a shared secret, and with key pairs.
const SECRETS: f64 = 15.0;
const KEY_PAIRS: f64 = 100.0;

fn main() {
    let mints = ALGORITHMS.map(|algorithm| {
        let mint = match algorithm {
            Algorithm::HS256 => Mint::shared_secret(SECRET),
            pair => Mint::new(pair),
        };
        let mint = mint.with_type("JWT");
        mint.with_issuer("https://login.example.com")
    });
    routes(&mints);
    println!();
    verification::print(&mints);
}

fn routes(mints: &[Mint]) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name(report::SERVER_THREADS)
        .enable_all()
        .build()
        .unwrap();
    let serve = |router| runtime.block_on(serve(router));
    let bare = serve(Router::new().route("/", get(async || "hello")));
    let load = |url: &str, request: &Request| {
        as_fast_as_it_goes(url, CONNECTIONS, ROUND, |_, _| request.clone())
    };
    let mut routes = Vec::new();
    for mint in mints {
        let guard = guard(mint);
        let anew = guard.clone().without_signature_cache();
        for (guard, what) in [(guard, "seen before"), (anew, "every time anew")] {
            let url = serve(guarded(&guard));
            let request = Request::get("/").bearer(&verification::token(mint));
            routes.push(Route {
                name: format!("{}, {what}", mint.algorithm()),
                url,
                request,
                guarded: Measured::default(),
                bare: Measured::default(),
            });
        }
    }
    for _ in 0..ROUNDS {
        for route in &mut routes {
            // Both within a second, so that a busy machine slows both.
            route.bare.add(|| load(&bare, &Request::get("/")));
            let (url, request) = (&route.url, &route.request);
            route.guarded.add(|| load(url, request));
        }
    }
    for (number, route) in routes.iter().enumerate() {
        if number == 0 {
            route.bare.print("bare axum route", None);
        }
        route.guarded.print(&route.name, Some(&route.bare));
    }
    println!("\n{}", Table::HEAD);
    for route in &routes {
        let limit = if route.name.starts_with("HS256") {
            SECRETS
        } else {
            KEY_PAIRS
        };
        println!("{}", route.guarded.row(&route.name, &route.bare, limit));
    }
}

struct Route {
    name: String,
    url: String,
    request: Request,
    guarded: Measured,
    bare: Measured,
}

fn guard(mint: &Mint) -> Guard {
    let guard = Guard::new(mint.keys()).with_rules(|rules| rules.with_types(&["JWT"], false));
    guard.with_issuer("https://login.example.com")
}

fn guarded(guard: &Guard) -> Router {
    let hello = async |_: Caller| "hello";
    Router::new().route("/", get(hello)).layer(guard.layer())
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}
