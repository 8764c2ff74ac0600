//! The pages, an app, and a real proxy before both, as the examples have them: `https://login.example.com` and
//! `https://app.example.com`, on a port of their own.

use std::net::{SocketAddr, TcpListener};

use tegata_frontend::{
    Language,
    config::{ForwardAuth, PublicUrl},
};

use super::{
    app::App,
    proxy::{Kind, Places, Proxy},
    visitor::Visitor,
};
use crate::pair::Pair;

pub(super) struct World {
    pub(super) pair: Pair,
    pub(super) app: App,
    pub(super) proxy: Proxy,
    pub(super) addresses: Addresses,
}

/// What people type.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    pub(super) port: u16,
    /// `https://login.example.com:…`
    pub(super) pages: String,
    /// `https://app.example.com:…`
    pub(super) app: String,
}

impl Addresses {
    pub(super) fn free() -> Self {
        let port = free_port();
        Self {
            port,
            pages: format!("https://login.example.com:{port}"),
            app: format!("https://app.example.com:{port}"),
        }
    }
}

impl World {
    pub(super) async fn behind(kind: Kind) -> Self {
        Self::with_token(kind, false).await
    }

    pub(super) async fn with_token(kind: Kind, token: bool) -> Self {
        let addresses = Addresses::free();
        let pair = Pair::start_as(|config| {
            config.default_language = Language::English;
            config.trusted_proxies = "127.0.0.1".parse().unwrap();
            config.public_url = PublicUrl::parse(&addresses.pages).unwrap();
            config.forward_auth = ForwardAuth::new(
                &config.public_url,
                Some("example.com".parse().unwrap()),
                addresses.app.parse().unwrap(),
                token,
            )
            .unwrap();
        })
        .await;
        let app = App::start().await;
        let places = Places {
            port: addresses.port,
            tegata: at(&pair.pages),
            app: app.address,
            token,
        };
        let proxy = Proxy::start(kind, places).await;
        Self {
            pair,
            app,
            proxy,
            addresses,
        }
    }

    pub(super) async fn visitor(&self) -> Visitor {
        Visitor::of(&self.addresses).await
    }

    /// Somebody who has just signed in.
    pub(super) async fn signed_in(&self) -> Visitor {
        let visitor = self.visitor().await;
        visitor.signs_in().await;
        visitor
    }
}

/// `http://localhost:…` as an address.
fn at(url: &str) -> SocketAddr {
    let (_, port) = url.rsplit_once(':').unwrap();
    SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()))
}

pub(super) fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}
