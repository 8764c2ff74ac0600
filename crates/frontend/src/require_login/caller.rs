//! Whoever is signed in, as the pages behind the wall see them: somebody in whose name the issuer can be asked.

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use secrecy::SecretString;
use tegata_guard::token::Reason;

use super::{Halt, SignedIn, Stopped, refused_by_issuer};
use crate::{
    app::App, error::PageError, issuer_client::CallError, pages::shell::Shell,
    session::LoginSession, visit::Visit,
};

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) app: App,
    pub(crate) session: LoginSession,
    pub(crate) visit: Visit,
    pub(crate) signed_in: SignedIn,
}

impl Caller {
    /// Asks the issuer for something in their name. One that refuses a token which the wall let pass has ended the
    /// login session a moment ago: then the wall learns why. What was refused has not been done, so it may be asked
    /// again with a fresh token, if there is one.
    ///
    /// # Errors
    /// The session is over, or the issuer does not do it now (as of a [`NotNow`](crate::issuer_client::NotNow)).
    pub(crate) async fn ask<T, F>(&self, call: impl Fn(SecretString) -> F) -> Result<T, Halt>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let mut outcome = call(self.signed_in.token.clone()).await;
        if matches!(outcome, Err(CallError::Refused)) {
            let fresh = refused_by_issuer(&self.app, &self.session, &self.visit).await?;
            outcome = call(fresh.token).await;
        }
        outcome.map_err(|error| match error {
            CallError::Refused => Halt::Stopped(Stopped::Token(Reason::SessionEnded)),
            CallError::NotNow(why) => PageError::from(why).into(),
        })
    }

    /// The name to greet them by.
    pub(crate) fn username(&self) -> &str {
        self.signed_in.name()
    }

    /// The frame of their pages. `here` is this page, for the language switch: a form has none of its own.
    pub(crate) fn shell(&self, here: &str) -> Shell {
        let mut shell = self.visit.shell(&self.app);
        here.clone_into(&mut shell.here);
        shell.signed_in_as = Some(self.username().to_owned());
        shell
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, StatusCode> {
        let Some(signed_in) = parts.extensions.get::<SignedIn>().cloned() else {
            tracing::error!("a page of the signed in stands before the wall");
            return Err(StatusCode::INTERNAL_SERVER_ERROR);
        };
        Ok(Self {
            app: app.clone(),
            session: LoginSession::from_request_parts(parts, app).await?,
            visit: Visit::from_request_parts(parts, app).await?,
            signed_in,
        })
    }
}
