//! Tells the issuer that a login session is over. Nobody waits long for that: the browser is signed out
//! anyway, and what the issuer did not hear is repeated in the background, for some minutes.

use tegata_server::Client;
use tokio::{sync::oneshot, time::timeout};

use crate::{
    background::Background,
    config::Patience,
    issuer_client::{CallError, IssuerClient, RefreshError},
    session::Tokens,
};

/// With a pause between that doubles each time: four minutes in all, with the default of two seconds.
const ATTEMPTS: usize = 8;
/// When more than this is under way already, an attempt is not repeated.
const MOST: usize = 10_000;

/// A login session to be ended at the issuer.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    pub(crate) tokens: Tokens,
    /// And before it all others of the same user.
    pub(crate) others: bool,
    /// The browser that it was asked for by.
    pub(crate) browser: Client,
}

/// Ends login sessions; clones share nothing but the connections.
#[derive(Clone, Debug)]
pub(crate) struct Revoker {
    issuer: IssuerClient,
    patience: Patience,
    background: Background,
}

impl Revoker {
    pub(crate) fn new(issuer: IssuerClient, patience: Patience, background: Background) -> Self {
        Self {
            issuer,
            patience,
            background,
        }
    }

    /// Ends it, and waits briefly to be there when it is done.
    pub(crate) async fn end(&self, ending: Ending) {
        let (tell, told) = oneshot::channel();
        self.begin(ending, Some(tell));
        // Whether it is done, the log says.
        let _ = timeout(self.patience.brief, told).await;
    }

    /// Ends it in the background.
    pub(crate) fn end_later(&self, ending: Ending) {
        self.begin(ending, None);
    }

    fn begin(&self, mut ending: Ending, tell: Option<oneshot::Sender<()>>) {
        let this = self.clone();
        self.background.spawn(async move {
            let first = this.attempt(&mut ending).await;
            if let Some(tell) = tell {
                // Nobody may be waiting any more.
                let _ = tell.send(());
            }
            if !first {
                this.insist(ending).await;
            }
        });
    }

    async fn insist(&self, mut ending: Ending) {
        let mut pause = self.patience.pause;
        let attempts = if self.background.len() > MOST {
            1
        } else {
            ATTEMPTS
        };
        for _ in 1..attempts {
            let last = self.background.pause(pause).await;
            if self.attempt(&mut ending).await {
                tracing::info!("a login session was ended at the issuer after all");
                return;
            }
            if last {
                break;
            }
            pause = pause.saturating_mul(2);
        }
        tracing::warn!(
            event = "revocation_given_up",
            "a login session that was signed out here goes on at the issuer until its end"
        );
    }

    /// True when there is nothing left to do.
    async fn attempt(&self, ending: &mut Ending) -> bool {
        if ending.others && !self.end_others(ending).await {
            return false;
        }
        ending.others = false;
        let tokens = &ending.tokens;
        let token = tokens.refresh.as_ref().unwrap_or(&tokens.access);
        let limit = self.patience.answer;
        let ended = self.issuer.revoke(token, &ending.browser, limit).await;
        ended.is_ok()
    }

    /// True when they are ended, or nothing of what is here can do it any more.
    async fn end_others(&self, ending: &mut Ending) -> bool {
        let Ending {
            tokens, browser, ..
        } = ending;
        match self
            .issuer
            .end_other_sessions(&tokens.access, browser)
            .await
        {
            Ok(()) => return true,
            Err(CallError::NotNow(_)) => return false,
            Err(CallError::Refused) => {}
        }
        // Its time may be over: a fresh one serves as well.
        let fresh = match &tokens.refresh {
            Some(refresh) => {
                let limit = self.patience.answer;
                self.issuer.refresh(refresh, browser, limit).await
            }
            None => Err(RefreshError::Over(None)),
        };
        match fresh {
            Ok(issued) => {
                tokens.access = issued.access_token;
                tokens.refresh = issued.refresh_token.or_else(|| tokens.refresh.take());
                let others = self.issuer.end_other_sessions(&tokens.access, browser);
                !matches!(others.await, Err(CallError::NotNow(_)))
            }
            Err(RefreshError::Over(_)) => {
                tracing::warn!("the other login sessions of a user could not be ended");
                true
            }
            Err(_) => false,
        }
    }
}
