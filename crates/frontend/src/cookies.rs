//! Our cookies: what they are called and how they are guarded (design: `__Host-` and `Secure` over https; with
//! `COOKIE_DOMAIN` they are for all hosts of a domain, which the prefix `__Secure-` allows).
//!
//! The session id itself is written by tower-sessions; a layer here repairs what that leaves open: cookies
//! that are not ours, two of one name, and the removal of a `__Host-` cookie.

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
use tower_sessions::session::Id;

use crate::{
    app::App,
    config::{CookieDomain, PublicUrl},
};

/// The names and attributes that follow from the public address.
#[derive(Clone, Debug)]
pub(crate) struct CookieJarPolicy {
    secure: bool,
    /// None: for the pages' own host alone.
    domain: Option<String>,
    /// For what else cookies of these names may have been set, by other settings or by somebody on a sibling host.
    elsewhere: Vec<Option<String>>,
    pub(crate) session: &'static str,
    pub(crate) flash: &'static str,
    pub(crate) language: &'static str,
}

impl CookieJarPolicy {
    pub(crate) fn of(url: &PublicUrl, domain: Option<&CookieDomain>) -> Self {
        let domain = domain.map(|domain| domain.as_str().to_owned());
        let [session, flash, language] = match (url.is_secure(), &domain) {
            (true, None) => [
                "__Host-tegata",
                "__Host-tegata_flash",
                "__Host-tegata_language",
            ],
            (true, Some(_)) => [
                "__Secure-tegata",
                "__Secure-tegata_flash",
                "__Secure-tegata_language",
            ],
            (false, _) => ["tegata", "tegata_flash", "tegata_language"],
        };
        let mut elsewhere = Vec::new();
        if !session.starts_with("__Host-") {
            elsewhere.push(None);
            elsewhere.extend(domains_of(url.host()).map(Some));
            elsewhere.retain(|other| *other != domain);
        }
        Self {
            secure: url.is_secure(),
            domain,
            elsewhere,
            session,
            flash,
            language,
        }
    }

    /// What the session layer is to write.
    pub(crate) fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
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
        let mut cookie = Cookie::build((name, value.to_owned()))
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .path("/")
            .max_age(max_age)
            .build();
        if let Some(domain) = &self.domain {
            cookie.set_domain(domain.clone());
        }
        cookie
    }

    /// Removes the session cookie; when there were `several`, whatever they were set for: of those that are left,
    /// two would stand in the way of every later sign-in.
    fn removals(&self, several: bool) -> impl Iterator<Item = Cookie<'static>> {
        let own = self.cookie(self.session, "", Duration::ZERO);
        let others = self.elsewhere.iter().filter(move |_| several);
        let others = others.map({
            let own = own.clone();
            move |domain| {
                let mut other = own.clone();
                match domain {
                    Some(domain) => other.set_domain(domain.clone()),
                    None => other.unset_domain(),
                }
                other
            }
        });
        std::iter::once(own).chain(others)
    }
}

/// The domains that a cookie of this host can be set for: itself and those above, down to two labels.
fn domains_of(host: &str) -> impl Iterator<Item = String> {
    let is_name = host.parse::<std::net::IpAddr>().is_err() && !host.starts_with('[');
    let all = std::iter::successors(is_name.then_some(host), |name| {
        name.split_once('.').map(|(_, above)| above)
    });
    all.filter(|name| name.contains('.')).map(str::to_owned)
}

/// How many session cookies the request carries, good or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SessionCookieSent {
    #[default]
    None,
    One,
    /// Somebody has planted one; none of them counts.
    Several,
}

/// Stands before the session layer, and lets nothing in but our own cookies.
pub(crate) async fn tidy(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let policy = &app.cookies;
    let (sent, unusable) = keep_ours(request.headers_mut(), policy);
    let several = sent == SessionCookieSent::Several;
    request.extensions_mut().insert(sent);

    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let removed = take_removal(headers, policy.session);
    let ends = removed || (unusable && !sets(headers, policy.session));
    // A script that is told 401 leaves the cookie: the person's next click is to learn why.
    if ends && response.status() != StatusCode::UNAUTHORIZED {
        for removal in policy.removals(several) {
            if let Ok(removal) = HeaderValue::from_str(&removal.to_string()) {
                response.headers_mut().append(SET_COOKIE, removal);
            }
        }
    }
    response
}

/// Leaves our own cookies, and the session's only if it is one id. Says how many of those were sent, and whether
/// what was sent was no good.
pub(crate) fn keep_ours(
    headers: &mut HeaderMap,
    policy: &CookieJarPolicy,
) -> (SessionCookieSent, bool) {
    let mut ours = own_pairs(headers, policy);
    let ids: Vec<&str> = ours
        .iter()
        .filter_map(|(name, value)| (*name == policy.session).then_some(value.as_str()))
        .collect();
    // Of two, somebody may have planted one (a sibling host can): neither is believed.
    let usable = matches!(ids[..], [id] if id.parse::<Id>().is_ok());
    let unusable = !ids.is_empty() && !usable;
    let sent = match ids[..] {
        [] => SessionCookieSent::None,
        [_] => SessionCookieSent::One,
        _ => SessionCookieSent::Several,
    };
    if unusable {
        ours.retain(|(name, _)| *name != policy.session);
    }
    send_only(headers, &ours);
    (sent, unusable)
}

/// The cookies whose names are spelt exactly as ours. The jar behind this decodes names, so that a sibling
/// host could plant `%5F%5FHost-tegata` in spite of the prefix; and one cookie of another program that is
/// not UTF-8 would hide all others from it.
fn own_pairs(headers: &HeaderMap, policy: &CookieJarPolicy) -> Vec<(&'static str, String)> {
    let names = [policy.session, policy.flash, policy.language];
    headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|header| header.as_bytes().split(|b| *b == b';'))
        .filter_map(|pair| {
            let (name, value) = pair.split_at(pair.iter().position(|b| *b == b'=')?);
            let name = names
                .into_iter()
                .find(|own| own.as_bytes() == name.trim_ascii())?;
            let value = String::from_utf8_lossy(&value[1..]);
            Some((name, value.trim().to_owned()))
        })
        .collect()
}

fn send_only(headers: &mut HeaderMap, pairs: &[(&'static str, String)]) {
    headers.remove(COOKIE);
    let length = pairs
        .iter()
        .map(|(name, value)| name.len() + value.len() + "=; ".len());
    let mut line = String::with_capacity(length.sum());
    for (name, value) in pairs {
        let between = if line.is_empty() { "" } else { "; " };
        for part in [between, *name, "=", value] {
            line.push_str(part);
        }
    }
    if let Ok(cookies) = HeaderValue::try_from(line) {
        headers.insert(COOKIE, cookies);
    }
}

/// tower-sessions removes the cookie without `Secure`, which browsers ignore for `__Host-` names: takes that
/// out and says whether it was there.
fn take_removal(headers: &mut HeaderMap, name: &str) -> bool {
    let all: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    headers.remove(SET_COOKIE);
    let mut taken = false;
    for value in all {
        if is_named(&value, name) && value.to_str().is_ok_and(|v| v.contains("Max-Age=0")) {
            taken = true;
        } else {
            headers.append(SET_COOKIE, value);
        }
    }
    taken
}

fn sets(headers: &HeaderMap, name: &str) -> bool {
    let mut set = headers.get_all(SET_COOKIE).iter();
    set.any(|value| is_named(value, name))
}

fn is_named(set_cookie: &HeaderValue, name: &str) -> bool {
    let rest = set_cookie.as_bytes().strip_prefix(name.as_bytes());
    rest.is_some_and(|rest| rest.starts_with(b"="))
}
