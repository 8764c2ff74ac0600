//! What a proxy says of the request that it asks about, as far as it is to be believed.

use std::sync::Once;

use axum::extract::FromRequestParts;
use http::{HeaderMap, request::Parts};
use url::Url;

use crate::{app::App, error::PageError, next::Next};

const URI: &str = "x-forwarded-uri";

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(super) manner: Manner,
    /// A trusted proxy asks.
    pub(super) by_proxy: bool,
    /// The browser asked for an address of the pages' own origin.
    pub(super) at_pages: bool,
    /// Where the browser is to come back to; home when that cannot be told, or is nowhere to be sent to.
    pub(super) next: Next,
}

/// What the proxy can do with a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// It looks at the status alone, and 401 is a refusal: nginx's `auth_request`.
    Status,
    /// It passes the answer on to the browser: Caddy, Traefik.
    Redirect,
}

impl Question {
    /// Absolute: the browser may be at the host of an app.
    pub(super) fn login_page(&self, app: &App) -> String {
        app.public_url.at(&self.next.login_page())
    }
}

impl FromRequestParts<App> for Question {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let manner = manner(parts.uri.query().unwrap_or_default())?;
        let by_proxy = app.trusted_proxies.send(parts);
        let mut question = Self {
            manner,
            by_proxy,
            at_pages: false,
            next: Next::home(),
        };
        if by_proxy {
            question.read(&parts.headers, app);
        } else if parts.headers.contains_key(URI) {
            warn_once();
        }
        Ok(question)
    }
}

impl Question {
    fn read(&mut self, headers: &HeaderMap, app: &App) {
        let Some(origin) = asked_origin(headers) else {
            return;
        };
        self.at_pages = origin.origin() == app.public_url.origin();
        // What a form has sent cannot be asked for again by a link.
        let is_read = matches!(only(headers, "x-forwarded-method"), Some("GET" | "HEAD"));
        let uri = only(headers, URI).filter(|uri| is_read && uri.starts_with('/'));
        let Some(uri) = uri else {
            return;
        };
        self.next = if self.at_pages {
            Next::local(uri)
        } else {
            let address = format!("{}{uri}", origin.origin().ascii_serialization());
            Next::parse(&address, &app.forward_auth.origins)
        };
    }
}

/// `?refusal=redirect`, or nothing.
fn manner(query: &str) -> Result<Manner, PageError> {
    let mut asked = url::form_urlencoded::parse(query.as_bytes())
        .filter_map(|(name, value)| (name == "refusal").then_some(value));
    match (asked.next().as_deref(), asked.next()) {
        (None, None) => Ok(Manner::Status),
        (Some("redirect"), None) => Ok(Manner::Redirect),
        _ => Err(PageError::BadRequest),
    }
}

fn asked_origin(headers: &HeaderMap) -> Option<Url> {
    let scheme = only(headers, "x-forwarded-proto")?;
    let host = only(headers, "x-forwarded-host")?;
    let url = Url::parse(&format!("{scheme}://{host}")).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = std::str::from_utf8(values.next()?.as_bytes()).ok()?;
    values.next().is_none().then_some(value)
}

fn warn_once() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        tracing::warn!(
            "/forward-auth was asked by somebody who is no trusted proxy, so nobody comes back to where they were after signing in: if that was your proxy, set TRUSTED_PROXIES to its address"
        );
    });
}
