//! A door for the fuzz targets in `fuzz/` to what is private here. No part of the API: it changes without notice.

use http::HeaderMap;

use crate::{
    config::{AppOrigins, PublicUrl},
    cookies::{CookieJarPolicy, keep_ours},
    flash::Flash,
    locale::Language,
    next::Next,
};

/// Where a visitor goes who asked for this; one of three rules: to a listed app too, only here, or here and to
/// the sign-in pages.
pub fn next(asked: &str, apps: &AppOrigins) -> [String; 3] {
    [
        Next::parse(asked, apps),
        Next::local(asked),
        Next::parse_page(asked),
    ]
    .map(|next| next.as_str().to_owned())
}

/// The query of a page that carries it on.
pub fn carried(asked: &str) -> String {
    Next::local(asked).carried_by("/login")
}

/// Leaves of the cookies those of pages at this address.
pub fn keep_our_cookies(headers: &mut HeaderMap, url: &PublicUrl) {
    keep_ours(headers, &CookieJarPolicy::of(url, None));
}

/// The value that says what this value of the message's cookie says.
pub fn flash(value: &str) -> Option<String> {
    Flash::parse(value).map(Flash::value)
}

/// What the browser likes best.
pub fn language(headers: &HeaderMap) -> Option<Language> {
    Language::preferred(headers)
}
