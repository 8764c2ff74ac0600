//! `PUT /users/me/password`: another password, and an end to all other login sessions.

use axum::{Json, extract::State, response::IntoResponse};
use utoipa::ToSchema;

use super::sessions::EndedCount;
use crate::{
    api::{NO_STORE, current_password::check, new_password::judged, signed_in::SignedIn},
    app::App,
    error::{ApiError, Invalid},
    fields::Fields,
    hasher::{Busy, Verdict},
    password::{Password, PasswordHash},
    user::User,
};

/// A hash is renewed once, when the cost in the settings has changed.
const MAX_TRIES: usize = 3;

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
        (status = 429, description = "`too_many_attempts`: too many wrong passwords; see `Retry-After`"),
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

    let mut known = user.password_hash.clone();
    check(&app, &caller, current.clone())
        .await
        .inspect_err(|why| told(user, why))?;
    let owner = (user.username.as_str(), user.email.as_ref());
    let new = judged(&app, &mut body, ("new_password", new), owner).await?;
    body.finish()?;
    let new = new.ok_or(ApiError::Internal)?;
    let hash = app.hasher.hash(new).await?;
    let accounts = app.accounts(caller.by());
    for _ in 0..MAX_TRIES {
        let ended = accounts.replace_password(user.id, &known, &hash, caller.sid());
        if let Some(ended) = ended.await? {
            return Ok((NO_STORE, Json(EndedCount { ended })));
        }
        // Another change was quicker; or a login renewed the hash, which changes no password.
        match app.store.user_by_id(user.id).await? {
            Some(now) if fits(&app, &current, &now.password_hash).await? => {
                known = now.password_hash;
            }
            _ => break,
        }
    }
    told(user, &ApiError::WrongPassword);
    Err(ApiError::WrongPassword)
}

async fn fits(app: &App, password: &Password, hash: &PasswordHash) -> Result<bool, Busy> {
    let verdict = app
        .hasher
        .verify(password.clone(), Some(hash.clone()), false);
    Ok(matches!(verdict.await?, Verdict::Right { .. }))
}

fn told(user: &User, why: &ApiError) {
    if matches!(why, ApiError::WrongPassword) {
        tracing::info!(event = "password_change_refused", user.id = %user.id, "wrong current password");
    }
}
