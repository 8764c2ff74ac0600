//! `PATCH /users/me`: another name or address.

use axum::{Json, extract::State, response::IntoResponse};
use utoipa::ToSchema;

use super::UserView;
use crate::{
    api::{NO_STORE, signed_in::SignedIn},
    app::App,
    error::{ApiError, Invalid},
    fields::Fields,
    store::Change,
    user::{DisplayName, Email},
};

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; Fields reads it")]
pub(crate) struct ProfileChange {
    /// Stays when left out; `null` or empty removes it.
    #[schema(example = "hanako@example.com")]
    email: Option<String>,
    /// The same.
    #[schema(example = "山田 花子")]
    name: Option<String>,
}

/// Change my profile
#[utoipa::path(patch, path = "/users/me", operation_id = "change_profile", tag = "users",
    security(("password" = [])),
    request_body(content(
        (ProfileChange = "application/json"),
        (ProfileChange = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, description = "The caller, as they are now", body = UserView),
        (status = 401, description = "The token is missing or not good; see `WWW-Authenticate` and `Tegata-Reason`"),
        (status = 409, description = "`email_taken`: the email address is somebody else's"),
        (status = 422, description = "A member breaks a rule", body = Invalid),
    ))]
pub(crate) async fn change(
    State(app): State<App>,
    caller: SignedIn,
    mut body: Fields,
) -> Result<impl IntoResponse, ApiError> {
    let change = Change {
        email: body.replacement("email", Email::parse),
        name: body.replacement("name", DisplayName::parse),
        ..Change::default()
    };
    body.finish()?;
    let user = if change.is_empty() {
        caller.user
    } else {
        let accounts = app.accounts(caller.by());
        accounts.change(caller.user.id, change).await?.user
    };
    Ok((NO_STORE, Json(UserView::from(&user))))
}
