//! Whether a token is good, and whether it is time for a fresh one.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tegata_guard::{
    Guard,
    token::{Claims, Clock, Reason},
};

/// So many seconds before its end a token is replaced, while it still serves.
const EARLY: i64 = 60;
/// Of a token that lives shorter than some minutes, this part of its life.
const EARLY_PART: i64 = 4;

/// What becomes of a token.
#[derive(Clone, Debug)]
pub(crate) enum Judgement {
    Good(Arc<Claims>),
    /// Good, and soon over.
    Ending(Arc<Claims>),
    Refused(Reason),
}

/// Judges a token at the present.
pub(crate) async fn judge(guard: &Guard, clock: &dyn Clock, token: &SecretString) -> Judgement {
    let claims = match guard.check(token.expose_secret()).await {
        Ok(claims) => claims,
        Err(reason) => return Judgement::Refused(reason),
    };
    let life = claims
        .iat
        .map_or(i64::MAX, |iat| claims.exp.saturating_sub(iat));
    let left = claims.exp.saturating_sub(clock.now().unix_timestamp());
    if left <= EARLY.min(life / EARLY_PART) {
        Judgement::Ending(claims)
    } else {
        Judgement::Good(claims)
    }
}
