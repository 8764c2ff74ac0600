//! The task that asks a key server: when the keys grow old, and when somebody wants newer ones. There is one for
//! each [`RemoteKeys`](super::RemoteKeys), so that no two requests to the server are ever under way at once, and
//! nobody who hangs up ends one.

use std::{sync::Arc, time::Duration};

use reqwest::Client;
use tegata_token::{KeyRefused, jwk::Skipped};
use tokio::time::{Instant, timeout};
use url::Url;

use super::{
    attempts::Attempts,
    discovery::key_set_address,
    fetch::{Failure, Fetched, key_set},
    held::{Held, Learned},
    source::Target,
};

/// How long an issuer's word on where its keys are holds; a failure ends it sooner.
const METADATA_LIFE: Duration = Duration::from_secs(60 * 60);
/// A name in a log line: more of it says no more.
const MOST_OF_A_NAME: usize = 64;

pub(super) struct Refresher {
    pub(super) http: Client,
    pub(super) target: Target,
    pub(super) held: Arc<Held>,
    pub(super) attempts: Arc<Attempts>,
    /// Where the issuer's key set is, and when it said so.
    pub(super) found: Option<(Url, Instant)>,
}

impl Refresher {
    /// Never ends by itself.
    pub(super) async fn run(mut self) {
        loop {
            // Whichever comes first.
            let _ = timeout(self.held.until_due(), self.attempts.wanted()).await;
            self.attempts.begin();
            match self.fetch().await {
                Ok(fetched) => {
                    let keys = fetched.set.keys.len();
                    self.tell(&self.held.learn(fetched), keys);
                }
                Err(failure) => self.fail(&failure),
            }
            self.attempts.end();
        }
    }

    async fn fetch(&mut self) -> Result<Fetched, Failure> {
        let url = match (&self.target, &self.found) {
            (Target::KeySet(url), _) => url.clone(),
            (Target::Issuer(_), Some((url, at))) if at.elapsed() < METADATA_LIFE => url.clone(),
            (Target::Issuer(issuer), _) => {
                let found = key_set_address(&self.http, issuer).await?;
                self.found = Some((found.clone(), Instant::now()));
                found
            }
        };
        key_set(&self.http, url).await
    }

    fn fail(&mut self, failure: &Failure) {
        // It may have moved.
        self.found = None;
        let server = self.target.origin();
        let failed = self.held.fail(failure);
        if failed.first {
            tracing::warn!(
                cause = %failure,
                server,
                serving = failed.serving,
                "the keys of the key server cannot be fetched: the last good ones serve on, if there are any"
            );
        } else {
            tracing::debug!(cause = %failure, server, "the keys still cannot be fetched");
        }
        if failed.too_old {
            tracing::error!(
                server,
                "the last good keys of the key server are too old: its tokens are answered 503"
            );
        }
    }

    fn tell(&self, learned: &Learned, keys: usize) {
        let server = self.target.origin();
        for Skipped { kid, why } in &learned.skipped {
            let name = kid.as_deref().unwrap_or_default();
            let kid: String = name.chars().take(MOST_OF_A_NAME).collect();
            match why {
                // Keys for something else are usual: Keycloak's for encryption, say.
                KeyRefused::NotForSignatures | KeyRefused::UnknownAlgorithm => {
                    tracing::debug!(server, ?kid, "a key is left out: {why}");
                }
                _ => tracing::warn!(server, ?kid, "a key of the key server is left out: {why}"),
            }
        }
        if learned.is_back {
            tracing::info!(server, keys, "the key server answers again");
        }
        if learned.changed {
            tracing::info!(server, keys, "the keys of the key server are new here");
        }
    }
}
