//! Who sends a request: the address behind trusted proxies, and the program's own name for itself.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use http::{Extensions, HeaderMap, HeaderName, header::USER_AGENT, request::Parts};
use ipnet::IpNet;

use crate::networks::{BadNetwork, Networks};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Longer names of programs are cut: they are kept and shown.
const MAX_USER_AGENT: usize = 512;

/// Who sends a request; [`dress`](crate::dress) puts one into the extensions of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// Where it comes from, as far as those in between are trusted. None where nothing is connected, as in a
    /// test.
    pub address: Option<IpAddr>,
    /// What it calls itself: printable ASCII, at most 512 bytes. Anybody may write anything there.
    pub user_agent: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    /// Of nobody where [`dress`](crate::dress) does not stand.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

/// The proxies whose `X-Forwarded-…` headers are believed; none by default.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Networks);

impl FromStr for TrustedProxies {
    type Err = BadNetwork;

    /// See [`Networks`].
    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        text.parse().map(Self)
    }
}

impl TrustedProxies {
    /// Trusts this machine as well: what `tegata up` does between its two halves.
    #[must_use]
    pub fn and_loopback(&self) -> Self {
        let loopback = Networks::loopback();
        let both = self.0.0.iter().chain(loopback.0.iter());
        Self(Networks(both.copied().collect()))
    }

    /// And this one address; not the one that stands for all of a machine.
    #[must_use]
    pub fn and(&self, address: IpAddr) -> Self {
        let one = (!address.is_unspecified()).then(|| IpNet::from(address.to_canonical()));
        Self(Networks(self.0.0.iter().copied().chain(one).collect()))
    }

    /// Whether a trusted proxy sends this request itself, so that what its `X-Forwarded-…` headers say is the
    /// proxy's word and nobody else's.
    pub fn send(&self, request: &Parts) -> bool {
        self.sent(&request.extensions)
    }

    /// The same, of a request with these extensions.
    pub(crate) fn sent(&self, extensions: &Extensions) -> bool {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        peer.is_some_and(|ConnectInfo(peer)| self.trusts(peer.ip().to_canonical()))
    }

    /// Whether nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.0.0.is_empty()
    }

    /// Whether anybody is: then whoever sends a request says where it comes from.
    pub fn trusts_everybody(&self) -> bool {
        self.0.0.iter().any(|network| network.prefix_len() == 0)
    }

    /// Whether what this address says of others is believed.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.contain(address)
    }

    /// The nearest address, from the peer outwards, that is not a trusted proxy's. An entry that is no address
    /// ends the walk: what stands before it was said by whoever wrote that.
    fn origin(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines: Vec<&[u8]> = headers
            .get_all(&FORWARDED_FOR)
            .iter()
            .map(|value| value.as_bytes())
            .collect();
        let entries = lines
            .iter()
            .flat_map(|line| line.split(|byte| *byte == b','));
        let mut origin = peer.to_canonical();
        for entry in entries.collect::<Vec<_>>().into_iter().rev() {
            if !self.trusts(origin) {
                break;
            }
            match address(entry) {
                Some(address) => origin = address,
                None => break,
            }
        }
        origin
    }
}

/// An address, alone or with a port, as proxies write it.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let alone: Option<IpAddr> = text.parse().ok();
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || Some(text.parse::<std::net::SocketAddr>().ok()?.ip());
    Some(alone.or_else(bracketed).or_else(with_port)?.to_canonical())
}

/// Who sends this request.
pub(crate) fn client(request: &Request, trusted: &TrustedProxies) -> Client {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let headers = request.headers();
    let user_agent = headers.get(USER_AGENT).map(|value| {
        let bytes = value.as_bytes().iter();
        let shown = bytes.filter(|byte| (b' '..=b'~').contains(*byte));
        shown
            .take(MAX_USER_AGENT)
            .map(|byte| char::from(*byte))
            .collect::<String>()
    });
    Client {
        address: peer.map(|ConnectInfo(peer)| trusted.origin(peer.ip(), headers)),
        user_agent: user_agent.filter(|text| !text.trim().is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn seen(trusted: &str, peer: &str, forwarded: &[&str]) -> String {
        let mut request = Request::new(Body::empty());
        for value in forwarded {
            request
                .headers_mut()
                .append(FORWARDED_FOR, value.parse().unwrap());
        }
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let trusted: TrustedProxies = trusted.parse().unwrap();
        client(&request, &trusted).address.unwrap().to_string()
    }

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
        let (inside, outside) = ("10.0.0.7:1", "203.0.113.9:1");
        let trusted = "127.0.0.1, 10.0.0.0/8,::1";
        assert_eq!(seen("", inside, &["198.51.100.1"]), "10.0.0.7");
        assert_eq!(seen(trusted, outside, &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(seen(trusted, inside, &[]), "10.0.0.7");
        assert_eq!(seen(trusted, inside, &["198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn the_walk_is_from_the_right_and_ends_at_the_first_stranger() {
        let trusted = "10.0.0.0/8";
        let peer = "10.0.0.7:1";
        assert_eq!(
            seen(trusted, peer, &["1.1.1.1, 198.51.100.1, 10.0.0.8"]),
            "198.51.100.1"
        );
        assert_eq!(
            seen(trusted, peer, &["1.1.1.1", "198.51.100.1"]),
            "198.51.100.1",
            "two headers"
        );
        assert_eq!(seen(trusted, peer, &["1.1.1.1, nonsense"]), "10.0.0.7");
        assert_eq!(
            seen(trusted, peer, &["1.1.1.1, nonsense, 10.0.0.8"]),
            "10.0.0.8"
        );
        assert_eq!(seen(trusted, peer, &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(seen(trusted, peer, &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(
            seen(trusted, "[::ffff:10.0.0.7]:1", &["2001:db8::1"]),
            "2001:db8::1"
        );
        let naughty: &[&str] = &["", ",", ", ,", "127.0.0.1' OR 1=1", "$(id)"];
        for forwarded in naughty {
            assert_eq!(
                seen(trusted, peer, &[forwarded]),
                "10.0.0.7",
                "{forwarded:?}"
            );
        }
    }

    /// A proxy for TLS on the machine of docker-compose.scale.yml, the gateway of Docker's network, HAProxy; and for
    /// the issuer the pages and HAProxy once more.
    #[test]
    fn through_all_proxies_of_the_scale_file_a_browser_is_where_it_is() {
        let trusted = "172.16.0.0/12,fc00::/7";
        let (haproxy, over_v6) = ("172.18.0.9:1", "[fd00:18::9]:1");
        for (peer, forwarded, browser) in [
            (haproxy, &["203.0.113.9", "172.18.0.1"][..], "203.0.113.9"),
            (
                haproxy,
                &["198.51.100.1, 203.0.113.9", "172.18.0.1"],
                "203.0.113.9",
            ),
            (
                haproxy,
                &["172.18.0.7, 203.0.113.9", "172.18.0.1"],
                "203.0.113.9",
            ),
            (haproxy, &["203.0.113.9", "172.18.0.5"], "203.0.113.9"),
            (haproxy, &["2001:db8::9", "172.18.0.1"], "2001:db8::9"),
            (over_v6, &["2001:db8::9", "fd00:18::1"], "2001:db8::9"),
            (
                over_v6,
                &["198.51.100.1, 2001:db8::9", "fd00:18::5"],
                "2001:db8::9",
            ),
        ] {
            assert_eq!(seen(trusted, peer, forwarded), browser, "{forwarded:?}");
        }
    }

    #[test]
    fn one_more_is_trusted_and_never_all_of_a_machine() {
        let trusted: TrustedProxies = "10.0.0.0/8".parse().unwrap();
        let and = |address: &str| trusted.and(address.parse().unwrap());
        for (address, others) in [
            ("192.168.7.7", 2),
            ("::ffff:192.168.7.7", 2),
            ("0.0.0.0", 1),
            ("::", 1),
        ] {
            let trusted = and(address);
            assert_eq!(trusted.0.0.len(), others, "{address}");
            assert!(!trusted.trusts_everybody(), "{address}");
            assert!(trusted.trusts([10, 1, 2, 3].into()), "{address}");
        }
        assert!(and("::ffff:192.168.7.7").trusts([192, 168, 7, 7].into()));
        assert!(and("2001:db8::7").trusts("2001:db8::7".parse().unwrap()));
        assert!(!and("2001:db8::7").trusts("2001:db8::8".parse().unwrap()));
    }

    #[test]
    fn networks_are_read_or_named() {
        assert!(
            "10.0.0.0/8, ::1,127.0.0.1,"
                .parse::<TrustedProxies>()
                .is_ok()
        );
        for bad in ["10.0.0.0/33", "proxy", "10.0.0"] {
            let why = bad.parse::<TrustedProxies>().unwrap_err().to_string();
            assert!(why.contains(bad), "{why}");
        }
    }

    #[test]
    fn what_a_program_calls_itself_is_cut_and_cleaned() {
        let mut request = Request::new(Body::empty());
        let name = [b"a\x01\xffb".as_slice(), &[b'x'; 9_000]].concat();
        // Control characters never get this far over a socket; bytes beyond ASCII do.
        let value = http::HeaderValue::from_bytes(&name[..1]).unwrap();
        request.headers_mut().insert(USER_AGENT, value);
        let seen = |request: &Request| client(request, &TrustedProxies::default()).user_agent;
        assert_eq!(seen(&request).unwrap(), "a");
        let value = http::HeaderValue::from_bytes(&name[2..]).unwrap();
        request.headers_mut().insert(USER_AGENT, value);
        let shown = seen(&request).unwrap();
        assert!(shown.starts_with("bx") && shown.len() == MAX_USER_AGENT);
        request
            .headers_mut()
            .insert(USER_AGENT, " ".parse().unwrap());
        assert_eq!(seen(&request), None);
    }
}
