//! What every page needs to know of a request: its language, its cookies, where it is, who sends it, and
//! whether a person or a program asks.

use axum::extract::FromRequestParts;
use http::{HeaderMap, Method, StatusCode, header::ACCEPT, request::Parts};
use tegata_server::Client;
use tower_cookies::Cookies;

use crate::{
    app::App,
    cookies::SessionCookieSent,
    flash::Flash,
    locale::{Language, Messages},
    next::Next,
    pages::shell::Shell,
};

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) language: Language,
    pub(crate) cookies: Cookies,
    /// The browser, to be passed on to the issuer.
    pub(crate) client: Client,
    pub(crate) session_cookie: SessionCookieSent,
    /// This page, for links that come back to it; home when it answers a form.
    pub(crate) here: String,
    /// A browser shows the answer to a person, rather than a script reading it.
    pub(crate) wants_page: bool,
    /// Somebody reads the answer's body.
    has_reader: bool,
}

impl Visit {
    /// The frame of a page that greets nobody by name. Takes the flash message, so build it only for
    /// a page that is sent.
    pub(crate) fn shell(&self, app: &App) -> Shell {
        let plain = Shell::plain(self.language);
        Shell {
            here: self.here.clone(),
            notice: self.take_flash(app).map(|flash| flash.notice(plain.t)),
            weak_secret: app.weak_secret,
            keys_differ: keys_differ(app, plain.t),
            ..plain
        }
    }

    /// Where to come back to after signing in.
    pub(crate) fn return_here(&self) -> Next {
        Next::local(&self.here)
    }

    /// A person reads the answer, so what is said on it is said.
    pub(crate) fn is_for_a_reader(&self) -> bool {
        self.wants_page && self.has_reader
    }

    fn take_flash(&self, app: &App) -> Option<Flash> {
        if self.has_reader {
            Flash::take(app, &self.cookies)
        } else {
            None
        }
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, StatusCode> {
        let Some(cookies) = parts.extensions.get::<Cookies>().cloned() else {
            tracing::error!("a page stands outside the cookie layer");
            return Err(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let chosen = cookies
            .get(app.cookies.language)
            .and_then(|cookie| cookie.value().parse().ok());
        let language = chosen
            .or_else(|| Language::preferred(&parts.headers))
            .unwrap_or(app.default_language);
        let is_read = [Method::GET, Method::HEAD].contains(&parts.method);
        // What was sent as a form cannot be asked for again by a link.
        let here = parts.uri.path_and_query().filter(|_| is_read);
        let here = here.map_or("/", |here| here.as_str()).to_owned();
        Ok(Self {
            language,
            cookies,
            session_cookie: parts.extensions.get().copied().unwrap_or_default(),
            client: parts.extensions.get().cloned().unwrap_or_default(),
            here,
            wants_page: wants_page(&parts.headers),
            has_reader: parts.method != Method::HEAD,
        })
    }
}

/// What the operator is told while nobody can sign in because of the keys. From memory: a page waits for nobody.
fn keys_differ(app: &App, t: &Messages) -> Option<String> {
    let keys = app.agreement.last();
    if !keys.differ() {
        return None;
    }
    let issuer = keys.issuer_signs_with.unwrap_or_default();
    Some(t.keys_differ_text(&issuer, &keys.verifying))
}

/// A browser that navigates asks for HTML and says so; a script, an image or curl does not.
fn wants_page(headers: &HeaderMap) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let accepts_html = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.to_ascii_lowercase().contains("text/html"));
    let navigates = header("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    accepts_html && navigates && header("x-requested-with").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        wants_page(&headers)
    }

    #[test]
    fn a_person_gets_pages_and_a_program_does_not() {
        let browser = ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
        assert!(wants(&[browser]));
        assert!(wants(&[browser, ("sec-fetch-mode", "navigate")]));
        assert!(!wants(&[]));
        assert!(!wants(&[("accept", "*/*")]), "curl");
        assert!(!wants(&[("accept", "application/json")]));
        assert!(!wants(&[browser, ("sec-fetch-mode", "cors")]), "fetch()");
        assert!(!wants(&[browser, ("x-requested-with", "XMLHttpRequest")]));
    }
}
