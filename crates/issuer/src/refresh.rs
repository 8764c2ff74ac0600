//! The refresh token grant (RFC 6749 §6) with rotation (RFC 9700 §4.14.2).

use crate::{
    app::App,
    error::ApiError,
    login_session::{EndCause, LoginSession, Turn},
    store::Turned,
    user::User,
};

/// The session that this token continues, turned on by one, and its user as they are now.
///
/// # Errors
/// The token is not ours (all such are refused alike), or its session is over (the bearer of a genuine token
/// is told why).
pub(crate) async fn refresh(app: &App, token: &str) -> Result<(User, LoginSession), ApiError> {
    let Some(named) = app.refresh_key().await?.read(token) else {
        return Err(ApiError::RefreshRefused(None));
    };
    let turn = Turn {
        sid: named.sid,
        generation: named.generation,
        at: app.clock.now(),
        lifetimes: app.lifetimes,
    };
    match app.store.turn_session(&turn).await? {
        Turned::GoesOn(session, user) => {
            tracing::info!(event = "refresh", user.id = %session.user, session = %session.id, "refreshed");
            Ok((*user, session))
        }
        Turned::Over(_, cause) => Err(ApiError::RefreshRefused(Some(cause))),
        Turned::Ended(session, cause) => {
            let code = cause.code();
            if cause == EndCause::RefreshReused {
                tracing::warn!(event = code, user.id = %session.user, session = %session.id,
                    "a refresh token was used again: somebody may have a copy of it, so its login session was ended");
            } else {
                tracing::info!(event = "session_ended", cause = code, user.id = %session.user, session = %session.id,
                    "a login session was ended at its refresh: {code}");
            }
            Err(ApiError::RefreshRefused(Some(cause)))
        }
        // Over for so long that it was forgotten, or not in the backup that was restored.
        Turned::Unknown => Err(ApiError::RefreshRefused(Some(EndCause::Expired))),
    }
}
