//! `/admin/users`: everybody's accounts, for whoever has the role `admin` in the store *now*. What the token
//! says of roles does not count: it may be a quarter of an hour old.

pub(crate) mod sessions;
pub(crate) mod user;
pub(crate) mod users;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::request::Parts;
use tegata_guard::Caller;
use tegata_token::Reason;
use uuid::Uuid;

use super::signed_in::SignedIn;
use crate::{app::App, error::ApiError};

/// Who calls, and administers.
#[derive(Debug)]
pub(crate) struct Administrator(pub(crate) SignedIn);

impl FromRequestParts<App> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let caller = SignedIn::from_request_parts(parts, app).await?;
        if caller.user.administers() {
            return Ok(Self(caller));
        }
        let token = Caller::from_request_parts(parts, app).await?;
        Err(token.refuse(Reason::ScopeMissing).into_response())
    }
}

/// The id in a path.
fn user_id(text: &str) -> Result<Uuid, ApiError> {
    text.parse().map_err(|_| ApiError::NoSuchUser)
}
