//! Accounts to log in with, each from an address of its own.

use std::{net::Ipv4Addr, thread};

use serde_json::json;

use crate::{Client, Request};

/// All of them; none is the account of a [`Person`](crate::Person).
const PASSWORD: &str = "eight barriers on the road";
/// As many threads as there are cores do not wait for each other's hashes.
const AT_ONCE: usize = 4;

/// An account.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Where its owner is.
    pub address: Ipv4Addr,
}

/// A pair of tokens.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// For guarded routes.
    pub access: String,
    /// For the next pair.
    pub refresh: String,
}

impl Member {
    /// So many accounts, registered at this issuer.
    ///
    /// # Panics
    /// When one is refused.
    pub fn register(api: &str, count: usize) -> Vec<Self> {
        let members: Vec<Self> = (0..count).map(Self::numbered).collect();
        thread::scope(|scope| {
            for some in members.chunks(count.div_ceil(AT_ONCE).max(1)) {
                scope.spawn(move || {
                    let mut client = Client::new(api);
                    for member in some {
                        let body = json!({ "username": member.name, "password": PASSWORD });
                        let request = Request::json("POST", "/users", &body);
                        let answer = client.ask(&request.from_address(member.address)).unwrap();
                        assert_eq!(answer.status, 201, "{}", answer.said());
                    }
                });
            }
        });
        members
    }

    /// A right login at the issuer.
    pub fn log_in(&self) -> Request {
        Request::log_in(&self.name, PASSWORD).from_address(self.address)
    }

    /// A right login at the pages.
    pub fn sign_in(&self) -> Request {
        Request::sign_in(&self.name, PASSWORD).from_address(self.address)
    }

    /// What a right login gives.
    ///
    /// # Panics
    /// When it is refused.
    pub fn tokens(&self, api: &str) -> Tokens {
        let answer = Client::new(api).ask(&self.log_in()).unwrap();
        let member = |name: &str| {
            let text = answer.member(name);
            text.unwrap_or_else(|| panic!("not let in: {}", answer.said()))
        };
        Tokens {
            access: member("access_token"),
            refresh: member("refresh_token"),
        }
    }

    /// What a right login on the pages gives, `name=value`.
    ///
    /// # Panics
    /// When it is refused.
    pub fn cookie(&self, pages: &str) -> String {
        let answer = Client::new(pages).ask(&self.sign_in()).unwrap();
        let cookie = answer.cookie("tegata");
        cookie.unwrap_or_else(|| panic!("not signed in: {}", answer.said()))
    }

    fn numbered(number: usize) -> Self {
        let [.., high, low] = u32::try_from(number).unwrap_or_default().to_be_bytes();
        Self {
            name: format!("member{number}"),
            address: Ipv4Addr::new(10, 78, high, low),
        }
    }
}
