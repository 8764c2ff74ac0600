//! Addresses and networks (CIDR), as settings list them.

use std::{net::IpAddr, str::FromStr, sync::Arc};

use ipnet::{IpNet, Ipv4Net};
use thiserror::Error;

/// It is no list of networks.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{0:?} is no address and no network: write such as 127.0.0.1 or 10.0.0.0/8, with commas between"
)]
pub struct BadNetwork(String);

/// A list of networks; empty by default, which holds nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(pub(crate) Arc<[IpNet]>);

impl Networks {
    /// This machine.
    pub fn loopback() -> Self {
        let loopback = [
            IpNet::from(IpAddr::from([127, 0, 0, 1])),
            IpNet::from(IpAddr::from(1u128.to_be_bytes())),
        ];
        Self(loopback.into())
    }

    /// Whether one of them holds this address; IPv4 in IPv6's clothes counts as IPv4.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for Networks {
    type Err = BadNetwork;

    /// Reads addresses and networks with commas between.
    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let network = |word: &str| {
            let alone = word.parse().map(|address: IpAddr| IpNet::from(address));
            alone
                .or_else(|_| word.parse::<IpNet>())
                .map(canonical)
                .map_err(|_| BadNetwork(word.to_owned()))
        };
        let words = text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty());
        words.map(network).collect::<Result<_, _>>().map(Self)
    }
}

/// IPv4 in IPv6's clothes as IPv4, as addresses are compared.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(wide) = network else {
        return network;
    };
    let narrow = wide
        .addr()
        .to_ipv4_mapped()
        .zip(wide.prefix_len().checked_sub(96));
    let narrow = narrow.and_then(|(address, length)| Ipv4Net::new(address, length).ok());
    narrow.map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_one_of_them_or_not() {
        let networks: Networks = "10.0.0.0/8, ::1".parse().unwrap();
        for (address, expected) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("::1", true),
            ("127.0.0.1", false),
            ("::2", false),
        ] {
            assert_eq!(networks.contain(address.parse().unwrap()), expected);
        }
        let mapped: Networks = "::ffff:127.0.0.1, ::ffff:10.0.0.0/104".parse().unwrap();
        for (address, expected) in [
            ("127.0.0.1", true),
            ("::ffff:127.0.0.1", true),
            ("10.1.2.3", true),
            ("127.0.0.2", false),
            ("11.1.2.3", false),
        ] {
            assert_eq!(mapped.contain(address.parse().unwrap()), expected);
        }
        assert!(Networks::loopback().contain("127.0.0.1".parse().unwrap()));
        assert!(!Networks::default().contain("127.0.0.1".parse().unwrap()));
    }
}
