//! Which apps beside the pages share their sign-in: by the cookie that reaches them, and as places to come back
//! to. Both are closed lists, judged at start.

use std::{fmt, str::FromStr, sync::Arc};

use thiserror::Error;
use url::{Host, Origin, Url};

use super::{PublicUrl, is_loopback};

/// What forward-auth does for apps behind a proxy.
#[derive(Clone, Debug, Default)]
pub struct ForwardAuth {
    pub(crate) cookie_domain: Option<CookieDomain>,
    pub(crate) origins: AppOrigins,
    pub(crate) token: bool,
}

impl ForwardAuth {
    /// `token`: whether apps get the access token.
    ///
    /// # Errors
    /// See [`BadForwardAuth`].
    pub fn new(
        public_url: &PublicUrl,
        cookie_domain: Option<CookieDomain>,
        origins: AppOrigins,
        token: bool,
    ) -> Result<Self, BadForwardAuth> {
        let pages = public_url.host();
        if let Some(domain) = &cookie_domain
            && !domain.holds(pages)
        {
            return Err(BadForwardAuth::Domain {
                domain: domain.to_string(),
                pages: pages.to_owned(),
            });
        }
        for app in origins.0.iter() {
            let shown = app.ascii_serialization();
            let Origin::Tuple(scheme, host, _) = app else {
                continue;
            };
            let host = host.to_string();
            if scheme == "http" && public_url.is_secure() {
                return Err(BadForwardAuth::Insecure { app: shown });
            }
            let gets_cookie = match &cookie_domain {
                Some(domain) => domain.holds(&host),
                None => host == pages,
            };
            if !gets_cookie {
                return Err(BadForwardAuth::NoCookie {
                    app: shown,
                    pages: pages.to_owned(),
                });
            }
        }
        Ok(Self {
            cookie_domain,
            origins,
            token,
        })
    }
}

/// Why these settings do not go together. The text says what to do.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BadForwardAuth {
    /// Browsers would not take the cookie.
    #[error(
        "COOKIE_DOMAIN={domain} does not hold {pages}, the host of PUBLIC_URL: write the domain that the pages and the apps share"
    )]
    Domain {
        /// As it was written.
        domain: String,
        /// The host of the pages.
        pages: String,
    },
    /// Whoever signed in would be sent to the app and straight back, again and again.
    #[error(
        "FORWARD_AUTH_ORIGINS: {app} would not get the session cookie of {pages}: set COOKIE_DOMAIN to the domain that both share, such as example.com"
    )]
    NoCookie {
        /// The app's origin.
        app: String,
        /// The host of the pages.
        pages: String,
    },
    /// The same, since cookies of https pages are not sent over http.
    #[error(
        "FORWARD_AUTH_ORIGINS: {app} would not get the session cookie of https pages: write https"
    )]
    Insecure {
        /// The app's origin.
        app: String,
    },
}

/// The domain whose hosts all get the cookies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieDomain(String);

/// Browsers keep no cookie for it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "write the domain that the pages and the apps share, such as example.com, with a dot in it"
)]
pub struct BadCookieDomain;

impl CookieDomain {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn holds(&self, host: &str) -> bool {
        let rest = host.strip_suffix(&self.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

impl FromStr for CookieDomain {
    type Err = BadCookieDomain;

    /// Two labels or more: no browser keeps a cookie for all of `com`, nor for all of `localhost`.
    fn from_str(text: &str) -> Result<Self, BadCookieDomain> {
        match Host::parse(text) {
            Ok(Host::Domain(name)) if is_plain(&name) && name.contains('.') => Ok(Self(name)),
            _ => Err(BadCookieDomain),
        }
    }
}

impl fmt::Display for CookieDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The origins of apps to which whoever has signed in may be sent back; none by default.
#[derive(Clone, Debug, Default)]
pub struct AppOrigins(Arc<[Origin]>);

/// It is no list of origins.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{0:?} is no origin: write each exactly, such as https://grafana.example.com, without a path, with commas between; http is for localhost only"
)]
pub struct BadOrigin(String);

impl BadOrigin {
    /// A user and a password are not repeated.
    fn of(word: &str) -> Self {
        Self(match word.rsplit_once('@') {
            Some((_, rest)) => format!("…@{rest}"),
            None => word.to_owned(),
        })
    }
}

impl AppOrigins {
    /// Whether this address is one of a listed app.
    pub(crate) fn hold(&self, url: &Url) -> bool {
        self.0.contains(&url.origin())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(Origin::ascii_serialization)
    }
}

impl FromStr for AppOrigins {
    type Err = BadOrigin;

    /// Reads origins with commas between.
    fn from_str(text: &str) -> Result<Self, BadOrigin> {
        let words = text.split(',').map(str::trim);
        let words = words.filter(|word| !word.is_empty());
        words
            .map(|word| origin(word).ok_or_else(|| BadOrigin::of(word)))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn origin(word: &str) -> Option<Origin> {
    let url = Url::parse(word).ok()?;
    let whole = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    // A `*` would be a host like any other here, and a pattern in the pages' policy.
    let host = match url.host()? {
        Host::Domain(name) => is_plain(name),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    };
    (whole && scheme && host).then(|| url.origin())
}

fn is_plain(name: &str) -> bool {
    let label = |label: &str| {
        let mut bytes = label.bytes();
        !label.is_empty() && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(pages: &str, domain: Option<&str>, origins: &str) -> Result<(), String> {
        let domain = domain.map(|text| text.parse().unwrap());
        let pages = PublicUrl::parse(pages).unwrap();
        ForwardAuth::new(&pages, domain, origins.parse().unwrap(), false)
            .map(drop)
            .map_err(|why| why.to_string())
    }

    #[test]
    fn a_cookie_domain_is_one_that_browsers_take() {
        for (text, read) in [
            ("example.com", Some("example.com")),
            ("Example.COM", Some("example.com")),
            ("tegata.localhost", Some("tegata.localhost")),
            ("関所.example", Some("xn--8ous75i.example")),
            ("com", None),
            ("localhost", None),
            (".example.com", None),
            ("example.com.", None),
            ("*.example.com", None),
            ("127.0.0.1", None),
            ("[::1]", None),
            ("https://example.com", None),
            ("example.com:443", None),
            ("", None),
        ] {
            let parsed: Result<CookieDomain, _> = text.parse();
            let parsed = parsed.ok().map(|domain| domain.to_string());
            assert_eq!(parsed.as_deref(), read, "{text}");
        }
    }

    #[test]
    fn a_password_in_an_origin_is_not_repeated() {
        let read: Result<AppOrigins, _> = "https://hana:hunter2@app.example.com".parse();
        let text = read.unwrap_err().to_string();
        assert!(text.starts_with("\"…@app.example.com\""), "{text}");
    }

    #[test]
    fn origins_are_exact() {
        let list: AppOrigins = "https://grafana.example.com, https://b.example.com:8443,"
            .parse()
            .unwrap();
        for (url, listed) in [
            ("https://grafana.example.com/d/1?a=b", true),
            ("https://GRAFANA.example.com:443/", true),
            ("https://b.example.com:8443/", true),
            ("https://b.example.com/", false),
            ("http://grafana.example.com/", false),
            ("https://example.com/", false),
            ("https://x.grafana.example.com/", false),
            ("https://grafana.example.com.evil.example/", false),
        ] {
            assert_eq!(list.hold(&Url::parse(url).unwrap()), listed, "{url}");
        }
        for bad in [
            "grafana.example.com",
            "https://*.example.com",
            "https://example.com/path",
            "https://user@example.com",
            "http://grafana.example.com",
            "ftp://grafana.example.com",
            "https://a.example.com;script-src",
            "null",
        ] {
            assert!(bad.parse::<AppOrigins>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_would_send_people_round_in_circles_is_refused() {
        let pages = "https://login.example.com";
        let app = "https://grafana.example.com";
        assert_eq!(judged(pages, Some("example.com"), app), Ok(()));
        assert_eq!(
            judged(pages, None, "https://login.example.com:8443"),
            Ok(())
        );
        assert_eq!(
            judged("http://localhost:8080", None, "http://localhost:3000"),
            Ok(())
        );

        let why = judged(pages, None, app).unwrap_err();
        assert!(why.contains("set COOKIE_DOMAIN"), "{why}");
        let why = judged(pages, Some("example.com"), "https://badexample.com").unwrap_err();
        assert!(why.contains("set COOKIE_DOMAIN"), "{why}");
        let why = judged(pages, None, "http://localhost:3000").unwrap_err();
        assert!(why.contains("write https"), "{why}");
        for domain in ["example.org", "grafana.example.com", "ample.com"] {
            let why = judged(pages, Some(domain), "").unwrap_err();
            assert!(why.contains("PUBLIC_URL"), "{why}");
        }
    }
}
