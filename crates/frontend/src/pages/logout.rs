//! `POST /logout`: ends the session of this browser, here and at the issuer; or all others of the same user;
//! or both.

use std::str::FromStr;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{CLEAR_SITE_DATA, NO_STORE, form::Form};
use crate::{
    app::App,
    cause::Cause,
    error::PageError,
    flash::Flash,
    issuer_client::CallError,
    require_login::{Halt, SignedIn, admit, refused_by_issuer},
    revocation::Ending,
    session::{LoginSession, SessionsUnavailable},
    visit::Visit,
};

/// What is to end.
enum Which {
    This,
    Others,
    All,
}

impl FromStr for Which {
    type Err = PageError;

    fn from_str(text: &str) -> Result<Self, PageError> {
        match text {
            "" | "this" => Ok(Self::This),
            "others" => Ok(Self::Others),
            "all" => Ok(Self::All),
            _ => Err(PageError::BadRequest),
        }
    }
}

pub(crate) async fn submit(
    State(app): State<App>,
    session: LoginSession,
    visit: Visit,
    body: Option<Form>,
) -> Result<Response, PageError> {
    let mut body = body.unwrap_or_default();
    match body.take("sessions").parse()? {
        Which::This => sign_out(&app, &session, &visit, Others::Stay).await,
        Which::All => {
            let others = match end_others(&app, &session, &visit).await {
                Ok(()) => Others::Ended,
                // Nobody is left to sign out, or it cannot be done here either.
                Err(halt @ (Halt::Stopped(_) | Halt::Failed(PageError::Unavailable))) => {
                    return Ok(halt.answer(&app, &session, &visit).await);
                }
                Err(Halt::Failed(_)) => Others::NotYet,
            };
            sign_out(&app, &session, &visit, others).await
        }
        Which::Others => {
            let flash = match end_others(&app, &session, &visit).await {
                Ok(()) => Flash::OthersSignedOut,
                Err(Halt::Failed(error)) if error.is_issuers() => Flash::OthersStillSignedIn,
                Err(halt) => return Ok(halt.answer(&app, &session, &visit).await),
            };
            flash.set(&app, &visit.cookies);
            let back = body.take_next(&app);
            Ok((NO_STORE, Redirect::to(back.as_str())).into_response())
        }
    }
}

/// What became of the other sessions before this one ends.
#[derive(Clone, Copy, PartialEq)]
enum Others {
    Stay,
    Ended,
    NotYet,
}

/// The browser is signed out whether the issuer answers or not.
async fn sign_out(
    app: &App,
    session: &LoginSession,
    visit: &Visit,
    others: Others,
) -> Result<Response, PageError> {
    // Not by a look through the session: that would note a use of what ends now.
    let before = match session.id() {
        Some(id) => app
            .store
            .read(id)
            .await
            .map_err(SessionsUnavailable::from)?,
        None => None,
    };
    session.end().await?;
    if let Some(before) = before {
        app.counts.session_ended(Cause::SignedOut.code());
        let ending = Ending {
            tokens: before.tokens,
            others: others == Others::NotYet,
            browser: visit.client.clone(),
        };
        app.revoker.end(ending).await;
    }
    let flash = match others {
        Others::Stay => Flash::SignedOut,
        Others::Ended => Flash::SignedOutEverywhere,
        Others::NotYet => Flash::SignedOutHereOnly,
    };
    flash.set(app, &visit.cookies);
    tracing::info!(event = "signed_out", "signed out");
    Ok((NO_STORE, [CLEAR_SITE_DATA], Redirect::to("/login")).into_response())
}

async fn end_others(app: &App, session: &LoginSession, visit: &Visit) -> Result<(), Halt> {
    let end = async |signed_in: &SignedIn| {
        let ended = app
            .issuer
            .end_other_sessions(&signed_in.token, &visit.client);
        ended.await
    };
    let mut outcome = end(&admit(app, session, visit).await?).await;
    if outcome == Err(CallError::Refused) {
        outcome = end(&refused_by_issuer(app, session, visit).await?).await;
    }
    outcome.map_err(|error| match error {
        CallError::NotNow(why) => PageError::from(why).into(),
        CallError::Refused => PageError::IssuerUnavailable(None).into(),
    })
}
