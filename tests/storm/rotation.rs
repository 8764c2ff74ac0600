//! Keys that rotate under load: the real pair and somebody's service verify up to a thousand tokens a second, and no living
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
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval, timeout},
};

use crate::tegata::{Place, Tegata};

/// Of both verifiers together, as far as the machine can.
const A_SECOND: usize = 1000;
/// At each beat of ten milliseconds.
const A_BEAT: usize = A_SECOND / 100;
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers by status.
type Count = BTreeMap<u16, usize>;

struct Load {
    /// What is sent: the oldest token, and the newest that the issuer has given.
    tokens: Arc<Mutex<Vec<String>>>,
    count: watch::Receiver<Count>,
    stop: watch::Sender<()>,
    senders: JoinHandle<()>,
}

impl Load {
    /// In turn to each of these addresses with each of the tokens.
    fn begin(first: String, addresses: Vec<String>) -> Self {
        let tokens = Arc::new(Mutex::new(vec![first]));
        let (counted, count) = watch::channel(Count::new());
        let (stop, mut stopped) = watch::channel(());
        let sent = Arc::clone(&tokens);
        let senders = tokio::spawn(async move {
            let (http, counted) = (Client::new(), Arc::new(counted));
            let mut beat = interval(Duration::from_millis(10));
            beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
            let mut under_way = JoinSet::new();
            let mut number = 0;
            loop {
                tokio::select! {
                    _ = stopped.changed() => break,
                    _ = beat.tick() => {}
                }
                // A machine that cannot answer so many gets no more than it can.
                for _ in 0..A_BEAT.min(A_SECOND.saturating_sub(under_way.len())) {
                    number += 1;
                    let token = {
                        let tokens = sent.lock().unwrap();
                        tokens[number / addresses.len() % tokens.len()].clone()
                    };
                    let request = http
                        .get(&addresses[number % addresses.len()])
                        .bearer_auth(token);
                    let counted = Arc::clone(&counted);
                    under_way.spawn(async move {
                        let status = request.send().await.unwrap().status().as_u16();
                        counted.send_modify(|count| *count.entry(status).or_default() += 1);
                    });
                }
                while let Some(answered) = under_way.try_join_next() {
                    answered.unwrap();
                }
            }
            while let Some(answered) = under_way.join_next().await {
                answered.unwrap();
            }
        });
        Self {
            tokens,
            count,
            stop,
            senders,
        }
    }

    /// From now on this token is sent beside the first.
    fn sends(&self, token: String) {
        let mut tokens = self.tokens.lock().unwrap();
        tokens.truncate(1);
        tokens.push(token);
    }

    /// Goes on until so many more have been answered.
    async fn answers(&mut self, more: usize) {
        let all = |count: &Count| count.values().sum::<usize>();
        let enough = all(&self.count.borrow()) + more;
        let reached = self.count.wait_for(|count| all(count) >= enough);
        timeout(PATIENCE, reached).await.unwrap().unwrap();
    }

    /// Every request was answered, and each with 200.
    async fn end(self) {
        self.stop.send(()).unwrap();
        self.senders.await.unwrap();
        let count = self.count.borrow();
        assert_eq!(count.keys().collect::<Vec<_>>(), [&200], "{count:?}");
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
async fn rotate_under(mut load: Load, place: &Place, tegata: &Tegata) {
    let before = header(&tegata.token().await);
    load.answers(A_SECOND).await;
    let mut rotating = place.command(&["key", "rotate", "--after", "3s"]);
    let rotated = tokio::task::spawn_blocking(move || rotating.output().unwrap());
    let until_new = async {
        let mut beat = interval(Duration::from_millis(50));
        loop {
            beat.tick().await;
            let now = tegata.token().await;
            let is_new = header(&now) != before;
            load.sends(now);
            if is_new {
                return;
            }
        }
    };
    timeout(PATIENCE, until_new).await.unwrap();
    let output = rotated.await.unwrap();
    assert!(output.status.success(), "{output:?}");
    // The new one for a while, with the old one beside it.
    load.answers(2 * A_SECOND).await;
    load.end().await;
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
