//! Keys that rotate under load: the real pair and somebody's service verify a thousand tokens a second, and no living
//! token is refused, neither with a secret in files nor with key pairs.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, routing::get};
use reqwest::Client;
use tegata_guard::{Guard, Keys};
use tokio::{
    net::TcpListener,
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

use crate::tegata::{Place, Tegata};

/// Of both verifiers together.
const A_SECOND: u32 = 1000;
/// At each beat of ten milliseconds.
const A_BEAT: u32 = A_SECOND / 100;
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers by status.
type Count = Arc<Mutex<BTreeMap<u16, u32>>>;

struct Load {
    /// What is sent: the oldest token, and the newest that the issuer has given.
    tokens: Arc<Mutex<Vec<String>>>,
    count: Count,
    senders: JoinHandle<()>,
    since: Instant,
}

impl Load {
    /// In turn to each of these addresses with each of the tokens.
    fn begin(first: String, addresses: Vec<String>) -> Self {
        let tokens = Arc::new(Mutex::new(vec![first]));
        let count = Count::default();
        let (sent, counted) = (Arc::clone(&tokens), Arc::clone(&count));
        let senders = tokio::spawn(async move {
            let http = Client::new();
            let mut beat = interval(Duration::from_millis(10));
            beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
            let mut number = 0;
            loop {
                beat.tick().await;
                for _ in 0..A_BEAT {
                    number += 1;
                    let token = {
                        let tokens = sent.lock().unwrap();
                        tokens[number / addresses.len() % tokens.len()].clone()
                    };
                    let request = http
                        .get(&addresses[number % addresses.len()])
                        .bearer_auth(token);
                    let counted = Arc::clone(&counted);
                    tokio::spawn(async move {
                        let status = request.send().await.unwrap().status().as_u16();
                        *counted.lock().unwrap().entry(status).or_default() += 1;
                    });
                }
            }
        });
        Self {
            tokens,
            count,
            senders,
            since: Instant::now(),
        }
    }

    /// From now on this token is sent beside the first.
    fn sends(&self, token: String) {
        let mut tokens = self.tokens.lock().unwrap();
        tokens.truncate(1);
        tokens.push(token);
    }

    /// Nothing but 200, and enough of it.
    fn end(self) {
        self.senders.abort();
        let count = self.count.lock().unwrap();
        let seconds = self.since.elapsed().as_secs_f64();
        let good = count.get(&200).copied().unwrap_or_default();
        assert_eq!(count.keys().collect::<Vec<_>>(), [&200], "{count:?}");
        // Other tests share the machine.
        let rate = f64::from(good) / seconds;
        assert!(
            rate > f64::from(A_SECOND) / 4.0,
            "{rate} a second is no load"
        );
    }
}

/// Somebody's service.
async fn service(keys: Keys) -> String {
    let guard = Guard::new(keys);
    let routes = Router::new().route("/", get(async || "served"));
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        axum::serve(listener, routes.layer(guard.layer()))
            .await
            .unwrap();
    });
    address
}

/// Rotates while the load goes on, and sends what the issuer gives meanwhile.
async fn rotate_under(load: Load, place: &Place, tegata: &Tegata) {
    let before = header(&tegata.token().await);
    let mut rotating = place.command(&["key", "rotate", "--after", "3s"]);
    let rotated = tokio::task::spawn_blocking(move || rotating.output().unwrap());
    let until_new = async {
        loop {
            let now = tegata.token().await;
            let is_new = header(&now) != before;
            load.sends(now);
            if is_new {
                return;
            }
            tokio::time::timeout(Duration::from_millis(50), std::future::pending::<()>())
                .await
                .ok();
        }
    };
    timeout(PATIENCE, until_new).await.unwrap();
    let output = rotated.await.unwrap();
    assert!(output.status.success(), "{output:?}");
    // The new one for a while, with the old one beside it.
    timeout(Duration::from_secs(2), std::future::pending::<()>())
        .await
        .ok();
    load.end();
}

fn header(token: &str) -> String {
    token.split('.').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_secret_in_files_rotates_under_load_and_nobody_is_refused() {
    let place = Place::new();
    let tegata = place.start();
    let files = ["data/secret_key", "data/previous_secret_keys"].map(|name| place.path(name));
    let [signing, list] = files;
    let services = [
        service(Keys::secret_files(&signing, &list).unwrap()).await,
        service(Keys::secret_files(&signing, &list).unwrap()).await,
    ];
    let load = Load::begin(tegata.token().await, services.into());
    rotate_under(load, &place, &tegata).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn key_pairs_rotate_under_load_and_nobody_is_refused() {
    let place = Place::new().with("ALGORITHM", "EdDSA");
    let tegata = place.start();
    let published = format!("{}/.well-known/jwks.json", tegata.api);
    let services = [
        service(Keys::jwks(published.as_str()).unwrap()).await,
        service(Keys::jwks(published.as_str()).unwrap()).await,
    ];
    let load = Load::begin(tegata.token().await, services.into());
    rotate_under(load, &place, &tegata).await;
}
