//! Attempts that are counted, in verbs.

use std::fmt::Debug;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::Unavailable;
use crate::throttle::{Account, Counter, Tally, Whose};

/// Counts of attempts, shared by all issuers. A count is forgotten when its time is over. One that cannot be read
/// counts as none, and is written anew by the next: only somebody with the database can have spoilt it.
#[async_trait]
pub trait Attempts: Debug + Send + Sync {
    /// What was counted of each, in order.
    async fn attempts(
        &self,
        of: &[Counter],
        now: OffsetDateTime,
    ) -> Result<Vec<Tally>, Unavailable>;

    /// Counts one more of each, and says how many that makes. No two callers are told the same number of one.
    async fn count_attempt(
        &self,
        of: &[Counter],
        now: OffsetDateTime,
    ) -> Result<Vec<Tally>, Unavailable>;

    /// What was counted of an account, from wherever: the highest counts first, at most `limit`.
    async fn attempts_at(
        &self,
        account: &Account,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<(Whose, Tally)>, Unavailable>;

    /// Forgets these.
    async fn forget_attempts(&self, of: &[Counter]) -> Result<(), Unavailable>;

    /// Forgets all that was counted of an account, whatever the address. Says how many counts those were.
    async fn forget_attempts_at(&self, account: &Account) -> Result<u64, Unavailable>;
}
