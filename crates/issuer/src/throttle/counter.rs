//! What attempts are counted by: an account, a client address, or both, named so that no store holds what
//! somebody typed.

use std::{fmt, net::IpAddr};

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long a count is remembered.
pub(crate) const REMEMBERED: Duration = Duration::hours(1);
/// The clocks of two issuers differ by less: what lies further ahead was counted by a clock that was set back since.
pub(crate) const AHEAD: Duration = Duration::minutes(5);

/// An account that somebody tries to get into: one of ours by its id, whatever name it has by then, and any other
/// name as a keyed hash, since people type passwords there.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub struct Account(String);

impl Account {
    /// The account of this user.
    pub fn of_user(id: Uuid) -> Self {
        Self(format!("u-{id}"))
    }

    /// The account that there is none of, by the tag of the name that was typed.
    pub fn of_nobody(tag: &str) -> Self {
        Self(format!("n-{tag}"))
    }
}

/// Where attempts come from: an IPv4 address, or the /64 that one household or machine has of IPv6.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub struct Origin(Option<IpAddr>);

impl Origin {
    /// The origin of this address. Where nothing is connected, as in a test, all is one.
    pub fn of(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V6(v6) => {
                let network = u128::from(v6) & !u128::from(u64::MAX);
                IpAddr::from(network.to_be_bytes())
            }
            v4 => v4,
        }))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address @ IpAddr::V4(_)) => write!(f, "{address}"),
            Some(network @ IpAddr::V6(_)) => write!(f, "{network}/64"),
            None => f.write_str("-"),
        }
    }
}

/// Something that a store counts, and until when it remembers the count.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub struct Counter {
    pub(crate) key: String,
    pub(crate) lasts: Lasts,
}

/// When a count is over.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(crate) enum Lasts {
    /// An hour after the last one.
    SinceLast,
    /// An hour after the first one.
    SinceFirst,
}

impl Counter {
    fn new(key: String, lasts: Lasts) -> Self {
        Self { key, lasts }
    }

    /// Failures at this account from this origin.
    pub fn pair(account: &Account, origin: Origin) -> Self {
        let key = format!("pair/{}/{origin}", account.0);
        Self::new(key, Lasts::SinceLast)
    }

    /// The keys of all pairs of an account are between these: `0` follows `/`.
    pub(crate) fn pairs_of(account: &Account) -> (String, String) {
        let id = &account.0;
        (format!("pair/{id}/"), format!("pair/{id}0"))
    }

    /// Failures from this origin, at whatever account.
    pub fn address(origin: Origin) -> Self {
        Self::new(format!("address/{origin}"), Lasts::SinceLast)
    }

    /// Failures to log in to this account, from wherever.
    pub fn account(account: &Account) -> Self {
        Self::new(format!("account/{}", account.0), Lasts::SinceLast)
    }

    /// Failures of whoever is signed in to this account already, from wherever: those who try to log in do not
    /// keep its owner from changing the password.
    pub fn caller(account: &Account) -> Self {
        Self::new(format!("caller/{}", account.0), Lasts::SinceLast)
    }

    /// Accounts that were registered from this origin.
    pub fn registrations(origin: Origin) -> Self {
        Self::new(format!("registration/{origin}"), Lasts::SinceFirst)
    }
}

/// Whose failures at an account are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of whoever tries from this origin, as [`Origin`] is written.
    From(String),
    /// Of whoever tries to log in, from wherever.
    Anybody,
    /// Of whoever is signed in to it already.
    SignedIn,
}

impl Whose {
    /// Whose the counter of this key is, if it is one of this account.
    pub(crate) fn of(account: &Account, key: &str) -> Option<Self> {
        let (pairs, _) = Counter::pairs_of(account);
        if let Some(origin) = key.strip_prefix(&pairs) {
            Some(Self::From(origin.to_owned()))
        } else if key == Counter::account(account).key {
            Some(Self::Anybody)
        } else if key == Counter::caller(account).key {
            Some(Self::SignedIn)
        } else {
            None
        }
    }
}

/// What a store has counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u32,
    /// When the last one was.
    pub at: OffsetDateTime,
    /// When they are forgotten.
    pub until: OffsetDateTime,
}

impl Tally {
    /// Nothing was counted.
    pub const NONE: Self = Self {
        count: 0,
        at: OffsetDateTime::UNIX_EPOCH,
        until: OffsetDateTime::UNIX_EPOCH,
    };
    /// More are not told apart.
    pub(crate) const MOST: u32 = 1_000_000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_client_is_its_64_and_an_ipv4_client_is_itself_however_it_is_written() {
        let origin = |text: &str| Origin::of(Some(text.parse().unwrap())).to_string();
        assert_eq!(origin("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(origin("2001:db8:1:2::"), origin("2001:db8:1:2:ffff::1"));
        assert_ne!(origin("2001:db8:1:2::"), origin("2001:db8:1:3::"));
        assert_eq!(origin("203.0.113.9"), "203.0.113.9");
        assert_eq!(origin("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(Origin::of(None).to_string(), "-");
    }
}
