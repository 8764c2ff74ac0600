//! Asks the issuer for fresh tokens until an answer arrives: a lost one is asked for again at once, because
//! within its grace the issuer gives the same successor. Knows when to leave an issuer alone that is away.

use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;
use tegata_server::Client;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout},
};

use crate::{
    config::Patience,
    issuer_client::{Issued, IssuerClient, RefreshError},
    metrics::Counts,
};

/// Questions at the most: with every third answer lost, one in seven hundred refreshes gets none.
const ATTEMPTS: usize = 6;
/// Refreshes under way at the same time; more wait for their turn, so that a thousand sessions which end in the
/// same second do not open a thousand connections.
const AT_ONCE: usize = 64;

/// See the module; clones share the turns.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    issuer: IssuerClient,
    patience: Patience,
    counts: Counts,
    turns: Arc<Semaphore>,
    resting_until: Arc<Mutex<Option<Instant>>>,
}

impl Exchange {
    pub(crate) fn new(issuer: IssuerClient, patience: Patience, counts: Counts) -> Self {
        Self {
            issuer,
            patience,
            counts,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            resting_until: Arc::default(),
        }
    }

    /// Whether the issuer has just failed somebody: what can wait should.
    pub(crate) fn is_resting(&self) -> bool {
        let until = *self
            .resting_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    /// A turn, if one is free.
    pub(crate) fn free_turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.try_acquire().ok()
    }

    /// A turn, when one is free within the time limit.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        let turn = timeout(self.patience.refresh, self.turns.acquire()).await;
        turn.ok()?.ok()
    }

    /// Fresh tokens for this refresh token, within the time limit.
    pub(crate) async fn refresh(
        &self,
        refresh_token: &SecretString,
        browser: &Client,
    ) -> Result<Issued, RefreshError> {
        let asked = timeout(self.patience.refresh, self.ask(refresh_token, browser));
        let outcome = asked.await.unwrap_or(Err(RefreshError::Lost));
        self.counts.refresh(&outcome);
        // One session that is refreshed too often says nothing of the issuer: the others ask it as before.
        if matches!(outcome, Err(RefreshError::TooOften(_))) {
            return outcome;
        }
        let well = matches!(outcome, Ok(_) | Err(RefreshError::Over(_)));
        let until = (!well).then(|| Instant::now() + self.patience.pause);
        *self
            .resting_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = until;
        outcome
    }

    async fn ask(
        &self,
        refresh_token: &SecretString,
        browser: &Client,
    ) -> Result<Issued, RefreshError> {
        let mut outcome = Err(RefreshError::Lost);
        for _ in 0..ATTEMPTS {
            let limit = self.patience.answer;
            outcome = self.issuer.refresh(refresh_token, browser, limit).await;
            if !matches!(outcome, Err(RefreshError::Lost)) {
                break;
            }
        }
        outcome
    }
}
