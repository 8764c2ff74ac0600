//! Who calls a guarded route, as the store has them now: a good token of a user who is gone or disabled does not
//! count, nor does one of a login session that was ended a moment ago.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::request::Parts;
use tegata_guard::Caller;
use tegata_server::Client;
use tegata_token::{Claims, Reason};
use uuid::Uuid;

use crate::{
    app::App,
    error::ApiError,
    event::By,
    login_session::{LoginSession, Sid},
    store::Unavailable,
    user::User,
};

/// See the module.
#[derive(Debug)]
pub(crate) struct SignedIn {
    pub(crate) user: User,
    /// None for a token that another service made with our secret, without a session.
    pub(crate) session: Option<LoginSession>,
    /// Where this request comes from.
    pub(crate) client: Client,
}

impl SignedIn {
    pub(crate) fn sid(&self) -> Option<Sid> {
        self.session.as_ref().map(|session| session.id)
    }

    /// As who does something.
    pub(crate) fn by(&self) -> By {
        By::user(self.user.id, self.client.clone())
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let Ok(client) = Client::from_request_parts(parts, app).await;
        let found = signed_in(app, caller.claims(), client).await;
        let found = found.map_err(|cause| ApiError::from(cause).into_response())?;
        found.map_err(|reason| caller.refuse(reason).into_response())
    }
}

/// Whose these claims of a good token are now, or why they are nobody's.
pub(crate) async fn signed_in(
    app: &App,
    claims: &Claims,
    client: Client,
) -> Result<Result<SignedIn, Reason>, Unavailable> {
    let Ok(id) = claims.sub.parse::<Uuid>() else {
        return Ok(Err(Reason::UserUnknown));
    };
    let Some(sid) = claims.sid.as_deref() else {
        let user = app.store.user_by_id(id).await?;
        return Ok(usable(user).map(|user| SignedIn {
            user,
            session: None,
            client,
        }));
    };
    let Ok(sid) = sid.parse() else {
        return Ok(Err(Reason::SessionEnded));
    };
    let Some((session, user)) = app.store.session_with_user(sid).await? else {
        return Ok(Err(Reason::SessionEnded));
    };
    Ok(usable(user).and_then(|user| {
        if session.user == id && session.is_live(app.clock.now()) {
            Ok(SignedIn {
                user,
                session: Some(session),
                client,
            })
        } else {
            Err(Reason::SessionEnded)
        }
    }))
}

fn usable(user: Option<User>) -> Result<User, Reason> {
    let user = user.ok_or(Reason::UserUnknown)?;
    if user.disabled {
        Err(Reason::UserDisabled)
    } else {
        Ok(user)
    }
}
