//! What the frontend counts beside its answers. Labels are words of this code; nothing that somebody sent is one.

use std::fmt;

use axum::{
    extract::{Request, State},
    response::Response,
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::Counter, gauge::ConstGauge},
    registry::Registry,
};
use tegata_guard::{Guard, KeyAgreement, Keys, Revocations, token::Reason};
use tegata_server::metrics::{Cause as CauseLabel, Outcome, Reason as ReasonLabel, Timer, Words};

use crate::{
    app::App,
    background::Background,
    cause::Cause,
    error::PageError,
    issuer_client::{LoginError, NotNow, QUESTIONS, RefreshError},
    require_login::Stopped,
    session::OPERATIONS,
};

const SIGN_INS: [&str; 6] = [
    "success",
    "refused",
    "throttled",
    "busy",
    "too_large",
    "unavailable",
];
const REFRESHES: [&str; 5] = ["success", "over", "throttled", "unclear", "unavailable"];
/// Why somebody is stopped at the wall, beside the reasons of the guard.
const STOPS: [&str; 2] = ["login_required", "session_unknown"];

/// The frontend's own counts; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    sign_ins: Words<Outcome>,
    refreshes: Words<Outcome>,
    refusals: Words<ReasonLabel>,
    begun: Counter,
    ended: Words<CauseLabel>,
    /// For the session database.
    pub(crate) records: Timer,
    /// For what the issuer is asked.
    pub(crate) issuer: Timer,
}

impl Default for Counts {
    fn default() -> Self {
        let stops = Reason::CODES.into_iter().chain(STOPS);
        Self {
            sign_ins: Words::of(SIGN_INS.map(Outcome::from)),
            refreshes: Words::of(REFRESHES.map(Outcome::from)),
            refusals: Words::of(stops.map(ReasonLabel::from)),
            begun: Counter::default(),
            ended: Words::of(Cause::ALL.map(|cause| cause.code().into())),
            records: Timer::of(OPERATIONS),
            issuer: Timer::of(QUESTIONS),
        }
    }
}

impl Counts {
    /// What the issuer said to a name and a password.
    pub(crate) fn sign_in<T>(&self, answer: &Result<T, LoginError>) {
        let word = match answer {
            Ok(_) => "success",
            Err(LoginError::Credentials) => "refused",
            Err(LoginError::TooLarge) => "too_large",
            Err(LoginError::NotNow(NotNow::TooManyAttempts(_))) => "throttled",
            Err(LoginError::NotNow(NotNow::Busy(_))) => "busy",
            Err(LoginError::NotNow(NotNow::Unavailable(_))) => "unavailable",
        };
        self.sign_ins.count(&word.into());
    }

    /// What the issuer said to a refresh token.
    pub(crate) fn refresh<T>(&self, answer: &Result<T, RefreshError>) {
        let word = match answer {
            Ok(_) => "success",
            Err(RefreshError::Over(_)) => "over",
            Err(RefreshError::TooOften(_)) => "throttled",
            Err(RefreshError::Lost | RefreshError::Unclear) => "unclear",
            Err(RefreshError::Unavailable) => "unavailable",
        };
        self.refreshes.count(&word.into());
    }

    /// Somebody was stopped at the wall.
    pub(crate) fn stopped(&self, why: Stopped) {
        self.refusals.count(&why.code().into());
    }

    /// A session has begun.
    pub(crate) fn session_begun(&self) {
        self.begun.inc();
    }

    /// A session has ended.
    pub(crate) fn session_ended(&self, cause: &'static str) {
        self.ended.count(&cause.into());
    }

    pub(crate) fn register(&self, registry: &mut Registry, state: Present) {
        self.sign_ins.register(
            registry,
            "sign_ins",
            "Names and passwords typed on the login page, by what became of them",
        );
        self.refreshes.register(
            registry,
            "refreshes",
            "Refresh tokens that the issuer was asked to replace, by what became of them",
        );
        self.refusals.register(
            registry,
            "refusals",
            "Requests that the wall stopped, by the code of the reason",
        );
        registry.register(
            "sessions_begun",
            "Browsers that signed in",
            self.begun.clone(),
        );
        let ended = "Sessions of browsers that were ended, by the code of the cause";
        self.ended.register(registry, "sessions_ended", ended);
        self.records.register_store(registry);
        self.issuer.register(
            registry,
            (
                "issuer_call_duration_seconds",
                "Time until the issuer answered",
            ),
            (
                "issuer_call_errors",
                "Questions that the issuer did not answer, or with 5xx",
            ),
        );
        registry.register_collector(Box::new(state));
    }
}

/// What is looked up when somebody asks: in memory, never in a store, and never by asking the issuer.
#[derive(Debug)]
pub(crate) struct Present {
    pub(crate) guard: Guard,
    pub(crate) agreement: KeyAgreement,
    pub(crate) background: Background,
}

impl Collector for Present {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut gauge = |name: &str, help: &str, value: f64| {
            let gauge = ConstGauge::new(value);
            let kind = gauge.metric_type();
            gauge.encode(encoder.encode_descriptor(name, help, None, kind)?)
        };
        let keys = self.agreement.last();
        gauge(
            "issuer_reachable",
            "Whether the issuer said which key it signs with when it was last asked: 1 or 0",
            f64::from(keys.reachable),
        )?;
        gauge(
            "keys_differ",
            "Whether the issuer signs with a key that is not known here, so that nobody can sign in: 1 or 0",
            f64::from(keys.differ()),
        )?;
        gauge(
            "background_tasks",
            "Refreshes and sign-outs that are under way at the issuer",
            self.background.len() as f64,
        )?;
        if let Some(jwks) = self.guard.keys().find_map(Keys::status) {
            gauge(
                "jwks_reachable",
                "Whether the last attempt to fetch the issuer's keys went well: 1 or 0",
                f64::from(jwks.reachable),
            )?;
            gauge(
                "jwks_keys",
                "Keys in the last good set",
                jwks.kids.len() as f64,
            )?;
            if let Some(age) = jwks.age {
                gauge(
                    "jwks_age_seconds",
                    "How long ago the issuer last gave a good set of keys",
                    age.as_secs_f64(),
                )?;
            }
        }
        if let Some(feed) = self.guard.revocations().map(Revocations::status) {
            gauge(
                "revocation_feed_reachable",
                "Whether the issuer's feed of ended sessions answered last: 1 or 0",
                f64::from(feed.reachable),
            )?;
            gauge(
                "revocation_feed_sessions",
                "Ended sessions whose tokens may still live",
                feed.ended as f64,
            )?;
            if let Some(age) = feed.age {
                gauge(
                    "revocation_feed_age_seconds",
                    "How long ago the feed was last known to be complete; up to 25 s are usual",
                    age.as_secs_f64(),
                )?;
            }
        }
        Ok(())
    }
}

/// `GET /metrics`; to anybody else it is not there.
pub(crate) async fn show(State(app): State<App>, request: Request) -> Result<Response, PageError> {
    let answer = app.scrapers.answer(&app.metrics, request);
    answer.ok_or(PageError::NotFound)
}
