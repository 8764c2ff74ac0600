//! `DELETE /users/me`: the caller's account, for good.

use axum::extract::State;
use http::StatusCode;
use utoipa::ToSchema;

use crate::{
    api::{current_password::check, signed_in::SignedIn},
    app::App,
    error::{ApiError, Invalid},
    fields::Fields,
    password::Password,
};

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; Fields reads it")]
pub(crate) struct Farewell {
    /// The caller's.
    #[schema(format = Password)]
    password: String,
}

/// Delete my account
///
/// All its login sessions end. There is no way back.
#[utoipa::path(delete, path = "/users/me", operation_id = "delete_account", tag = "users",
    security(("password" = [])),
    request_body(content(
        (Farewell = "application/json"),
        (Farewell = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 204, description = "It is gone"),
        (status = 400, description = "`wrong_password`: the password is not right"),
        (status = 401, description = "The token is missing or not good; see `WWW-Authenticate` and `Tegata-Reason`"),
        (status = 409, description = "`last_admin`: nobody else has the role `admin`"),
        (status = 422, description = "The password is missing", body = Invalid),
        (status = 429, description = "`too_many_attempts`: too many wrong passwords; see `Retry-After`"),
        (status = 503, description = "Too many passwords are waiting, or the store is away; see `Retry-After`"),
    ))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: SignedIn,
    mut body: Fields,
) -> Result<StatusCode, ApiError> {
    let password = Password::new(body.required("password"));
    body.finish()?;
    let id = caller.user.id;
    check(&app, &caller, password).await.inspect_err(|why| {
        if matches!(why, ApiError::WrongPassword) {
            tracing::info!(event = "user_deletion_refused", user.id = %id, "wrong current password");
        }
    })?;
    app.accounts(caller.by()).remove(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
