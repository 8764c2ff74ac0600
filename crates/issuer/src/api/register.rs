//! `POST /users`: makes an account for whoever asks, while registration is open.

use axum::{Json, extract::State, response::IntoResponse};
use http::StatusCode;
use tegata_server::Client;
use utoipa::ToSchema;

use super::{NO_STORE, me::UserView, new_password::judged};
use crate::{
    accounts::Draft,
    app::App,
    config::Registration,
    error::{ApiError, Invalid},
    event::By,
    fields::Fields,
    throttle::Origin,
    user::{DisplayName, Email, Username},
};

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; Fields reads it")]
pub(crate) struct NewUser {
    /// 1 to 64 letters, digits or `. _ - @ +`. Case and width do not tell two names apart.
    #[schema(example = "hanako")]
    username: String,
    /// 8 characters at least, 72 bytes at most, not a common one.
    #[schema(format = Password)]
    password: String,
    #[schema(example = "hanako@example.com")]
    email: Option<String>,
    #[schema(example = "山田 花子")]
    name: Option<String>,
}

/// Register
#[utoipa::path(post, path = "/users", tag = "users",
    request_body(content(
        (NewUser = "application/json"),
        (NewUser = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "The new user", body = UserView),
        (status = 403, description = "Registration is closed"),
        (status = 409, description = "The username or the email address is taken"),
        (status = 422, description = "A member is missing or breaks a rule", body = Invalid),
        (status = 429, description = "`too_many_attempts`: too many registrations from there within an hour, or passwords within a minute; see `Retry-After`"),
        (status = 503, description = "Too many passwords are waiting, or the store is away; see `Retry-After`"),
    ))]
pub(crate) async fn register(
    State(app): State<App>,
    client: Client,
    mut body: Fields,
) -> Result<impl IntoResponse, ApiError> {
    if app.registration == Registration::Closed {
        return Err(ApiError::RegistrationClosed);
    }
    let (store, origin) = (app.store.as_ref(), Origin::of(client.address));
    app.throttle
        .may_register(store, origin, app.clock.now())
        .await?;
    let typed = body.required("username");
    let username = body.parse_given("username", &typed, Username::parse);
    let email = body.replacement("email", Email::parse).flatten();
    let name = body.replacement("name", DisplayName::parse).flatten();
    let password = body.required("password");
    // The password is work, and a 422 is not counted as a registration.
    app.throttle.judge(origin, app.clock.now())?;
    let owner = (typed.as_str(), email.as_ref());
    let password = judged(&app, &mut body, ("password", password), owner).await?;
    body.finish()?;
    let (Some(username), Some(password)) = (username, password) else {
        return Err(ApiError::Internal);
    };

    app.throttle
        .register(store, origin, app.clock.now())
        .await?;
    let hash = app.hasher.hash(password).await?;
    let draft = Draft {
        username,
        email,
        name,
        roles: Vec::new(),
    };
    let user = app.accounts(By::nobody(client)).add(draft, hash).await?;
    Ok((StatusCode::CREATED, NO_STORE, Json(UserView::from(&user))))
}
