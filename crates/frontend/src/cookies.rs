//! Our cookies: what they are called and how they are guarded (design: `__Host-` and `Secure` over https).
//!
//! The session id itself is written by tower-sessions; a layer here repairs what that leaves open: two
//! cookies of one name, and the removal of a `__Host-` cookie.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{COOKIE, SET_COOKIE},
};
use tower_cookies::{
    Cookie,
    cookie::{SameSite, time::Duration},
};

use crate::{app::App, config::PublicUrl};

/// The names and attributes that follow from the public address.
#[derive(Clone, Debug)]
pub(crate) struct CookieJarPolicy {
    secure: bool,
    pub(crate) session: &'static str,
    pub(crate) flash: &'static str,
    pub(crate) language: &'static str,
}

impl CookieJarPolicy {
    pub(crate) fn of(url: &PublicUrl) -> Self {
        if url.is_secure() {
            Self {
                secure: true,
                session: "__Host-tegata",
                flash: "__Host-tegata_flash",
                language: "__Host-tegata_language",
            }
        } else {
            Self {
                secure: false,
                session: "tegata",
                flash: "tegata_flash",
                language: "tegata_language",
            }
        }
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    /// A cookie with every guard on; `max_age` zero removes it.
    pub(crate) fn cookie(
        &self,
        name: &'static str,
        value: &str,
        max_age: Duration,
    ) -> Cookie<'static> {
        Cookie::build((name, value.to_owned()))
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .path("/")
            .max_age(max_age)
            .build()
    }
}

/// Whether the request carries a session cookie, good or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionCookieSent(pub(crate) bool);

/// Stands before the session layer.
pub(crate) async fn tidy(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let policy = &app.cookies;
    let sent = count(request.headers(), policy.session);
    request.extensions_mut().insert(SessionCookieSent(sent > 0));
    if sent > 1 {
        // Somebody may have planted one (a sibling host can): neither is believed.
        drop_named(request.headers_mut(), policy.session);
    }
    let mut response = next.run(request).await;
    // A script that is told 401 leaves the cookie: the person's next click is to learn why.
    let keep = response.status() == StatusCode::UNAUTHORIZED;
    repair_removal(response.headers_mut(), policy, keep);
    response
}

fn count(headers: &HeaderMap, name: &str) -> usize {
    pairs(headers).filter(|pair| name_of(pair) == name).count()
}

fn drop_named(headers: &mut HeaderMap, name: &str) {
    let kept: Vec<&str> = pairs(headers)
        .filter(|pair| name_of(pair) != name)
        .collect();
    let kept = HeaderValue::from_str(&kept.join("; "));
    headers.remove(COOKIE);
    if let Ok(kept) = kept {
        headers.insert(COOKIE, kept);
    }
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
        .flat_map(|value| value.split(';'))
        .map(str::trim)
}

fn name_of(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name.trim())
}

/// tower-sessions removes the cookie without `Secure`, which browsers ignore for `__Host-` names.
fn repair_removal(headers: &mut HeaderMap, policy: &CookieJarPolicy, keep: bool) {
    if !headers.contains_key(SET_COOKIE) {
        return;
    }
    let removes = |value: &HeaderValue| {
        let text = value.to_str().unwrap_or_default();
        name_of(text.split(';').next().unwrap_or_default()) == policy.session
            && text.contains("Max-Age=0")
    };
    let all: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    headers.remove(SET_COOKIE);
    let removal = policy
        .cookie(policy.session, "", Duration::ZERO)
        .to_string();
    for value in all {
        let value = match HeaderValue::from_str(&removal) {
            Ok(_) if removes(&value) && keep => continue,
            Ok(removal) if removes(&value) => removal,
            _ => value,
        };
        headers.append(SET_COOKIE, value);
    }
}
