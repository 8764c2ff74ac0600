//! A guard that follows a key server on a clock of its own.

use std::{sync::Arc, time::Duration};

use tegata_guard::{
    Guard, JwksSource, JwksStatus, Keys,
    testing::{KeyServer, ManualClock, Mint},
    token::{Algorithm, Reason},
};
use time::{Duration as Span, OffsetDateTime, macros::datetime};
use tokio::time::{interval, timeout};

pub(crate) const START: OffsetDateTime = datetime!(2026-07-01 12:00 UTC);

/// How long a test waits for what should happen at once.
const PATIENCE: Duration = Duration::from_secs(10);

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

    /// Waits until there are keys.
    pub(crate) async fn is_fetched(&self) {
        until(async || self.status().serving).await;
    }

    /// Waits until the keys were fetched so long ago, by the clock of the test.
    pub(crate) async fn has_age(&self, age: Duration) {
        until(async || self.status().age == Some(age)).await;
    }

    /// An hour later the keys are fetched anew, while the old ones serve.
    pub(crate) async fn asks_again(&self, mint: &Mint) {
        let asked = self.server.requests();
        self.clock.advance(Span::HOUR);
        until(async || {
            // An attempt that ends only now may have set the next one a few seconds later.
            self.clock.advance(Span::seconds(20));
            assert_eq!(self.says(mint).await, "good");
            self.server.requests() > asked
        })
        .await;
    }

    pub(crate) fn status(&self) -> JwksStatus {
        self.keys.status().unwrap()
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

pub(crate) async fn until(holds: impl AsyncFn() -> bool) {
    let look = async {
        let mut again = interval(Duration::from_millis(5));
        while !holds().await {
            again.tick().await;
        }
    };
    timeout(PATIENCE, look).await.unwrap();
}
