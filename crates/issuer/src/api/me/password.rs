//! `PUT /users/me/password`: another password, and an end to all other login sessions.

use axum::{Json, extract::State, response::IntoResponse};
use utoipa::ToSchema;

use super::sessions::EndedCount;
use crate::{
    api::{NO_STORE, new_password::judged, signed_in::SignedIn},
    app::App,
    error::{ApiError, Invalid},
    fields::Fields,
    hasher::Verdict,
    password::Password,
};

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; Fields reads it")]
pub(crate) struct PasswordChange {
    #[schema(format = Password)]
    current_password: String,
    /// 8 characters at least, 72 bytes at most, not a common one.
    #[schema(format = Password)]
    new_password: String,
}

/// Change my password
///
/// All other login sessions end.
#[utoipa::path(put, path = "/users/me/password", tag = "users",
    security(("password" = [])),
    request_body(content(
        (PasswordChange = "application/json"),
        (PasswordChange = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, description = "It is changed; so many other login sessions were ended", body = EndedCount),
        (status = 400, description = "`wrong_password`: the current password is not right"),
        (status = 422, description = "A member is missing, or the new password breaks a rule", body = Invalid),
        (status = 503, description = "Too many passwords are waiting, or the store is away; see `Retry-After`"),
    ))]
pub(crate) async fn change(
    State(app): State<App>,
    caller: SignedIn,
    mut body: Fields,
) -> Result<impl IntoResponse, ApiError> {
    let user = &caller.user;
    let current = Password::new(body.required("current_password"));
    let new = body.required("new_password");
    // Without both there is nothing to check, and nothing is said about either.
    body.judge()?;

    let hash = user.password_hash.clone();
    let Verdict::Right { .. } = app.hasher.verify(current, Some(hash), false).await? else {
        tracing::info!(event = "password_change_refused", user.id = %user.id, "wrong current password");
        return Err(ApiError::WrongPassword);
    };
    let owner = (user.username.as_str(), user.email.as_ref());
    let new = judged(&app, &mut body, ("new_password", new), owner).await?;
    body.finish()?;
    let new = new.ok_or(ApiError::Internal)?;
    let hash = app.hasher.hash(new).await?;
    let ended = app
        .accounts(caller.by())
        .set_password(user, &hash, caller.sid())
        .await?;
    Ok((NO_STORE, Json(EndedCount { ended })))
}
