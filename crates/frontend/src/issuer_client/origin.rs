//! What the issuer makes of the address that these pages name.

use std::{net::IpAddr, time::Duration};

use serde::Deserialize;

use super::{FORWARDED_FOR, IssuerClient};

/// Readiness answers at once, or not for a good while.
const TIME_LIMIT: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
struct Ready {
    asked_from: Option<IpAddr>,
}

impl IssuerClient {
    /// Where the issuer thinks that a question comes from which is asked for a browser at this address. None when it
    /// does not say, as an older one.
    pub(crate) async fn origin_of(&self, claimed: IpAddr) -> Option<IpAddr> {
        let request = self.http.get(self.at("/health/ready")).timeout(TIME_LIMIT);
        let answer = request.header(FORWARDED_FOR, claimed.to_string()).send();
        let ready: Ready = answer.await.ok()?.json().await.ok()?;
        ready.asked_from
    }
}
