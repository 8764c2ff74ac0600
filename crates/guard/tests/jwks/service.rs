//! A guard that follows a key server on a clock of its own.

use std::sync::Arc;

use tegata_guard::{
    Guard, JwksSource, Keys,
    testing::{KeyServer, ManualClock, Mint},
    token::{Algorithm, Reason},
};
use time::{OffsetDateTime, macros::datetime};

pub(crate) const START: OffsetDateTime = datetime!(2026-07-01 12:00 UTC);

/// A key server, a guard that trusts it, and the clock of all three.
pub(crate) struct Trio {
    pub(crate) server: KeyServer,
    pub(crate) keys: Keys,
    pub(crate) guard: Guard,
    pub(crate) clock: ManualClock,
}

impl Trio {
    pub(crate) fn start() -> Self {
        Self::with(|_| {}, |source| source)
    }

    /// With a server that does something from the beginning, and other settings.
    pub(crate) fn with(
        prepare: impl FnOnce(&KeyServer),
        settings: impl FnOnce(JwksSource) -> JwksSource,
    ) -> Self {
        let clock = ManualClock::new(START);
        let server = server(&clock);
        prepare(&server);
        let source = JwksSource::at(server.url()).with_clock(Arc::new(clock.clone()));
        let keys = Keys::jwks(settings(source)).unwrap();
        let guard = Guard::new(keys.clone()).with_clock(Arc::new(clock.clone()));
        Self {
            server,
            keys,
            guard,
            clock,
        }
    }

    /// What the guard says to a token of this mint: "good", or the code of the reason.
    pub(crate) async fn says(&self, mint: &Mint) -> &'static str {
        said(&self.guard, &mint.token("user-1")).await
    }
}

/// A key server whose tokens are issued by this clock.
pub(crate) fn server(clock: &ManualClock) -> KeyServer {
    KeyServer::of(stranger(clock))
}

/// A fresh key that nobody publishes.
pub(crate) fn stranger(clock: &ManualClock) -> Mint {
    Mint::new(Algorithm::ES256).with_clock(Arc::new(clock.clone()))
}

pub(crate) async fn said(guard: &Guard, token: &str) -> &'static str {
    guard
        .check(token)
        .await
        .map_or_else(Reason::code, |_| "good")
}
