//! Whether the issuer believes these pages where a browser is. While it does not, whatever it counts by address counts
//! for the pages' own: one who guesses passwords makes everybody wait. So it is asked, and the operator told.
//!
//! A proxy before the pages that they do not believe themselves has the same effect; it shows by its header.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, Once, PoisonError},
    time::Duration,
};

use axum::extract::{ConnectInfo, Request};
use tegata_server::TrustedProxies;

use crate::{background::Background, issuer_client::IssuerClient};

/// Nobody is there (RFC 5737).
const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
/// Between two questions in the background: until there was an answer, and then.
const PERIOD: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// What the issuer makes of what these pages say of a browser's address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Believed {
    /// It did not say, or is away.
    #[default]
    Unknown,
    Yes,
    /// All browsers seem to be there: these pages, or a proxy between them and the issuer.
    No(IpAddr),
}

/// See the module; clones share what was found out.
#[derive(Clone, Debug)]
pub(crate) struct Credence {
    issuer: IssuerClient,
    last: Arc<Mutex<Believed>>,
}

impl Credence {
    pub(crate) fn new(issuer: IssuerClient) -> Self {
        let last = Arc::default();
        Self { issuer, last }
    }

    /// Asks the issuer now, and logs what is new.
    pub(crate) async fn ask(&self) -> Believed {
        let believed = match self.issuer.origin_of(NOBODY).await {
            None => return Believed::Unknown,
            Some(NOBODY) => Believed::Yes,
            Some(other) => Believed::No(other),
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match (*last, believed) {
            (before, now) if before == now => {}
            (_, Believed::No(address)) => tracing::error!(%address, "{}", advice(address)),
            (Believed::No(_), _) => tracing::info!("the issuer now knows where browsers are"),
            _ => {}
        }
        *last = believed;
        believed
    }

    /// Asks again and again, until the service stops.
    pub(crate) async fn watch(self, background: Background) {
        loop {
            let pause = match self.ask().await {
                Believed::Unknown => PERIOD.0,
                Believed::Yes | Believed::No(_) => PERIOD.1,
            };
            if background.pause(pause).await {
                break;
            }
        }
    }
}

/// A proxy that names a browser's address and is not believed: logged once. Only of an address that is inside, as
/// proxies are; from outside anybody writes anything.
#[derive(Debug)]
pub(crate) struct Unheard(Once);

impl Default for Unheard {
    fn default() -> Self {
        Self(Once::new())
    }
}

impl Unheard {
    pub(crate) fn look(&self, request: &Request, trusted: &TrustedProxies) {
        if self.0.is_completed() || !request.headers().contains_key("x-forwarded-for") {
            return;
        }
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(peer)| peer.ip().to_canonical());
        if let Some(address) = peer.filter(|peer| is_inside(*peer) && !trusted.trusts(*peer)) {
            self.0.call_once(|| {
                tracing::warn!(
                    %address,
                    "X-Forwarded-For of {address} is ignored: if that is a proxy of yours, add {address} to TRUSTED_PROXIES, or all browsers seem to be there"
                );
            });
        }
    }
}

fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_loopback(),
    }
}

/// What the operator has to do.
pub(crate) fn advice(address: IpAddr) -> String {
    format!(
        "the issuer takes {address} for the address of every browser, so who guesses passwords makes everybody wait: add {address} to the issuer's TRUSTED_PROXIES"
    )
}
