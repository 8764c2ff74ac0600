//! Whoever fails waits: the words, and the stories that hold on every store.

mod accounts;
mod addresses;
mod bursts;
mod callers;
mod registering;
mod requests;
mod unblocking;
mod waits;

use std::net::SocketAddr;

use axum::{body::Body, extract::ConnectInfo};
use http::{
    Method, Request,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::{Value, json};
use time::Duration;

use crate::{
    answer::Answer,
    app::{HANAKO, JSON, TestApp},
};

/// Of an attacker, and of the owner.
const THEIRS: &str = "198.51.100.66";
const HERS: &str = "203.0.113.9";

/// The same stories on every store.
macro_rules! on_every_store {
    ($($story:ident,)+) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$story(crate::app::TestApp::start().await).await;
                }
            )+
        }

        mod mongodb {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    let server = tegata_mongod::Mongod::shared_standalone();
                    super::$story(crate::app::TestApp::on_mongodb(server, |_| {}).await).await;
                }
            )+
        }
    };
}
use on_every_store;

/// Somebody at an address.
#[derive(Clone, Copy)]
struct At<'a> {
    app: &'a TestApp,
    peer: &'a str,
    forwarded: Option<&'a str>,
}

impl TestApp {
    fn at<'a>(&'a self, peer: &'a str) -> At<'a> {
        At {
            app: self,
            peer,
            forwarded: None,
        }
    }
}

impl At<'_> {
    async fn send(&self, method: Method, path: &str, token: Option<&str>, body: Value) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(CONTENT_TYPE, JSON);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(forwarded) = self.forwarded {
            request = request.header("x-forwarded-for", forwarded);
        }
        let peer = SocketAddr::new(self.peer.parse().unwrap(), 4711);
        let request = request
            .extension(ConnectInfo(peer))
            .body(Body::from(body.to_string()));
        self.app.send(request.unwrap()).await
    }

    async fn log_in(&self, username: &str, password: &str) -> Answer {
        let body = json!({"username": username, "password": password});
        self.send(Method::POST, "/token", None, body).await
    }

    /// Fails so often, with each password another one.
    async fn fail(&self, username: &str, times: usize) {
        for time in 0..times {
            let answer = self.log_in(username, &format!("guess {time}")).await;
            assert_eq!(answer.status, 400, "{time}: {}", answer.text());
        }
    }

    /// The same, waiting before each for as long as it takes.
    async fn fail_in_time(&self, username: &str, times: usize) {
        for time in 0..times {
            let answer = self.log_in(username, &format!("guess {time}")).await;
            if answer.status == 429 {
                let seconds = answer.header("retry-after").parse().unwrap();
                self.app.clock.advance(Duration::seconds(seconds));
                self.fail(username, 1).await;
            } else {
                assert_eq!(answer.status, 400, "{time}: {}", answer.text());
            }
        }
    }

    /// The owner's name and password.
    async fn hanako(&self) -> Answer {
        self.log_in(HANAKO.0, HANAKO.1).await
    }
}

/// Refused for so many seconds, and in the words that are documented.
#[track_caller]
fn waits(answer: &Answer, seconds: i64) {
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), seconds.to_string());
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    let s = if seconds == 1 { "" } else { "s" };
    let detail = format!("Too many attempts; try again in {seconds} second{s}");
    let body = json!({"error": "too_many_attempts", "detail": detail, "retry_after": seconds});
    assert_eq!(answer.json(), body);
}
