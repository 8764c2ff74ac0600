//! `GET /users/me`: the caller, read from the store: a good token of a user who is gone or disabled
//! does not count.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tegata_guard::Caller;
use tegata_token::Reason;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::ToSchema;
use uuid::Uuid;

use super::NO_STORE;
use crate::{app::App, error::ApiError, user::User};

/// A user, as the API shows them.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserView {
    #[schema(example = "019aa3f5-5b6e-7c1a-9d2e-3f4a5b6c7d8e")]
    id: String,
    #[schema(example = "hanako")]
    username: String,
    #[schema(example = "hanako@example.com")]
    email: Option<String>,
    #[schema(example = "山田 花子")]
    name: Option<String>,
    roles: Vec<String>,
    disabled: bool,
    /// RFC 3339, UTC.
    #[schema(example = "2026-11-21T04:12:45Z")]
    created_at: String,
    #[schema(example = "2026-11-21T04:12:45Z")]
    updated_at: String,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        let moment = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
        Self {
            id: user.id.to_string(),
            username: user.username.as_str().to_owned(),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            name: user.name.as_ref().map(|name| name.as_str().to_owned()),
            roles: user.roles.clone(),
            disabled: user.disabled,
            created_at: moment(user.created_at),
            updated_at: moment(user.updated_at),
        }
    }
}

/// Who am I
#[utoipa::path(get, path = "/users/me", tag = "users",
    security(("password" = [])),
    responses(
        (status = 200, description = "The caller", body = UserView),
        (status = 401, description = "The token is missing or not good; see `WWW-Authenticate` and `Tegata-Reason`"),
    ))]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
) -> Result<impl IntoResponse, Response> {
    let user = match caller.id().parse::<Uuid>() {
        Ok(id) => app
            .store
            .user_by_id(id)
            .await
            .map_err(|cause| ApiError::from(cause).into_response())?,
        Err(_) => None,
    };
    match user {
        None => Err(caller.refuse(Reason::UserUnknown).into_response()),
        Some(user) if user.disabled => Err(caller.refuse(Reason::UserDisabled).into_response()),
        Some(user) => Ok((NO_STORE, Json(UserView::from(&user)))),
    }
}
