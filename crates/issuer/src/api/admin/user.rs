//! `GET`, `PATCH` and `DELETE /admin/users/{id}`: one account.

use axum::{
    Json,
    extract::{Path, State},
    response::IntoResponse,
};
use http::StatusCode;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Administrator, user_id};
use crate::{
    api::{NO_STORE, me::UserView, new_password::judged},
    app::App,
    error::{ApiError, Invalid},
    fields::Fields,
    password::NewPassword,
    store::Change,
    user::{DisplayName, Email, User, Username},
};

/// Show a user
#[utoipa::path(get, path = "/admin/users/{id}", operation_id = "show_user", tag = "admin",
    security(("password" = [])),
    params(("id" = String, Path, description = "The user's id: the `sub` of their tokens")),
    responses(
        (status = 200, description = "The user", body = UserView),
        (status = 403, description = "`insufficient_scope`: the caller does not have the role `admin`"),
        (status = 404, description = "There is no such user"),
    ))]
pub(crate) async fn show(
    State(app): State<App>,
    _: Administrator,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let user = find(&app, user_id(&id)?).await?;
    Ok((NO_STORE, Json(UserView::from(&user))))
}

async fn find(app: &App, id: Uuid) -> Result<User, ApiError> {
    let user = app.store.user_by_id(id).await?;
    user.ok_or(ApiError::NoSuchUser)
}

/// What is left out stays as it is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; Fields reads it")]
pub(crate) struct AccountChange {
    #[schema(example = "hanako")]
    username: Option<String>,
    /// `null` or empty removes it.
    #[schema(example = "hanako@example.com")]
    email: Option<String>,
    /// `null` or empty removes it.
    #[schema(example = "山田 花子")]
    name: Option<String>,
    /// These and no others.
    #[schema(example = json!(["editor"]))]
    roles: Option<Vec<String>>,
    /// `true` lets them in no more and ends all their login sessions.
    disabled: Option<bool>,
    /// A new password ends all their login sessions.
    #[schema(format = Password)]
    password: Option<String>,
}

/// Change a user
///
/// All of it, or nothing.
#[utoipa::path(patch, path = "/admin/users/{id}", operation_id = "change_user", tag = "admin",
    security(("password" = [])),
    params(("id" = String, Path, description = "The user's id: the `sub` of their tokens")),
    request_body(content(
        (AccountChange = "application/json"),
        (AccountChange = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, description = "The user, as they are now", body = UserView),
        (status = 403, description = "`insufficient_scope`: the caller does not have the role `admin`"),
        (status = 404, description = "There is no such user"),
        (status = 409, description = "`last_admin`: nobody else has the role `admin`; `username_taken`, `email_taken`"),
        (status = 422, description = "A member breaks a rule", body = Invalid),
        (status = 503, description = "Too many passwords are waiting, or the store is away; see `Retry-After`"),
    ))]
pub(crate) async fn change(
    State(app): State<App>,
    Administrator(caller): Administrator,
    Path(id): Path<String>,
    mut body: Fields,
) -> Result<impl IntoResponse, ApiError> {
    let id = user_id(&id)?;
    let username = body.replacement("username", Username::parse).flatten();
    let mut change = Change {
        username,
        email: body.replacement("email", Email::parse),
        name: body.replacement("name", DisplayName::parse),
        roles: body.optional_roles("roles"),
        disabled: body.optional_flag("disabled"),
        password_hash: None,
    };
    let password = new_password(&app, id, &change, &mut body).await?;
    body.finish()?;
    if let Some(password) = password {
        change.password_hash = Some(app.hasher.hash(password).await?);
    }
    let user = if change.is_empty() {
        find(&app, id).await?
    } else {
        app.accounts(caller.by()).change(id, change).await?.user
    };
    Ok((NO_STORE, Json(UserView::from(&user))))
}

/// Judged by the names that the user will have.
async fn new_password(
    app: &App,
    id: Uuid,
    change: &Change,
    body: &mut Fields,
) -> Result<Option<NewPassword>, ApiError> {
    let Some(text) = body.optional("password") else {
        return Ok(None);
    };
    let user = find(app, id).await?;
    let username = change.username.as_ref().unwrap_or(&user.username);
    let email = change.email.as_ref().unwrap_or(&user.email);
    let owner = (username.as_str(), email.as_ref());
    judged(app, body, ("password", text), owner).await
}

/// Delete a user
///
/// All their login sessions end. There is no way back.
#[utoipa::path(delete, path = "/admin/users/{id}", operation_id = "delete_user", tag = "admin",
    security(("password" = [])),
    params(("id" = String, Path, description = "The user's id: the `sub` of their tokens")),
    responses(
        (status = 204, description = "The user is gone"),
        (status = 403, description = "`insufficient_scope`: the caller does not have the role `admin`"),
        (status = 404, description = "There is no such user"),
        (status = 409, description = "`last_admin`: nobody else has the role `admin`"),
    ))]
pub(crate) async fn remove(
    State(app): State<App>,
    Administrator(caller): Administrator,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    app.accounts(caller.by()).remove(user_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
