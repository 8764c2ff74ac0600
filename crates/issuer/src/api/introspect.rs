//! `POST /introspect`: what a token is worth now (RFC 7662), for services that want to know it from the store and
//! not from the signature alone.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use serde::Serialize;
use tegata_guard::{Rejection, rejection::Dialect};
use tegata_server::Client;
use tegata_token::{Audience, Claims, Reason};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{
    NO_STORE,
    signed_in::{SignedIn, signed_in},
};
use crate::{
    app::App,
    client_authentication::{Authorization, ClientCredentials},
    error::{ApiError, Invalid},
    fields::Fields,
    login_session::{LoginSession, Presented, Turn},
    oauth_client::ClientId,
    store::Unavailable,
    tokens::CLIENT_ID,
    user::User,
};

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; Fields reads it")]
pub(crate) struct Introspection {
    /// An access token, or a refresh token.
    token: String,
    /// `access_token` or `refresh_token`; not needed.
    token_type_hint: Option<String>,
    /// Of a client that does not send them in the header `Authorization`.
    client_id: Option<String>,
    #[schema(format = Password)]
    client_secret: Option<String>,
}

/// A token that is good now. Of any other there is `{"active": false}` and nothing else.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct TokenState {
    active: bool,
    /// `bearer` of an access token; `refresh_token` of a refresh token, which opens no service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "bearer")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// The client that it speaks of, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// As it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// As they are now.
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    /// Its login session.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    aud: Option<Audience>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1795238813)]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
}

/// What is a token worth
///
/// Asked by a client, or by a user who has the role `admin`. Says what the store knows now: a token of a login
/// session that was ended, of a user who is gone or disabled, or of a client that was removed is not active.
#[utoipa::path(post, path = "/introspect", tag = "tokens",
    security(("secret" = []), ("password" = [])),
    request_body(content(
        (Introspection = "application/x-www-form-urlencoded"),
        (Introspection = "application/json"),
    )),
    responses(
        (status = 200, description = "What it is worth; `{\"active\": false}` alone when it is nothing", body = TokenState),
        (status = 400, description = "`invalid_request`: whoever asks authenticates twice"),
        (status = 401, description = "`invalid_client`: there is no client, or its secret is wrong; or the bearer token of whoever asks is not good, see `Tegata-Reason`"),
        (status = 403, description = "Whoever asks is no `admin`"),
        (status = 422, description = "`token` is missing", body = Invalid),
        (status = 429, description = "`too_many_attempts`: whoever asks does so too often, or fails to be that client; see `Retry-After`"),
        (status = 503, description = "The store is away; see `Retry-After`"),
    ))]
pub(crate) async fn introspect(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    mut body: Fields,
) -> Result<impl IntoResponse, Response> {
    let who = may_ask(&app, &client, &headers, &mut body).await?;
    let state = async {
        app.throttle.introspect(who, app.clock.now())?;
        let token = body.required("token");
        // Of no use: the two kinds are told apart at sight.
        body.optional("token_type_hint");
        body.finish()?;
        state_of(&app, &token).await
    };
    let state = state.await.map_err(IntoResponse::into_response)?;
    Ok((NO_STORE, Json(state.unwrap_or_default())))
}

/// Goes on for a client, and for the bearer of a token whose user is an administrator now. Says which one.
async fn may_ask(
    app: &App,
    from: &Client,
    headers: &HeaderMap,
    body: &mut Fields,
) -> Result<String, Response> {
    let client = async {
        let authorization = Authorization::of(headers)?;
        let credentials = ClientCredentials::of(&authorization, body)?;
        match (authorization, credentials) {
            (Authorization::Bearer(_), Some(_)) => Err(ApiError::ClientTwice),
            (Authorization::Bearer(token), None) => Ok(Err(token)),
            (_, Some(credentials)) => {
                let client = credentials.check(app, from).await?;
                Ok(Ok(client.id.to_string()))
            }
            (_, None) => Err(ApiError::InvalidClient),
        }
    };
    let token = match client.await.map_err(IntoResponse::into_response)? {
        Ok(client) => return Ok(client),
        Err(token) => token,
    };
    let refused = |reason: Reason| {
        tracing::info!(reason = reason.code(), "token refused");
        Rejection::new(reason)
            .in_dialect(Dialect::FastApi)
            .into_response()
    };
    let claims = app.guard.check(token).await.map_err(refused)?;
    let caller = signed_in(app, &claims, Client::default()).await;
    let caller = caller.map_err(|cause| ApiError::from(cause).into_response())?;
    let SignedIn { user, .. } = caller.map_err(refused)?;
    if user.administers() {
        Ok(user.id.to_string())
    } else {
        Err(refused(Reason::ScopeMissing))
    }
}

/// None when it is worth nothing, whatever the reason.
async fn state_of(app: &App, token: &str) -> Result<Option<TokenState>, ApiError> {
    if let Some(named) = app.refresh_key().await?.read(token) {
        let turn = Turn {
            sid: named.sid,
            generation: named.generation,
            owner: named.owner,
            at: app.clock.now(),
            lifetimes: app.lifetimes,
        };
        return Ok(refresh_token(app, &turn).await?);
    }
    match app.guard.check(token).await {
        Ok(claims) => Ok(access_token(app, Arc::unwrap_or_clone(claims)).await?),
        Err(_) => Ok(None),
    }
}

async fn access_token(app: &App, claims: Claims) -> Result<Option<TokenState>, Unavailable> {
    if let Some(id) = ClientId::of_subject(&claims.sub) {
        let client = app.store.client(id).await?;
        return Ok(client.map(|_| TokenState::of(claims, None)));
    }
    let caller = signed_in(app, &claims, Client::default()).await?;
    Ok(caller
        .ok()
        .map(|caller| TokenState::of(claims, Some(caller.user))))
}

/// Asks what a refresh with this token would come to, and turns nothing on.
async fn refresh_token(app: &App, turn: &Turn) -> Result<Option<TokenState>, Unavailable> {
    let Some((session, Some(user))) = app.store.session_with_user(turn.sid).await? else {
        return Ok(None);
    };
    Ok(match session.presented(Some(&user), turn) {
        Presented::GoesOn(_) => {
            let used = turn.generation < session.generation;
            let good_until = if used {
                session.rotated_at.saturating_add(app.lifetimes.grace)
            } else {
                session.live_until
            };
            Some(TokenState::of_refresh(app, &session, user, good_until))
        }
        Presented::Over(_) | Presented::Ends(_) | Presented::Altered => None,
    })
}

impl TokenState {
    fn of(mut claims: Claims, user: Option<User>) -> Self {
        let client_id = claims.extra.remove(CLIENT_ID);
        let (username, roles) = user.map(named).unzip();
        Self {
            active: true,
            token_type: Some("bearer"),
            scope: claims.scope,
            client_id: client_id.and_then(|id| id.as_str().map(str::to_owned)),
            username,
            roles,
            sub: Some(claims.sub),
            sid: claims.sid,
            aud: claims.aud,
            iss: claims.iss,
            jti: claims.jti,
            exp: Some(claims.exp),
            iat: claims.iat,
            nbf: claims.nbf,
        }
    }

    fn of_refresh(
        app: &App,
        session: &LoginSession,
        user: User,
        good_until: OffsetDateTime,
    ) -> Self {
        let (username, roles) = named(user);
        Self {
            active: true,
            token_type: Some("refresh_token"),
            username: Some(username),
            roles: Some(roles),
            sub: Some(session.user.to_string()),
            sid: Some(session.id.to_string()),
            iss: Some(app.issuer.clone()),
            exp: Some(good_until.unix_timestamp()),
            ..Self::default()
        }
    }
}

fn named(user: User) -> (String, Vec<String>) {
    (user.username.as_str().to_owned(), user.roles)
}
