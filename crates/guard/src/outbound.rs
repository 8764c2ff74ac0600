//! How the guard asks other machines: at which addresses, with which client, and how much of an answer it reads.

use std::{error::Error, time::Duration};

use reqwest::{Client, ClientBuilder, Response, redirect::Policy};
use url::{Host, Url};

/// Some servers answer nobody who does not say who asks.
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
/// A connection that takes longer will not come. Short, so that after an outage the next attempt is near.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// While an answer is awaited for long, the other side's machine shows every second that it is there.
const KEEPALIVE: Duration = Duration::from_secs(1);
const KEEPALIVE_RETRIES: u32 = 2;
/// A request that nobody acknowledges for so long has not arrived.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(3);

/// Why an address is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressRefused {
    /// It is no `https://` or `http://` address, or it carries a user, a password or a fragment.
    Bad,
    /// http to another machine, and nobody allowed that.
    PlainHttp,
}

/// Reads an address: `https://`, or `http://` on this machine, or `http://` anywhere when `plain_http` allows it.
pub(crate) fn address(text: &str, plain_http: bool) -> Result<Url, AddressRefused> {
    let url = Url::parse(text).map_err(|_| AddressRefused::Bad)?;
    let bare = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    match url.scheme() {
        "https" if bare => Ok(url),
        "http" if bare && (plain_http || is_loopback(&url)) => Ok(url),
        "http" if bare => Err(AddressRefused::PlainHttp),
        _ => Err(AddressRefused::Bad),
    }
}

/// Whether this machine itself is meant.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A client of this address alone. Over plain http nobody shows a certificate, so those of the authorities, which take
/// longer to read than all else at the start, are left where they are.
pub(crate) fn client_of(address: &Url) -> Result<Client, reqwest::Error> {
    match address.scheme() {
        "http" => build(Client::builder().tls_certs_only([])),
        _ => client(),
    }
}

/// A client of any address.
pub(crate) fn client() -> Result<Client, reqwest::Error> {
    build(Client::builder())
}

/// Follows no redirect and asks no proxy: what is trusted is the machine of the address, and nobody else.
fn build(client: ClientBuilder) -> Result<Client, reqwest::Error> {
    #[cfg(target_os = "linux")]
    let client = client.tcp_user_timeout(UNACKNOWLEDGED);
    client
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_keepalive(KEEPALIVE)
        .tcp_keepalive_interval(KEEPALIVE)
        .tcp_keepalive_retries(KEEPALIVE_RETRIES)
        .redirect(Policy::none())
        .no_proxy()
        .build()
}

/// The body, or nothing when it is larger than `most` bytes. Not a byte more than one chunk beyond it is read.
pub(crate) async fn body(
    mut response: Response,
    most: usize,
) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > most {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// The innermost cause says most; the outer ones say "error sending request". No address is in it.
pub(crate) fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut innermost: &dyn Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
