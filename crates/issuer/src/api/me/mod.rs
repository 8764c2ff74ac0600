//! `/users/me`: the caller, read from the store.

pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod removal;
pub(crate) mod sessions;

use axum::{Json, response::IntoResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::{NO_STORE, rfc3339, signed_in::SignedIn};
use crate::user::User;

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
        Self {
            id: user.id.to_string(),
            username: user.username.as_str().to_owned(),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            name: user.name.as_ref().map(|name| name.as_str().to_owned()),
            roles: user.roles.clone(),
            disabled: user.disabled,
            created_at: rfc3339(user.created_at),
            updated_at: rfc3339(user.updated_at),
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
pub(crate) async fn show(caller: SignedIn) -> impl IntoResponse {
    (NO_STORE, Json(UserView::from(&caller.user)))
}
