//! Somebody's login sessions, at the issuer.

use http::StatusCode;
use secrecy::SecretString;
use tegata_server::Client;

use super::{CallError, IssuerClient, NotNow, OnBehalf, answer};

impl IssuerClient {
    /// Ends all login sessions of the caller but the caller's own.
    pub(crate) async fn end_other_sessions(
        &self,
        token: &SecretString,
        browser: &Client,
    ) -> Result<(), CallError> {
        let request = self.http.delete(self.at("/users/me/sessions"));
        let answer = answer(request.with_token(token).on_behalf_of(browser)).await?;
        match answer.status() {
            StatusCode::OK => Ok(()),
            status => {
                tracing::warn!(
                    status = status.as_u16(),
                    "the issuer did not end the sessions"
                );
                Err(CallError::NotNow(NotNow::Unavailable(None)))
            }
        }
    }
}
