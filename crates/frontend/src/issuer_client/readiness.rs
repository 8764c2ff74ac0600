//! What readiness asks the issuer.

use std::time::Duration;

use serde::Deserialize;

use super::IssuerClient;

/// Readiness asks often and wants to know soon.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
struct Readiness {
    keys: KeyIds,
}

#[derive(Deserialize)]
struct KeyIds {
    signing: String,
}

impl IssuerClient {
    /// The `kid` that the issuer signs with now; none when it cannot be reached.
    pub(crate) async fn signing_key_id(&self) -> Option<String> {
        let request = self
            .http
            .get(self.at("/health/ready"))
            .timeout(HEALTH_TIMEOUT);
        let answer = request.send().await.ok()?;
        let readiness: Readiness = answer.json().await.ok()?;
        Some(readiness.keys.signing)
    }
}
