//! The password that somebody who is signed in gives once more: checked behind the same gate as a login's.

use super::signed_in::SignedIn;
use crate::{
    app::App,
    error::ApiError,
    hasher::Verdict,
    login::held_back,
    password::Password,
    throttle::{Account, Attempt, Origin},
};

/// Goes on when it is the caller's.
///
/// # Errors
/// It is another, or the caller has to wait.
pub(crate) async fn check(
    app: &App,
    caller: &SignedIn,
    password: Password,
) -> Result<(), ApiError> {
    let SignedIn { user, client, .. } = caller;
    let store = app.store.as_ref();
    let account = Account::of_user(user.id);
    let attempt = Attempt::of_caller(account, Origin::of(client.address));
    let now = || app.clock.now();
    let admitted = app.throttle.admit(store, attempt, now).await?;
    let hash = Some(user.password_hash.clone());
    if let Verdict::Right { .. } = app.hasher.verify(password, hash, false).await? {
        return Ok(admitted.succeeded(store).await?);
    }
    let began = admitted.failed(&app.throttle, store, app.clock.now());
    for wait in began.await? {
        held_back(app, Some(user), client, wait).await;
    }
    Err(ApiError::WrongPassword)
}
