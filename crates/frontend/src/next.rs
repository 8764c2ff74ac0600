//! Where to go after signing in: a local path, parsed, or a page of an app whose origin is listed
//! (`FORWARD_AUTH_ORIGINS`). Whatever else was asked for becomes home.

use std::fmt;

use url::Url;

use crate::config::AppOrigins;

const HOME: &str = "/";
/// Longer ones are nobody's bookmark.
const MAX_LENGTH: usize = 2048;

/// A path (and query) of these pages, or an address of a listed app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Next(String);

impl Next {
    /// Reads what a query or a form asked for.
    ///
    /// Judged by resolving it as a browser would: only what stays on our own origin or goes to a listed one
    /// passes, and it goes on in its parsed, encoded form.
    pub(crate) fn parse(asked: &str, apps: &AppOrigins) -> Self {
        let next = Self::local_path(asked).or_else(|| Self::of_app(asked, apps));
        next.unwrap_or_else(Self::home)
    }

    /// One that stays here.
    pub(crate) fn local(asked: &str) -> Self {
        Self::local_path(asked).unwrap_or_else(Self::home)
    }

    /// The same for the language switch, which comes back to the sign-in pages as well.
    pub(crate) fn parse_page(asked: &str) -> Self {
        Self::on_this_site(asked).unwrap_or_else(Self::home)
    }

    pub(crate) fn home() -> Self {
        Self(HOME.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The login page that comes back here.
    pub(crate) fn login_page(&self) -> String {
        self.carried_by("/login")
    }

    /// `page?next=…`, or the bare page when that leads home anyway.
    pub(crate) fn carried_by(&self, page: &str) -> String {
        if self.0 == HOME {
            page.to_owned()
        } else {
            let next: String = url::form_urlencoded::byte_serialize(self.0.as_bytes()).collect();
            format!("{page}?next={next}")
        }
    }

    fn local_path(asked: &str) -> Option<Self> {
        let next = Self::on_this_site(asked)?;
        let path = next.0.split('?').next().unwrap_or_default();
        let loops = [
            "/login",
            "/logout",
            "/register",
            "/language",
            "/forward-auth",
        ]
        .iter()
        .any(|page| path == *page || path.starts_with(&format!("{page}/")));
        (!loops).then_some(next)
    }

    fn on_this_site(asked: &str) -> Option<Self> {
        if !asked.starts_with('/') || !is_plain(asked) {
            return None;
        }
        let base = Url::parse("https://tegata.invalid/").ok()?;
        let url = base.join(asked).ok()?;
        let path = url.path();
        if url.origin() != base.origin() || path.starts_with("//") || looks_like_a_host(path) {
            return None;
        }
        Some(Self(match url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }))
    }

    fn of_app(asked: &str, apps: &AppOrigins) -> Option<Self> {
        if !is_plain(asked) {
            return None;
        }
        let mut url = Url::parse(asked).ok()?;
        let named = !url.username().is_empty() || url.password().is_some();
        if named || !apps.hold(&url) {
            return None;
        }
        url.set_fragment(None);
        Some(Self(url.into()))
    }
}

/// Browsers read a backslash as a slash, and leave out line breaks.
fn is_plain(asked: &str) -> bool {
    asked.len() <= MAX_LENGTH && !asked.chars().any(|c| c.is_control() || c == '\\')
}

/// Some proxies decode before they resolve, and then read `//host`.
fn looks_like_a_host(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ["/%2f", "/%5c", "/%0"]
        .iter()
        .any(|trick| lower.starts_with(trick))
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn apps() -> AppOrigins {
        "https://app.example.com".parse().unwrap()
    }

    fn parse(asked: &str) -> Next {
        Next::parse(asked, &apps())
    }

    #[test]
    fn a_local_path_is_kept_with_its_query() {
        for (asked, kept) in [
            ("/", "/"),
            ("/account", "/account"),
            ("/orders?page=2&sort=new", "/orders?page=2&sort=new"),
            ("/a/../b", "/b"),
            ("/関所?道=八", "/%E9%96%A2%E6%89%80?%E9%81%93=%E5%85%AB"),
            ("/a?u=https://example.com", "/a?u=https://example.com"),
            ("/page#part", "/page"),
        ] {
            assert_eq!(parse(asked).as_str(), kept, "{asked}");
        }
    }

    #[test]
    fn whatever_leaves_the_site_or_loops_is_home() {
        for asked in [
            "",
            "evil.example",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil",
            "https://evil.example",
            "https:evil",
            "javascript:alert(1)",
            "/%2fevil.example",
            "/%2Fevil.example",
            "/%5cevil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/%09/evil.example",
            "/%0d%0aLocation:x",
            " /account",
            "/a\r\nSet-Cookie: x=y",
            "/.//evil.example",
            "/a/..//evil.example",
            "/login",
            "/login/done?next=/login",
            "/logout",
            "/forward-auth?refusal=redirect",
            "http://app.example.com/",
            "https://app.example.com:8443/",
            "https://app.example.com.evil.example/",
            "https://app.example.com@evil.example/",
            "https://evil.example@app.example.com/",
            "https://app.example.com\\@evil.example/",
            "https://evil.example\\.app.example.com/",
            "\thttps://app.example.com/",
            "//app.example.com/",
        ] {
            assert_eq!(parse(asked), Next::home(), "{asked:?}");
        }
        assert_eq!(parse(&format!("/{}", "a".repeat(3000))), Next::home());
    }

    #[test]
    fn a_page_of_a_listed_app_is_kept_but_for_its_fragment() {
        for (asked, kept) in [
            ("https://app.example.com", "https://app.example.com/"),
            (
                "https://APP.example.com:443/d/1?from=now-1h&to=now#panel",
                "https://app.example.com/d/1?from=now-1h&to=now",
            ),
            (
                "https://app.example.com/関所?q=\"<b>",
                "https://app.example.com/%E9%96%A2%E6%89%80?q=%22%3Cb%3E",
            ),
            (
                "https://app.example.com//evil.example",
                "https://app.example.com//evil.example",
            ),
        ] {
            assert_eq!(parse(asked).as_str(), kept, "{asked}");
            assert_eq!(Next::local(asked), Next::home(), "{asked}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_can_be_typed_leaves_the_site(
            app in "(https:(//)?(app\\.example\\.com)?)?",
            asked in "[/\\\\.:@%a-f0-9?#\\t\\r\\n \\PC]{0,40}",
        ) {
            let next = parse(&format!("{app}{asked}"));
            let page = Url::parse("https://tegata.example/login").unwrap();
            let target = page.join(next.as_str()).unwrap();
            prop_assert!(target.origin() == page.origin() || apps().hold(&target));
            prop_assert!(next.as_str().bytes().all(|b| b.is_ascii_graphic()));
        }
    }
}
