//! Reads a submitted form. Unlike axum's, it refuses a field that was sent twice and names every failure
//! as a [`PageError`].

use std::collections::BTreeMap;

use axum::{
    body::Bytes,
    extract::{FromRequest, OptionalFromRequest, Request},
};
use http::{StatusCode, header::CONTENT_TYPE};
use secrecy::SecretString;
use tegata_server::{is_form, read_form};

use crate::{app::App, error::PageError, next::Next};

/// The fields of a form.
#[derive(Default)]
pub(crate) struct Form {
    fields: BTreeMap<String, String>,
}

impl Form {
    /// A field as it was typed; empty when it is not there.
    pub(crate) fn take(&mut self, name: &str) -> String {
        self.fields.remove(name).unwrap_or_default()
    }

    /// A field that must not be shown or logged.
    pub(crate) fn take_secret(&mut self, name: &str) -> SecretString {
        SecretString::from(self.take(name))
    }

    /// Where to go afterwards.
    pub(crate) fn take_next(&mut self, app: &App) -> Next {
        Next::parse(&self.take("next"), &app.forward_auth.origins)
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        if !is_form(request.headers()) {
            return Err(PageError::BadRequest);
        }
        let body = Bytes::from_request(request, state).await.map_err(|e| {
            if e.status() == StatusCode::PAYLOAD_TOO_LARGE {
                PageError::TooLarge
            } else {
                PageError::BadRequest
            }
        })?;
        let fields = read_form(&body).map_err(|_| PageError::BadRequest)?;
        Ok(Self { fields })
    }
}

impl<S: Send + Sync> OptionalFromRequest<S> for Form {
    type Rejection = PageError;

    /// None when the request says nothing of a body.
    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, PageError> {
        if !request.headers().contains_key(CONTENT_TYPE) {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state)
            .await
            .map(Some)
    }
}
