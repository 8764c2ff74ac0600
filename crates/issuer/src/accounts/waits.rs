//! Who has to wait at an account after wrong passwords, and an end to it.

use uuid::Uuid;

use super::Accounts;
use crate::{
    config::Throttling,
    event::Kind,
    store::Unavailable,
    throttle::{Account, Wait, waits},
    whole::whole,
};

/// Of so many who have failed at an account it is said how long they wait: those with the most failures.
const TOLD: usize = 100;

impl Accounts {
    /// Who has to wait at an account now, by these settings, the longest first. An address may have to wait besides,
    /// for its failures at other accounts.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn waits(&self, user: Uuid, settings: &Throttling) -> Result<Vec<Wait>, Unavailable> {
        let (account, now) = (Account::of_user(user), self.clock.now());
        let counted = self.store.attempts_at(&account, now, TOLD).await?;
        Ok(waits(counted, settings, now))
    }

    /// Forgets the wrong passwords at an account, whoever gave them: nobody waits for those any more, but at an
    /// address that has failed too often. Says how many counts those were.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn unblock(&self, user: Uuid) -> Result<u64, Unavailable> {
        let this = self.clone();
        whole(async move {
            let forgotten = this.forget_failures(user).await?;
            if forgotten > 0 {
                let unblocked = this.by.did(Kind::UserUnblocked).to(user);
                this.audit.record(unblocked).await;
            }
            Ok(forgotten)
        })
        .await
    }

    pub(super) async fn forget_failures(&self, user: Uuid) -> Result<u64, Unavailable> {
        let account = Account::of_user(user);
        self.store.forget_attempts_at(&account).await
    }
}
