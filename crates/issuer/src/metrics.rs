//! What the issuer counts beside its answers. Labels are words of this code; nothing that somebody sent is one, and
//! refused logins are one word: whoever reads metrics does not learn which names exist.

use std::{fmt, sync::Arc, time::Duration};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{
        counter::{ConstCounter, Counter},
        gauge::ConstGauge,
        histogram::Histogram,
    },
    registry::Registry,
};
use tegata_server::metrics::{Outcome, Reason as Refused, Timer, Words, seconds};
use tegata_token::Reason;

use crate::{
    audit::Audit,
    error::ApiError,
    hasher::{Hasher, Observer},
    login::Refused as LoginRefused,
    signing::TokenKeys,
    store::measured::OPERATIONS,
};

const LOGINS: [&str; 5] = ["success", "refused", "throttled", "busy", "unavailable"];
const REFRESHES: [&str; 4] = ["success", "invalid", "over", "unavailable"];

/// The issuer's own counts; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    logins: Words<Outcome>,
    refreshes: Words<Outcome>,
    refusals: Words<Refused>,
    /// For the hashing threads.
    pub(crate) hashing: Arc<HashingCounts>,
    /// For the store.
    pub(crate) store: Timer,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            logins: Words::of(LOGINS.map(Outcome::from)),
            refreshes: Words::of(REFRESHES.map(Outcome::from)),
            refusals: Words::of(Reason::CODES.map(Refused::from)),
            hashing: Arc::default(),
            store: Timer::of(OPERATIONS),
        }
    }
}

impl Counts {
    /// What became of a name and a password.
    pub(crate) fn login<T>(&self, outcome: &Result<T, LoginRefused>) {
        let word = match outcome {
            Ok(_) => "success",
            Err(LoginRefused::Credentials) => "refused",
            Err(LoginRefused::Busy(_) | LoginRefused::Queued) => "busy",
            Err(LoginRefused::TooMany(_)) => "throttled",
            Err(LoginRefused::Unavailable(_) | LoginRefused::Keys(_)) => "unavailable",
        };
        self.logins.count(&word.into());
    }

    /// What became of a refresh token.
    pub(crate) fn refresh<T>(&self, outcome: &Result<T, ApiError>) {
        let word = match outcome {
            Ok(_) => "success",
            Err(ApiError::RefreshRefused(None)) => "invalid",
            Err(ApiError::RefreshRefused(Some(_))) => "over",
            Err(_) => "unavailable",
        };
        self.refreshes.count(&word.into());
    }

    /// Why an access token was refused.
    pub(crate) fn refusal(&self, reason: Reason) {
        self.refusals.count(&reason.code().into());
    }

    pub(crate) fn register(
        &self,
        registry: &mut Registry,
        (audit, hasher): (&Audit, &Hasher),
        keys: &Arc<TokenKeys>,
    ) {
        self.logins.register(
            registry,
            "logins",
            "Names and passwords that were sent, by what became of them",
        );
        self.refreshes.register(
            registry,
            "refreshes",
            "Refresh tokens that were sent, by what became of them",
        );
        self.refusals.register(
            registry,
            "refusals",
            "Requests whose access token was refused, by the code of the reason",
        );
        self.hashing.register(registry);
        self.store.register_store(registry);
        audit.register(registry);
        registry.register_collector(Box::new(Present {
            audit: audit.clone(),
            hasher: hasher.clone(),
            keys: Arc::clone(keys),
        }));
    }
}

/// What the hashing threads tell.
#[derive(Debug)]
pub(crate) struct HashingCounts {
    waited: Histogram,
    worked: Histogram,
    refused: Counter,
}

impl Default for HashingCounts {
    fn default() -> Self {
        Self {
            waited: seconds(),
            worked: seconds(),
            refused: Counter::default(),
        }
    }
}

impl Observer for HashingCounts {
    fn waited(&self, time: Duration) {
        self.waited.observe(time.as_secs_f64());
    }

    fn worked(&self, time: Duration) {
        self.worked.observe(time.as_secs_f64());
    }

    fn refused(&self) {
        self.refused.inc();
    }
}

impl HashingCounts {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "hashing_wait_seconds",
            "How long a password waited for its thread",
            self.waited.clone(),
        );
        registry.register(
            "hashing_work_seconds",
            "How long a password was worked on, others in step with it",
            self.worked.clone(),
        );
        registry.register(
            "hashing_refused",
            "Passwords for which there was no place, or whose turn did not come in time",
            self.refused.clone(),
        );
    }
}

/// What is looked up when somebody asks; in memory, never in the store.
#[derive(Debug)]
struct Present {
    audit: Audit,
    hasher: Hasher,
    keys: Arc<TokenKeys>,
}

impl Collector for Present {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let lost = ConstCounter::new(self.audit.lost());
        lost.encode(encoder.encode_descriptor(
            "audit_events_lost",
            "Audit events that the log alone has",
            None,
            lost.metric_type(),
        )?)?;
        let mut gauge = |name: &str, help: &str, value: f64| {
            let gauge = ConstGauge::new(value);
            let kind = gauge.metric_type();
            gauge.encode(encoder.encode_descriptor(name, help, None, kind)?)
        };
        gauge(
            "audit_events_waiting",
            "Audit events that are not in the store yet",
            self.audit.waiting() as f64,
        )?;
        let load = self.hasher.load();
        gauge(
            "hashing_waiting",
            "Passwords that wait for a thread",
            load.waiting as f64,
        )?;
        gauge(
            "hashing_running",
            "Passwords that are being hashed",
            load.running as f64,
        )?;
        let age = self.keys.signing_age();
        if let Some(age) = age {
            gauge(
                "signing_key_age_seconds",
                "How long the key pair that signs has been signing",
                age.as_seconds_f64(),
            )?;
        }
        Ok(())
    }
}
