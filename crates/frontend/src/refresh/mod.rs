//! Fresh tokens for a session whose access token ends: one refresh in flight for each session, whose result
//! all who wait share, and which nobody who hangs up cancels.
//!
//! A flight reads the record, asks the issuer (`exchange`), and replaces what the record holds if it is still
//! what it read. Whoever loses that race, to another replica or to a sign-out, takes what is there. Whether the
//! answer lets anybody in is the wall's business.

mod exchange;
mod judgement;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use tegata_guard::Guard;
use tegata_server::Client;
use tegata_token::Clock;
use tokio::{
    sync::watch,
    time::{Instant, timeout, timeout_at},
};
use tower_sessions::{session::Id, session_store};

use crate::{
    background::Background,
    cause::Cause,
    config::Patience,
    issuer_client::{Issued, RefreshError},
    session::{Current, Kept, SealedStore, Tokens},
};

pub(crate) use exchange::Exchange;
pub(crate) use judgement::{Judgement, judge};

/// Longer than a flight takes, unless the session store hangs; shorter than a request may take.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// How often fresh tokens are offered to a session store that is away: some minutes.
const ATTEMPTS_TO_KEEP: usize = 100;

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
        let flight = Flight {
            since: Instant::now(),
            landed,
        };
        flights.insert(id, flight.clone());
        let (this, browser) = (self.clone(), browser.clone());
        self.0.background.spawn(async move {
            let under_way = UnderWay { of: &this, id };
            let renewed = this.fly(id, refused, &browser, &land).await;
            // Before the result: whoever comes between the two reads the record and finds it there.
            drop(under_way);
            land.send_replace(Some(renewed));
        });
        flight
    }

    async fn fly(
        &self,
        id: Id,
        refused: Option<SecretString>,
        browser: &Client,
        land: &watch::Sender<Option<Renewed>>,
    ) -> Renewed {
        // Not what the request saw: another may have refreshed since.
        let kept = match self.0.store.read(id).await {
            Ok(Some(kept)) => kept,
            Ok(None) => return Renewed::Gone,
            Err(cause) => return store_away(&cause),
        };
        if self.is_fresh(&kept.tokens, refused.as_ref()).await {
            return Renewed::Fresh(kept.tokens);
        }
        let Some(refresh_token) = &kept.tokens.refresh else {
            return Renewed::Over(None);
        };
        match self.0.exchange.refresh(refresh_token, browser).await {
            Ok(issued) => self.keep(id, &kept, issued, land).await,
            Err(RefreshError::Over(cause)) => self.over(id, &kept, cause).await,
            Err(RefreshError::Lost | RefreshError::Unavailable) => Renewed::IssuerAway,
        }
    }

    async fn is_fresh(&self, tokens: &Tokens, refused: Option<&SecretString>) -> bool {
        let token = &tokens.access;
        if refused.is_some_and(|refused| refused.expose_secret() == token.expose_secret()) {
            return false;
        }
        let judgement = judge(&self.0.guard, self.0.clock.as_ref(), token).await;
        matches!(judgement, Judgement::Good(_))
    }

    /// Puts the tokens where those were that they replace. While the store is away they serve from here, and
    /// are offered again and again: after the issuer's grace the old ones would end the session.
    async fn keep(
        &self,
        id: Id,
        kept: &Kept,
        issued: Issued,
        land: &watch::Sender<Option<Renewed>>,
    ) -> Renewed {
        let fresh = Tokens {
            access: issued.access_token,
            // RFC 6749 §6: without a new one the old one goes on.
            refresh: issued.refresh_token.or_else(|| kept.tokens.refresh.clone()),
        };
        for _ in 0..ATTEMPTS_TO_KEEP {
            match self.0.store.replace(id, kept, &fresh).await {
                Ok(true) => return Renewed::Fresh(fresh),
                Ok(false) => return self.what_is_there(id).await,
                Err(cause) => tracing::warn!(%cause, "fresh tokens could not be kept yet"),
            }
            land.send_replace(Some(Renewed::Fresh(fresh.clone())));
            if self.0.background.pause(self.0.patience.pause).await {
                break;
            }
        }
        match self.0.store.replace(id, kept, &fresh).await {
            Ok(true) => Renewed::Fresh(fresh),
            Ok(false) => self.what_is_there(id).await,
            Err(cause) => {
                tracing::error!("fresh tokens are lost: a session will have to sign in again");
                store_away(&cause)
            }
        }
    }

    /// What another replica put there, or nothing after a sign-out.
    async fn what_is_there(&self, id: Id) -> Renewed {
        match self.0.store.read(id).await {
            Ok(Some(newer)) => Renewed::Fresh(newer.tokens),
            Ok(None) => Renewed::Gone,
            Err(cause) => store_away(&cause),
        }
    }

    /// Unless another replica was quicker, and what was refused here is out of date.
    async fn over(&self, id: Id, kept: &Kept, cause: Option<Cause>) -> Renewed {
        match self.0.store.read(id).await {
            Ok(Some(now)) if now.revision != kept.revision => Renewed::Fresh(now.tokens),
            Ok(Some(_)) => Renewed::Over(cause),
            Ok(None) => Renewed::Gone,
            Err(cause) => store_away(&cause),
        }
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Id, Flight>> {
        let flights = self.0.flights.lock();
        flights.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    async fn result(mut self) -> Renewed {
        let landed = timeout(LONGEST_WAIT, self.landed.wait_for(Option::is_some)).await;
        let renewed = landed.ok().and_then(|landed| landed.ok()?.clone());
        renewed.unwrap_or(Renewed::IssuerAway)
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

fn store_away(cause: &session_store::Error) -> Renewed {
    tracing::error!(%cause, "session store unavailable");
    Renewed::StoreAway
}
