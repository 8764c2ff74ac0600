//! Where to go after signing in: a local path, parsed. Whatever else was asked for becomes home.

use std::fmt;

use url::Url;

const HOME: &str = "/";
/// Longer ones are nobody's bookmark.
const MAX_LENGTH: usize = 2048;

/// A path (and query) of these pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Next(String);

impl Next {
    /// Reads what a query or a form asked for.
    ///
    /// Judged by resolving it as a browser would: only what stays on our own origin passes, and it goes
    /// on in its parsed, encoded form.
    pub(crate) fn parse(asked: &str) -> Self {
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
        let loops = ["/login", "/logout", "/register", "/language"]
            .iter()
            .any(|page| path == *page || path.starts_with(&format!("{page}/")));
        (!loops).then_some(next)
    }

    fn on_this_site(asked: &str) -> Option<Self> {
        let plain = asked.starts_with('/')
            && asked.len() <= MAX_LENGTH
            && !asked.chars().any(|c| c.is_control() || c == '\\');
        if !plain {
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
            assert_eq!(Next::parse(asked).as_str(), kept, "{asked}");
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
        ] {
            assert_eq!(Next::parse(asked), Next::home(), "{asked:?}");
        }
        assert_eq!(Next::parse(&format!("/{}", "a".repeat(3000))), Next::home());
    }

    proptest! {
        #[test]
        fn nothing_that_can_be_typed_leaves_the_site(asked in "[/\\\\.:@%a-f0-9?#\\t\\r\\n \\PC]{0,40}") {
            let next = Next::parse(&asked);
            let page = Url::parse("https://tegata.example/login").unwrap();
            let target = page.join(next.as_str()).unwrap();
            prop_assert_eq!(target.origin(), page.origin());
            prop_assert!(next.as_str().bytes().all(|b| b.is_ascii_graphic()));
        }
    }
}
