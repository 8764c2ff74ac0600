//! Whose word on addresses is taken.

use std::{collections::BTreeSet, net::IpAddr};

use tegata_frontend::config::PublicUrl;
use tegata_issuer::store::Store;
use tegata_server::TrustedProxies;
use tegata_token::{Clock, SystemClock};

use super::report::Report;

/// So many login sessions are looked at.
const SESSIONS: usize = 200;
/// From fewer nothing can be concluded.
const ENOUGH: usize = 3;

pub(super) fn judge_settings(
    report: &mut Report,
    public: Option<&(String, PublicUrl)>,
    trusted: Option<&TrustedProxies>,
) {
    let behind_tls = public.is_some_and(|(_, url)| url.is_secure());
    match trusted {
        Some(trusted) if trusted.trusts_everybody() => report.fail(
            "proxies",
            "TRUSTED_PROXIES trusts every address, so anybody can claim to come from anywhere",
            "list the addresses of your proxies alone",
        ),
        Some(trusted) if !trusted.is_empty() => report.ok("proxies", "TRUSTED_PROXIES is set"),
        _ if behind_tls => report.warn(
            "proxies",
            "PUBLIC_URL is https, so a proxy stands in front, and TRUSTED_PROXIES is empty: every login seems to come from the proxy",
            "set TRUSTED_PROXIES to its address",
        ),
        _ => report.ok("proxies", "TRUSTED_PROXIES is empty: X-Forwarded-For is ignored"),
    }
}

/// Logins that all come from one private address come from a proxy.
pub(super) async fn judge_addresses(
    report: &mut Report,
    public: Option<&(String, PublicUrl)>,
    store: &dyn Store,
) {
    if !public.is_some_and(|(_, url)| url.is_secure()) {
        return;
    }
    let Ok(sessions) = store
        .sessions_after(None, SystemClock.now(), SESSIONS)
        .await
    else {
        return;
    };
    let addresses = sessions.iter().filter_map(|session| session.client.address);
    let all: Vec<IpAddr> = addresses.collect();
    let different: BTreeSet<&IpAddr> = all.iter().collect();
    if let (true, [address]) = (all.len() >= ENOUGH, &Vec::from_iter(different)[..])
        && is_private(**address)
    {
        report.warn(
            "proxies",
            format!(
                "all of {} login sessions seem to come from {address}, which looks like the proxy",
                all.len()
            ),
            "add it to TRUSTED_PROXIES, of the issuer too",
        );
    }
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    }
}
