//! A proxy asks about a request that it holds back, in the manner of nginx or in that of Caddy and Traefik.

mod away;
mod identity;
mod next;
mod other_hosts;
mod refusal;

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use http::{Method, header, request::Builder};
use tegata_frontend::Config;

use crate::{
    browser::{Browser, Page},
    site::TestSite,
};

/// Where the proxy asks from.
const PROXY: &str = "10.1.2.3:4711";
const NGINX: &str = "/forward-auth";
const CADDY: &str = "/forward-auth?refusal=redirect";

fn trust(config: &mut Config) {
    config.trusted_proxies = "10.0.0.0/8".parse().unwrap();
}

async fn site() -> TestSite {
    TestSite::with(trust).await
}

/// A request that the proxy holds back.
#[derive(Clone, Copy)]
struct Held<'a> {
    method: &'a str,
    scheme: &'a str,
    host: &'a str,
    uri: &'a str,
}

/// Of an app below the pages' own address.
const APP: Held<'static> = Held {
    method: "GET",
    scheme: "http",
    host: "localhost:8080",
    uri: "/app/orders?page=2&sort=new",
};

impl Held<'_> {
    fn said_by(self, peer: &str, request: Builder) -> Builder {
        let peer: SocketAddr = peer.parse().unwrap();
        request
            .extension(ConnectInfo(peer))
            .header("x-forwarded-method", self.method)
            .header("x-forwarded-proto", self.scheme)
            .header("x-forwarded-host", self.host)
            .header("x-forwarded-uri", self.uri)
    }

    /// A person opens it.
    async fn opened(self, browser: &mut Browser, ask: &str) -> Page {
        let request = browser.navigation(Method::GET, ask);
        browser.send(self.said_by(PROXY, request), "").await
    }

    /// A script of the app fetches it.
    async fn fetched(self, browser: &mut Browser, ask: &str) -> Page {
        let request = browser
            .request(Method::GET, ask)
            .header(header::ACCEPT, "*/*")
            .header("sec-fetch-mode", "cors")
            .header("sec-fetch-site", "same-origin");
        browser.send(self.said_by(PROXY, request), "").await
    }
}
