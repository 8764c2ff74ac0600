//! Who passes: the guard judges the token of the session, and where it ends or has ended, a fresh one is
//! fetched first.

use std::sync::Arc;

use secrecy::SecretString;
use tegata_guard::token::{Claims, Reason};

use super::Stopped;
use tower_sessions::session::Id;

use crate::{
    app::App,
    cookies::SessionCookieSent,
    error::{PageError, is_about_keys},
    refresh::{Judgement, Renewed, judge},
    session::{Current, LoginSession},
    visit::Visit,
};

/// Who is signed in, for the pages behind the wall.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) claims: Arc<Claims>,
    pub(crate) token: SecretString,
}

impl SignedIn {
    /// The name to greet them by.
    pub(crate) fn name(&self) -> &str {
        let claims = &self.claims;
        claims.preferred_username.as_deref().unwrap_or(&claims.sub)
    }
}

/// Why nobody passes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Halt {
    /// There is nobody to let pass.
    Stopped(Stopped),
    /// It cannot be told now.
    Failed(PageError),
}

impl From<PageError> for Halt {
    fn from(error: PageError) -> Self {
        Self::Failed(error)
    }
}

/// Whoever is signed in by this session.
pub(crate) async fn admit(
    app: &App,
    session: &LoginSession,
    visit: &Visit,
) -> Result<SignedIn, Halt> {
    let id = session.id();
    let current = session.current().await.map_err(PageError::from)?;
    let Some(current) = current else {
        return Err(match visit.session_cookie {
            SessionCookieSent::One | SessionCookieSent::Several => gone(app, id),
            SessionCookieSent::None => Halt::Stopped(Stopped::Stranger),
        });
    };
    let refreshable = current.tokens.refresh.is_some();
    let keys = app.agreement.last();
    match judge(&app.guard, app.clock.as_ref(), &current.tokens.access).await {
        Judgement::Refused(reason) if reason.is_temporary() => Err(PageError::Unavailable.into()),
        // A fresh token would be one that nobody here can read: the session stays as it is until the keys agree.
        Judgement::Refused(reason) if keys.differ() && reason != Reason::SessionEnded => {
            Err(PageError::KeyMismatch.into())
        }
        Judgement::Refused(reason) if !refreshable && is_about_keys(reason) && !keys.agree() => {
            app.agreement.compare_soon();
            Err(PageError::KeyMismatch.into())
        }
        Judgement::Refused(reason) if !refreshable => Err(Halt::Stopped(Stopped::Token(reason))),
        Judgement::Refused(_) => {
            let renewed = app.refresher.renew(&current, &visit.client).await;
            pass(app, fresh_or_halt(app, current.id, renewed)?).await
        }
        Judgement::Ending(claims) if refreshable && !keys.differ() => {
            early(app, current, claims, visit).await
        }
        Judgement::Good(claims) | Judgement::Ending(claims) => Ok(SignedIn {
            claims,
            token: current.tokens.access,
        }),
    }
}

/// After the issuer refused a token that the guard takes: its login session has just been ended. Asks why.
/// A fresh token in spite of it means that another request was quicker, and this one may try again.
pub(crate) async fn refused_by_issuer(
    app: &App,
    session: &LoginSession,
    visit: &Visit,
) -> Result<SignedIn, Halt> {
    let id = session.id();
    let current = session.current().await.map_err(PageError::from)?;
    let Some(current) = current else {
        return Err(gone(app, id));
    };
    if current.tokens.refresh.is_none() {
        return Err(Halt::Stopped(Stopped::Token(Reason::SessionEnded)));
    }
    if app.agreement.last().differ() {
        return Err(PageError::KeyMismatch.into());
    }
    let renewed = app.refresher.renew_refused(&current, &visit.client).await;
    pass(app, fresh_or_halt(app, current.id, renewed)?).await
}

/// The token still serves: only a refusal stops anybody.
async fn early(
    app: &App,
    current: Current,
    claims: Arc<Claims>,
    visit: &Visit,
) -> Result<SignedIn, Halt> {
    let renewed = app.refresher.renew_early(&current, &visit.client).await;
    match renewed {
        Some(Renewed::Over(cause)) => return Err(Halt::Stopped(Stopped::Over(cause))),
        Some(Renewed::Gone) => return Err(gone(app, Some(current.id))),
        Some(Renewed::Fresh(tokens)) => {
            if let Ok(signed_in) = pass(app, tokens.access).await {
                return Ok(signed_in);
            }
        }
        Some(Renewed::IssuerAway | Renewed::TooOften(_) | Renewed::StoreAway) | None => {}
    }
    Ok(SignedIn {
        claims,
        token: current.tokens.access,
    })
}

fn fresh_or_halt(app: &App, id: Id, renewed: Renewed) -> Result<SecretString, Halt> {
    match renewed {
        Renewed::Fresh(tokens) => Ok(tokens.access),
        Renewed::Over(cause) => Err(Halt::Stopped(Stopped::Over(cause))),
        Renewed::Gone => Err(gone(app, Some(id))),
        Renewed::IssuerAway => Err(PageError::IssuerUnavailable(None).into()),
        Renewed::TooOften(wait) => Err(PageError::IssuerBusy(wait).into()),
        Renewed::StoreAway => Err(PageError::Unavailable.into()),
    }
}

/// There is no such session, or not any more: then another tab may just have been told why.
fn gone(app: &App, id: Option<Id>) -> Halt {
    let cause = id.and_then(|id| app.farewells.cause_of(id, app.clock.now()));
    Halt::Stopped(match cause {
        Some(cause) => Stopped::Over(Some(cause)),
        None => Stopped::UnknownSession,
    })
}

/// The issuer has just signed it, and it is refused here. Whether that is because of the keys is found out soon.
pub(crate) fn refused_fresh(app: &App, reason: Reason) -> PageError {
    app.agreement.compare_soon();
    PageError::of_fresh_token(reason)
}

/// Judges a fresh token. That one is refused is the settings' fault, not the visitor's: the session stays.
async fn pass(app: &App, token: SecretString) -> Result<SignedIn, Halt> {
    match judge(&app.guard, app.clock.as_ref(), &token).await {
        Judgement::Good(claims) | Judgement::Ending(claims) => Ok(SignedIn { claims, token }),
        Judgement::Refused(Reason::SessionEnded) => {
            Err(Halt::Stopped(Stopped::Token(Reason::SessionEnded)))
        }
        Judgement::Refused(reason) => Err(refused_fresh(app, reason).into()),
    }
}
