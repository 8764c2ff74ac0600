//! Who calls: what a handler behind the guard asks for.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use tegata_token::{Claims, Reason};

use crate::{Rejection, rejection::Manner};

/// Who calls, as the token says. Extract it in a handler behind [`Guard::layer`]; behind
/// [`GuardLayer::optional`] extract `Option<Caller>`.
///
/// [`Guard::layer`]: crate::Guard::layer
/// [`GuardLayer::optional`]: crate::GuardLayer::optional
#[derive(Clone, Debug)]
pub struct Caller {
    claims: Arc<Claims>,
    manner: Arc<Manner>,
}

impl Caller {
    pub(crate) fn new(claims: Arc<Claims>, manner: Arc<Manner>) -> Self {
        Self { claims, manner }
    }

    /// The user's id: the `sub` claim.
    pub fn id(&self) -> &str {
        &self.claims.sub
    }

    /// The user's name as shown (`preferred_username`), when the token carries one.
    pub fn username(&self) -> Option<&str> {
        self.claims.preferred_username.as_deref()
    }

    /// The roles in the token; none is an empty list.
    pub fn roles(&self) -> &[String] {
        &self.claims.roles
    }

    /// Every claim of the token.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Goes on only when the token carries this scope.
    ///
    /// # Errors
    /// A 403 `insufficient_scope` (RFC 6750 §3.1).
    pub fn require_scope(&self, scope: &str) -> Result<(), Rejection> {
        self.require(self.claims.has_scope(scope))
    }

    /// Goes on only when the token carries this role.
    ///
    /// # Errors
    /// A 403 `insufficient_scope` (RFC 6750 §3.1).
    pub fn require_role(&self, role: &str) -> Result<(), Rejection> {
        self.require(self.claims.has_role(role))
    }

    /// Refuses this caller after all, in the manner of the route: the token is good, but what it
    /// speaks of is not (a user who has been deleted, say).
    pub fn refuse(&self, reason: Reason) -> Rejection {
        Rejection::in_manner(reason, Arc::clone(&self.manner))
    }

    fn require(&self, held: bool) -> Result<(), Rejection> {
        if held {
            Ok(())
        } else {
            Err(self.refuse(Reason::ScopeMissing))
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        identified(parts).map_err(IntoResponse::into_response)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Response> {
        match identified(parts) {
            Ok(caller) => Ok(Some(caller)),
            Err(Nobody::Stranger(_)) => Ok(None),
            Err(unguarded @ Nobody::Unguarded) => Err(unguarded.into_response()),
        }
    }
}

fn identified(parts: &Parts) -> Result<Caller, Nobody> {
    if let Some(caller) = parts.extensions.get::<Caller>() {
        return Ok(caller.clone());
    }
    if let Some(Unidentified(manner)) = parts.extensions.get() {
        return Err(Nobody::Stranger(Arc::clone(manner)));
    }
    tracing::error!(
        path = parts.uri.path(),
        "a handler asks for a Caller, but no guard layer stands before its route"
    );
    Err(Nobody::Unguarded)
}

/// Why there is no caller.
enum Nobody {
    /// An optional guard let through a request without a token.
    Stranger(Arc<Manner>),
    /// Nobody has judged the token. To take its bearer for a stranger would hide that.
    Unguarded,
}

impl IntoResponse for Nobody {
    fn into_response(self) -> Response {
        match self {
            Self::Stranger(manner) => {
                Rejection::in_manner(Reason::HeaderMissing, manner).into_response()
            }
            Self::Unguarded => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// Left by an optional guard for a request without a token.
#[derive(Clone, Debug)]
pub(crate) struct Unidentified(pub(crate) Arc<Manner>);
