//! What a flight does: reads the record, asks the issuer, and replaces what the record holds if it is still what
//! it read. Whoever loses that race, to another replica or to a sign-out, takes what is there.
//!
//! A flight that does not know what the issuer has done insists: were the successor not fetched within the
//! issuer's grace, the next refresh would look like a theft.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tegata_server::Client;
use tokio::{
    sync::{Notify, SemaphorePermit, watch},
    time::Instant,
};
use tower_sessions::{session::Id, session_store};

use super::{Judgement, Refresher, Renewed, judge};
use crate::{
    cause::Cause,
    issuer_client::{Issued, RefreshError},
    session::{Kept, Tokens},
};

/// How often fresh tokens are offered to a session store that is away: some minutes.
const ATTEMPTS_TO_KEEP: usize = 100;

/// What a flight is about, and how it says what came of it.
pub(super) struct Errand {
    pub(super) id: Id,
    /// A token that is good as far as the guard knows, and that the issuer refused.
    pub(super) refused: Option<SecretString>,
    pub(super) browser: Client,
    pub(super) land: watch::Sender<Option<Renewed>>,
    pub(super) again: Arc<Notify>,
}

impl Refresher {
    pub(super) async fn fly(&self, errand: &Errand) -> Renewed {
        let until = Instant::now() + self.0.patience.insist;
        let (mut pause, mut last, mut unclear) = (self.0.patience.pause, false, false);
        loop {
            let (kept, turn) = match self.prepare(errand).await {
                Ok(ready) => ready,
                Err(renewed) => return renewed,
            };
            let Some(refresh_token) = &kept.tokens.refresh else {
                return Renewed::Over(None);
            };
            let asked = self
                .0
                .exchange
                .refresh(refresh_token, &errand.browser)
                .await;
            drop(turn);
            match asked {
                Ok(issued) => return self.keep(errand, &kept, issued).await,
                Err(RefreshError::Over(cause)) => return self.over(errand.id, &kept, cause).await,
                Err(RefreshError::Lost | RefreshError::Unclear) => unclear = true,
                Err(RefreshError::TooOften(wait)) if !unclear => return Renewed::TooOften(wait),
                Err(RefreshError::TooOften(_)) => {}
                Err(RefreshError::Unavailable) => {}
            }
            if !unclear || last || Instant::now() + pause >= until {
                return Renewed::IssuerAway;
            }
            errand.land.send_replace(Some(Renewed::IssuerAway));
            last = tokio::select! {
                stopping = self.0.background.pause(pause) => stopping,
                () = errand.again.notified() => false,
            };
            errand.land.send_replace(None);
            pause *= 2;
        }
    }

    /// The record with tokens to be replaced, and a turn to do so. Read when the turn has come, not before:
    /// others may have refreshed meanwhile, and the issuer's grace is short.
    async fn prepare(&self, errand: &Errand) -> Result<(Kept, SemaphorePermit<'_>), Renewed> {
        let mut turn = self.0.exchange.free_turn();
        loop {
            let kept = match self.0.store.read(errand.id).await {
                Ok(Some(kept)) => kept,
                Ok(None) => return Err(Renewed::Gone),
                Err(cause) => return Err(store_away(&cause)),
            };
            if self.is_fresh(&kept.tokens, errand.refused.as_ref()).await {
                return Err(Renewed::Fresh(kept.tokens));
            }
            match turn {
                Some(turn) => return Ok((kept, turn)),
                None => turn = Some(self.0.exchange.turn().await.ok_or(Renewed::IssuerAway)?),
            }
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
    async fn keep(&self, errand: &Errand, kept: &Kept, issued: Issued) -> Renewed {
        let id = errand.id;
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
            let serves = Renewed::Fresh(fresh.clone());
            errand.land.send_replace(Some(serves));
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
}

fn store_away(cause: &session_store::Error) -> Renewed {
    tracing::error!(%cause, "session store unavailable");
    Renewed::StoreAway
}
