//! Fresh tokens for a session whose access token ends: one refresh in flight for each session, whose result
//! all who wait share, and which nobody who hangs up cancels.
//!
//! Here: who flies and who waits. What a flight does is `errand`, how it asks the issuer `exchange`, when it is
//! time for one `judgement`. Whether the result lets anybody in is the wall's business.

mod errand;
mod exchange;
mod judgement;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use secrecy::SecretString;
use tegata_guard::Guard;
use tegata_server::Client;
use tegata_token::Clock;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout, timeout_at},
};
use tower_sessions::session::Id;

use crate::{
    background::Background,
    cause::Cause,
    config::Patience,
    issuer_client::Wait,
    session::{Current, SealedStore, Tokens},
};

use errand::Errand;

pub(crate) use exchange::Exchange;
pub(crate) use judgement::{Judgement, judge};

/// Longer than a flight takes, unless the session store hangs; shorter than a request may take.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// What became of a refresh.
#[derive(Clone, Debug)]
pub(crate) enum Renewed {
    /// Tokens that are in the record now.
    Fresh(Tokens),
    /// The issuer refuses: the session is over.
    Over(Option<Cause>),
    /// There is no such session any more.
    Gone,
    /// The issuer does not answer.
    IssuerAway,
    /// It wants to be asked later: this session was refreshed too often lately.
    TooOften(Option<Wait>),
    /// The session store does not.
    StoreAway,
}

/// Refreshes sessions; clones share what is in flight.
#[derive(Clone, Debug)]
pub(crate) struct Refresher(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    exchange: Exchange,
    store: SealedStore,
    guard: Guard,
    clock: Arc<dyn Clock>,
    patience: Patience,
    background: Background,
    flights: Mutex<HashMap<Id, Flight>>,
}

#[derive(Clone, Debug)]
struct Flight {
    since: Instant,
    landed: watch::Receiver<Option<Renewed>>,
    /// Rung by whoever does not want to wait for the next attempt.
    again: Arc<Notify>,
}

impl Refresher {
    pub(crate) fn new(
        exchange: Exchange,
        store: SealedStore,
        (guard, clock): (Guard, Arc<dyn Clock>),
        patience: Patience,
        background: Background,
    ) -> Self {
        Self(Arc::new(Shared {
            exchange,
            store,
            guard,
            clock,
            patience,
            background,
            flights: Mutex::default(),
        }))
    }

    /// For a token that nobody accepts any more: waits for the result.
    pub(crate) async fn renew(&self, current: &Current, browser: &Client) -> Renewed {
        self.flight(current.id, None, browser).result().await
    }

    /// The same for one that only the issuer refused.
    pub(crate) async fn renew_refused(&self, current: &Current, browser: &Client) -> Renewed {
        let refused = Some(current.tokens.access.clone());
        self.flight(current.id, refused, browser).result().await
    }

    /// For a token that still serves. An issuer that is well answers within milliseconds, and the page is shown
    /// with fresh tokens; for a slow one nobody waits longer than briefly, counted from the start of the flight,
    /// which goes on. After a failure nobody waits at all for a while. None: use what you have.
    pub(crate) async fn renew_early(&self, current: &Current, browser: &Client) -> Option<Renewed> {
        if self.0.exchange.is_resting() {
            return None;
        }
        let mut flight = self.flight(current.id, None, browser);
        let patience = flight.since + self.0.patience.brief;
        let landed = timeout_at(patience, flight.landed.wait_for(Option::is_some)).await;
        landed.ok()?.ok()?.clone()
    }

    /// The flight of this session; starts one when there is none.
    fn flight(&self, id: Id, refused: Option<SecretString>, browser: &Client) -> Flight {
        let mut flights = self.flights();
        if let Some(flight) = flights.get(&id) {
            return flight.clone();
        }
        let (land, landed) = watch::channel(None);
        let again = Arc::new(Notify::new());
        let flight = Flight {
            since: Instant::now(),
            landed,
            again: Arc::clone(&again),
        };
        flights.insert(id, flight.clone());
        let errand = Errand {
            id,
            refused,
            browser: browser.clone(),
            land,
            again,
        };
        let this = self.clone();
        self.0.background.spawn(async move {
            let under_way = UnderWay { of: &this, id };
            let renewed = this.fly(&errand).await;
            // Before the result: whoever comes between the two reads the record and finds it there.
            drop(under_way);
            errand.land.send_replace(Some(renewed));
        });
        flight
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Id, Flight>> {
        let flights = self.0.flights.lock();
        flights.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    async fn result(mut self) -> Renewed {
        let renewed = timeout(LONGEST_WAIT, async {
            let failed = matches!(*self.landed.borrow_and_update(), Some(Renewed::IssuerAway));
            if failed {
                // That was for those who came before.
                self.again.notify_one();
                self.landed.changed().await.ok()?;
            }
            self.landed.wait_for(Option::is_some).await.ok()?.clone()
        });
        renewed.await.ok().flatten().unwrap_or(Renewed::IssuerAway)
    }
}

/// Takes a flight off the list when it is over, however it ends.
struct UnderWay<'a> {
    of: &'a Refresher,
    id: Id,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.of.flights().remove(&self.id);
    }
}
