//! The refresh token grant (RFC 6749 §6) with rotation (RFC 9700 §4.14.2).

use tegata_server::Client;

use crate::{
    app::App,
    error::ApiError,
    event::{By, Kind},
    login_session::{EndCause, LoginSession, Turn},
    store::Turned,
    throttle::Origin,
    user::User,
    whole::whole,
};

/// The session that this token continues, turned on by one, and its user as they are now.
///
/// # Errors
/// The token is not ours (all such are refused alike), or its session is over (the bearer of a genuine token
/// is told why). Or there were too many; then nothing has become of the session.
pub(crate) async fn refresh(
    app: &App,
    token: &str,
    client: Client,
) -> Result<(User, LoginSession), ApiError> {
    let outcome = turn(app, token, client).await;
    app.counts.refresh(&outcome);
    outcome
}

async fn turn(app: &App, token: &str, client: Client) -> Result<(User, LoginSession), ApiError> {
    let Some(named) = app.refresh_key().await?.read(token) else {
        let origin = Origin::of(client.address);
        app.throttle.forged(origin, app.clock.now())?;
        return Err(ApiError::RefreshRefused(None));
    };
    let now = app.clock.now();
    // Before anything is turned on: whoever is refused here asks again with the same token.
    app.throttle.refresh(named.sid, now)?;
    let turn = Turn {
        sid: named.sid,
        generation: named.generation,
        owner: named.owner,
        at: now,
        lifetimes: app.lifetimes,
    };
    let app = app.clone();
    whole(async move { turned(&app, &turn, client).await }).await
}

async fn turned(app: &App, turn: &Turn, client: Client) -> Result<(User, LoginSession), ApiError> {
    match app.store.turn_session(turn).await? {
        Turned::GoesOn(session, user) => {
            let refreshed = By::user(user.id, client).did(Kind::Refresh);
            let refreshed = refreshed.to(user.id).session(session.id);
            app.audit.record(refreshed).await;
            Ok((*user, session))
        }
        Turned::Over(_, cause) => Err(ApiError::RefreshRefused(Some(cause))),
        Turned::Ended(session, cause) => {
            // The owner's or somebody else's: that is what cannot be told.
            let by = By::nobody(client);
            let ended = match cause {
                EndCause::RefreshReused => by.did(Kind::RefreshReused),
                _ => by.did(Kind::SessionsEnded).because(cause.code()),
            };
            let ended = ended.to(session.user).session(session.id);
            app.audit.record(ended).await;
            Err(ApiError::RefreshRefused(Some(cause)))
        }
        Turned::Altered => {
            tracing::error!(
                session.id = %turn.sid,
                "the login session {} is of another user than its refresh token: altered in the store; refused",
                turn.sid
            );
            Err(ApiError::RefreshRefused(Some(EndCause::Expired)))
        }
        // Over for so long that it was forgotten, or not in the backup that was restored.
        Turned::Unknown => Err(ApiError::RefreshRefused(Some(EndCause::Expired))),
    }
}
