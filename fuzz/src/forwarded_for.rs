//! Where a request comes from: nobody but a trusted proxy has a say in it, and nobody behind a stranger.

use std::{
    net::{IpAddr, SocketAddr},
    sync::LazyLock,
};

use http::{HeaderMap, HeaderName, HeaderValue, header::USER_AGENT};
use tegata_server::{Client, TrustedProxies, fuzzing::client};

use crate::input::{headers, kind};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static TRUSTED: LazyLock<TrustedProxies> =
    LazyLock::new(|| "10.0.0.0/8,127.0.0.1,::1,fd00::/8".parse().unwrap());

/// `X-Forwarded-For` headers on lines, from a proxy or from a stranger.
pub fn forwarded_for(data: &[u8]) {
    let (kind, lines) = kind(data, 2);
    let mut sent = headers(&FORWARDED_FOR, lines);
    for line in lines.split(|byte| *byte == b'\n').take(1) {
        if let Ok(name) = HeaderValue::from_bytes(line) {
            sent.insert(USER_AGENT, name);
        }
    }
    let peer: SocketAddr = if kind == 0 {
        "10.0.0.7:1"
    } else {
        "203.0.113.9:1"
    }
    .parse()
    .unwrap();
    let seen = of(&sent, peer);
    let address = seen.address.expect("somebody is connected");
    assert_eq!(address, address.to_canonical());
    if kind == 1 {
        assert_eq!(address, peer.ip(), "a stranger is believed");
    }
    if let Some(name) = &seen.user_agent {
        assert!(name.len() <= 512 && name.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        assert!(!name.trim().is_empty());
    }

    // Whoever is the first stranger, what he wrote himself changes nothing.
    let forged = HeaderValue::from_static("198.51.100.77, 10.0.0.9");
    let mut more = HeaderMap::new();
    more.append(FORWARDED_FOR, forged);
    for line in sent.get_all(&FORWARDED_FOR) {
        more.append(FORWARDED_FOR, line.clone());
    }
    let believed = of(&more, peer).address.expect("somebody is connected");
    if !is_trusted(address) || is_broken(&sent) {
        assert_eq!(believed, address, "what stands before a stranger counts");
    }
}

fn of(headers: &HeaderMap, peer: SocketAddr) -> Client {
    let client = client(headers.clone(), peer, &TRUSTED);
    assert_eq!(client, self::client_again(headers, peer));
    client
}

fn client_again(headers: &HeaderMap, peer: SocketAddr) -> Client {
    client(headers.clone(), peer, &TRUSTED)
}

/// An entry is no address, so the walk ends there at the latest.
fn is_broken(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(&FORWARDED_FOR).iter();
    let mut entries = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    entries.any(|entry| entry.trim_ascii().is_empty())
}

fn is_trusted(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.octets()[0] == 10 || v4.octets() == [127, 0, 0, 1],
        IpAddr::V6(v6) => v6.octets()[0] == 0xfd || v6.is_loopback(),
    }
}
