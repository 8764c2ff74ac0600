//! `GET` and `POST /admin/users`: who has an account, and another one.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::IntoResponse,
};
use http::StatusCode;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::Administrator;
use crate::{
    accounts::Draft,
    api::{NO_STORE, me::UserView, new_password::judged, paging},
    app::App,
    error::{ApiError, Invalid},
    fields::Fields,
    random_password::random_password,
    user::{DisplayName, Email, Username, UsernameKey},
};

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; Fields reads it")]
pub(crate) struct Asked {
    /// `next` of the page before.
    after: Option<String>,
    /// 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u8>,
    /// Only the one of exactly this name, in any case and width.
    #[param(example = "hanako")]
    username: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct UserPage {
    /// In the order of their ids, which is that of their creation.
    users: Vec<UserView>,
    /// For `after` of the next question; `null` on the last page.
    next: Option<String>,
    /// Users between these that cannot be read, since somebody has changed them in the database. The log
    /// names them.
    left_out: usize,
}

/// List users
#[utoipa::path(get, path = "/admin/users", operation_id = "list_users", tag = "admin",
    security(("password" = [])),
    params(Asked),
    responses(
        (status = 200, description = "A page of users", body = UserPage),
        (status = 403, description = "`insufficient_scope`: the caller does not have the role `admin`"),
        (status = 422, description = "A parameter is wrong", body = Invalid),
    ))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Administrator,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, ApiError> {
    let mut query = Fields::of_query(query.as_deref())?;
    let username = query.parameter("username");
    let after = paging::id(&mut query, "after");
    let limit = paging::limit(&mut query);
    query.finish()?;

    let answer = if let Some(username) = username {
        let key = UsernameKey::of(&username);
        let found = app.store.user_by_username(&key).await?;
        UserPage {
            users: found.iter().map(UserView::from).collect(),
            next: None,
            left_out: 0,
        }
    } else {
        let page = app.store.users_after(after, limit).await?;
        let last = page.users.last().filter(|_| page.users.len() == limit);
        UserPage {
            users: page.users.iter().map(UserView::from).collect(),
            next: last.map(|user| user.id.to_string()),
            left_out: page.left_out.len(),
        }
    };
    Ok((NO_STORE, Json(answer)))
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; Fields reads it")]
pub(crate) struct NewAccount {
    /// 1 to 64 letters, digits or `. _ - @ +`. Case and width do not tell two names apart.
    #[schema(example = "hanako")]
    username: String,
    /// As for `POST /users`. Without it a random one is made and told once.
    #[schema(format = Password)]
    password: Option<String>,
    #[schema(example = "hanako@example.com")]
    email: Option<String>,
    #[schema(example = "山田 花子")]
    name: Option<String>,
    /// In the words of your services; in a form with blanks between.
    #[schema(example = json!(["editor"]))]
    roles: Option<Vec<String>>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Created {
    #[serde(flatten)]
    user: UserView,
    /// The random one, when none was given. Nobody can look it up later.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "hq3xkzv7bm2rcw8tnd5y")]
    password: Option<String>,
}

/// Create a user
#[utoipa::path(post, path = "/admin/users", operation_id = "create_user", tag = "admin",
    security(("password" = [])),
    request_body(content(
        (NewAccount = "application/json"),
        (NewAccount = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "The new user", body = Created),
        (status = 403, description = "`insufficient_scope`: the caller does not have the role `admin`"),
        (status = 409, description = "`username_taken`, `email_taken`"),
        (status = 422, description = "A member is missing or breaks a rule", body = Invalid),
        (status = 503, description = "Too many passwords are waiting, or the store is away; see `Retry-After`"),
    ))]
pub(crate) async fn create(
    State(app): State<App>,
    Administrator(caller): Administrator,
    mut body: Fields,
) -> Result<impl IntoResponse, ApiError> {
    let typed = body.required("username");
    let username = body.parse_given("username", &typed, Username::parse);
    let email = body.replacement("email", Email::parse).flatten();
    let name = body.replacement("name", DisplayName::parse).flatten();
    let roles = body.optional_roles("roles").unwrap_or_default();
    let given = body.optional("password");
    let random = match given {
        None => Some(random_password(app.random.as_ref())),
        Some(_) => None,
    };
    let password = given.or_else(|| random.clone()).unwrap_or_default();
    let owner = (typed.as_str(), email.as_ref());
    let password = judged(&app, &mut body, ("password", password), owner).await?;
    body.finish()?;
    let (Some(username), Some(password)) = (username, password) else {
        return Err(ApiError::Internal);
    };

    let hash = app.hasher.hash(password).await?;
    let draft = Draft {
        username,
        email,
        name,
        roles,
    };
    let user = app.accounts(caller.by()).add(draft, hash).await?;
    let answer = Created {
        user: UserView::from(&user),
        password: random,
    };
    Ok((StatusCode::CREATED, NO_STORE, Json(answer)))
}
