//! A key server on loopback, over real connections, that does what key servers do on bad days.

mod site;

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread,
    time::Duration,
};

use axum::Router;
use http::{HeaderName, HeaderValue, header::CACHE_CONTROL};
use serde_json::Value;
use tegata_token::Algorithm;
use tokio::{runtime, sync::oneshot, time::timeout};

pub use self::site::Answer;
use self::site::{KEY_SET, Shared, Site, answer};
use super::Mint;

/// How long a test waits for what should happen at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// An issuer's key set and metadata on loopback, on a thread of its own. Stops when dropped.
///
/// It publishes one key, with which [`KeyServer::mint`] signs, until the test asks for something else.
#[derive(Debug)]
pub struct KeyServer {
    address: SocketAddr,
    mint: Mint,
    shared: Arc<Shared>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    stop: oneshot::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl KeyServer {
    /// One that publishes a fresh key for ES256.
    pub fn start() -> Self {
        Self::of(Mint::new(Algorithm::ES256))
    }

    /// One that publishes the key of `mint`. Its tokens name this server as their issuer, unless they name another.
    ///
    /// # Panics
    /// The key is a shared secret, or nothing can listen on loopback.
    pub fn of(mint: Mint) -> Self {
        let site = Site {
            keys: vec![mint.jwk()],
            ..Site::default()
        };
        let mut server = Self {
            address: ([127, 0, 0, 1], 0).into(),
            mint,
            shared: Arc::new(Shared::new(site)),
            running: None,
        };
        server.listen();
        if server.mint.issuer().is_none() {
            server.mint = server.mint.clone().with_issuer(server.issuer());
        }
        server
    }

    /// Where the key set is.
    pub fn url(&self) -> String {
        format!("{}{KEY_SET}", self.issuer())
    }

    /// The issuer, as in the metadata: the server's address.
    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Signs tokens with the newest key.
    pub fn mint(&self) -> Mint {
        self.mint.clone()
    }

    /// Publishes one more key, and signs with it from now on. The ones before it stay.
    pub fn rotate(&mut self) -> Mint {
        self.mint = self.mint.with_fresh_key();
        self.publish(self.mint.jwk());
        self.mint()
    }

    /// Publishes one more key, whatever it is.
    pub fn publish(&self, jwk: Value) {
        self.change(|site| site.keys.push(jwk));
    }

    /// Publishes exactly these.
    pub fn publish_only(&self, jwks: impl IntoIterator<Item = Value>) {
        self.change(|site| site.keys = jwks.into_iter().collect());
    }

    /// Does not publish the keys of this name any more.
    pub fn drop_key(&self, kid: &str) {
        self.change(|site| site.keys.retain(|key| key["kid"] != kid));
    }

    /// Publishes another key under the name of the newest, before it.
    pub fn duplicate_kid(&self) {
        let twin = self.mint.with_fresh_key().with_kid(self.mint.kid());
        self.change(|site| site.keys.insert(0, twin.jwk()));
    }

    /// How the key set is answered from now on.
    pub fn answer(&self, answer: Answer) {
        self.answer_at(KEY_SET, answer);
    }

    /// How this path is answered from now on, such as `/.well-known/openid-configuration`.
    pub fn answer_at(&self, path: &str, answer: Answer) {
        self.change(|site| {
            site.answers.insert(path.to_owned(), answer);
        });
    }

    /// The `Cache-Control` of its answers; there is none at first.
    pub fn cache_control(&self, value: &str) {
        self.header(CACHE_CONTROL, value);
    }

    /// A header of its answers, in place of one of that name.
    ///
    /// # Panics
    /// The value is none of a header.
    pub fn header(&self, name: HeaderName, value: &str) {
        let value = HeaderValue::from_str(value).expect("the value of a header");
        self.change(|site| {
            site.headers.retain(|(other, _)| *other != name);
            site.headers.push((name, value));
        });
    }

    /// In its metadata the issuer calls itself so.
    pub fn call_itself(&self, issuer: &str) {
        self.change(|site| site.issuer = Some(issuer.to_owned()));
    }

    /// How often the key set was asked for.
    pub fn requests(&self) -> usize {
        self.requests_at(KEY_SET)
    }

    /// How often this path was asked for.
    pub fn requests_at(&self, path: &str) -> usize {
        count(&self.shared.asked.borrow(), path)
    }

    /// Waits until the key set has been asked for so many times.
    ///
    /// # Panics
    /// That has not happened within ten seconds.
    pub async fn was_asked(&self, times: usize) {
        let mut asked = self.shared.asked.subscribe();
        let enough = asked.wait_for(|asked| count(asked, KEY_SET) >= times);
        let in_time = timeout(PATIENCE, enough).await;
        if in_time.is_err() {
            panic!("asked {} times within 10 s, not {times}", self.requests());
        }
    }

    /// Waits until so many requests stand waiting for an answer.
    ///
    /// # Panics
    /// That has not happened within ten seconds.
    pub async fn has_waiting(&self, requests: usize) {
        let mut waiting = self.shared.waiting.subscribe();
        let reached = waiting.wait_for(|&waiting| waiting == requests);
        let in_time = timeout(PATIENCE, reached).await;
        assert!(in_time.is_ok(), "not {requests} requests within 10 s");
    }

    /// Stops listening and drops every connection, as a machine that fails.
    pub fn stop(&mut self) {
        let Some(Running { stop, thread }) = self.running.take() else {
            return;
        };
        // An error would mean that it has stopped already.
        let _ = stop.send(());
        let _ = thread.join();
    }

    /// Listens again after [`KeyServer::stop`], where it did before.
    pub fn listen(&mut self) {
        if self.running.is_some() {
            return;
        }
        let listener = TcpListener::bind(self.address).expect("a free port on loopback");
        listener.set_nonblocking(true).expect("a listener");
        self.address = listener.local_addr().expect("a listener");
        let issuer = self.issuer();
        self.change(|site| {
            site.issuer.get_or_insert(issuer);
        });
        let (stop, stopped) = oneshot::channel();
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&self.shared));
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
        });
        self.running = Some(Running { stop, thread });
    }

    fn change(&self, change: impl FnOnce(&mut Site)) {
        self.shared.site.send_modify(change);
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn count(asked: &[String], path: &str) -> usize {
    asked.iter().filter(|asked| *asked == path).count()
}
