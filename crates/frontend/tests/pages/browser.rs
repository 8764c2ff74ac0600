//! What a browser does: keeps cookies by the rules, sends the headers browsers send, shows a page. It
//! follows redirects only when told to, and forgets cookies only when told to (Max-Age=0): time is the
//! clock's business.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use tower::ServiceExt;

use crate::site::{Door, PASSWORD, USERNAME};

const ACCEPT_PAGES: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[derive(Clone)]
pub(crate) struct Browser {
    door: Door,
    origin: String,
    pub(crate) cookies: BTreeMap<String, String>,
    languages: Option<&'static str>,
    cookies_blocked: bool,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn new(door: Door, origin: &str) -> Self {
        Self {
            door,
            origin: origin.to_owned(),
            cookies: BTreeMap::new(),
            languages: None,
            cookies_blocked: false,
        }
    }

    pub(crate) fn reading(mut self, languages: &'static str) -> Self {
        self.languages = Some(languages);
        self
    }

    pub(crate) fn with_cookies_blocked(mut self) -> Self {
        self.cookies_blocked = true;
        self
    }

    /// The same browser, by a balancer sent to another frontend.
    pub(crate) fn at(&self, door: &Door) -> Self {
        Self {
            door: Door::clone(door),
            ..self.clone()
        }
    }

    /// Opens an address, as by a click on a page of the site.
    pub(crate) async fn get(&mut self, address: &str) -> Page {
        self.send(self.navigation(Method::GET, address), "").await
    }

    /// Opens an address and follows every redirect.
    pub(crate) async fn open(&mut self, address: &str) -> Page {
        let page = self.get(address).await;
        self.follow(page).await
    }

    /// Follows every redirect; fails on a loop.
    pub(crate) async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..10 {
            if page.status != StatusCode::SEE_OTHER {
                return page;
            }
            page = self.get(page.location()).await;
        }
        unreachable!("the redirects never end: {page:?}");
    }

    /// Sends a form of the site.
    pub(crate) async fn submit(&mut self, address: &str, fields: &[(&str, &str)]) -> Page {
        self.send(self.form_request(address), &form(fields)).await
    }

    /// What a script of the page sends.
    pub(crate) async fn fetch(&mut self, address: &str) -> Page {
        let request = self
            .request(Method::GET, address)
            .header(header::ACCEPT, "*/*")
            .header("sec-fetch-mode", "cors")
            .header("sec-fetch-site", "same-origin");
        self.send(request, "").await
    }

    pub(crate) async fn sign_in(&mut self) {
        let page = self.submit_login(USERNAME, PASSWORD).await;
        let home = self.follow(page).await;
        assert_eq!(home.status, StatusCode::OK, "{}", home.body);
    }

    pub(crate) async fn submit_login(&mut self, username: &str, password: &str) -> Page {
        let fields = [("username", username), ("password", password)];
        self.submit("/login", &fields).await
    }

    pub(crate) fn session_cookie(&self) -> Option<&str> {
        let names = ["tegata", "__Host-tegata", "__Secure-tegata"];
        names
            .iter()
            .find_map(|name| self.cookies.get(*name).map(String::as_str))
    }

    /// A request with the headers of a form that a person sends; other headers may come on top.
    pub(crate) fn form_request(&self, address: &str) -> http::request::Builder {
        self.navigation(Method::POST, address)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, &self.origin)
    }

    pub(crate) fn navigation(&self, method: Method, address: &str) -> http::request::Builder {
        self.request(method, address)
            .header(header::ACCEPT, ACCEPT_PAGES)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-site", "same-origin")
            .header("upgrade-insecure-requests", "1")
    }

    /// A request with this browser's cookies and languages, and nothing else.
    pub(crate) fn request(&self, method: Method, address: &str) -> http::request::Builder {
        let host = self.origin.split_once("//").unwrap().1;
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .header(header::HOST, host);
        if let Some(languages) = self.languages {
            request = request.header(header::ACCEPT_LANGUAGE, languages);
        }
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !pairs.is_empty() {
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        request
    }

    pub(crate) async fn send(&mut self, request: http::request::Builder, body: &str) -> Page {
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let door = self.door.lock().unwrap().clone();
        let answer = door.oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let page = Page {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        if !self.cookies_blocked {
            self.keep_cookies(&page);
        }
        page
    }

    /// RFC 6265bis §5.7: `__Host-` cookies that are not `Secure`, or not for the whole host, are ignored,
    /// removals too.
    fn keep_cookies(&mut self, page: &Page) {
        for cookie in page.set_cookies() {
            if cookie.name.starts_with("__Host-")
                && !(cookie.has("Secure") && cookie.has("Path=/") && !cookie.has("Domain"))
            {
                continue;
            }
            if cookie.has("Max-Age=0") {
                self.cookies.remove(&cookie.name);
            } else {
                self.cookies.insert(cookie.name, cookie.value);
            }
        }
    }
}

/// One `Set-Cookie`.
#[derive(Debug)]
pub(crate) struct SetCookie {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) attributes: Vec<String>,
}

impl SetCookie {
    fn parse(text: &str) -> Self {
        let mut parts = text.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            attributes: parts.map(str::to_owned).collect(),
        }
    }

    /// An attribute as written, `HttpOnly` or `Path=/`.
    pub(crate) fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|one| one == attribute)
    }

    pub(crate) fn max_age(&self) -> Option<i64> {
        let text = self
            .attributes
            .iter()
            .find_map(|one| one.strip_prefix("Max-Age="))?;
        Some(text.parse().unwrap())
    }
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location").unwrap()
    }

    pub(crate) fn set_cookies(&self) -> Vec<SetCookie> {
        let values = self.headers.get_all(header::SET_COOKIE).iter();
        values
            .map(|value: &HeaderValue| SetCookie::parse(value.to_str().unwrap()))
            .collect()
    }

    pub(crate) fn set_cookie(&self, name: &str) -> Option<SetCookie> {
        let all = self.set_cookies();
        let mut named = all.into_iter().filter(|cookie| cookie.name == name);
        let cookie = named.next();
        assert!(named.next().is_none(), "{name} is set twice");
        cookie
    }

    pub(crate) fn says(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn is_page(&self) -> bool {
        self.header("content-type") == Some("text/html; charset=utf-8")
            && self.body.starts_with("<!doctype html>")
    }

    /// The message shown once, if there is one.
    pub(crate) fn notice(&self) -> Option<&str> {
        self.element_of_class("notice")
    }

    /// What went wrong with the form as a whole.
    pub(crate) fn alert(&self) -> Option<&str> {
        self.element_of_class("alert")
    }

    /// What is wrong with this field.
    pub(crate) fn wrong(&self, field: &str) -> Option<&str> {
        let start = format!("id=\"{field}-error\">");
        let rest = self.body.split_once(&start)?.1;
        rest.split('<').next()
    }

    /// The value of an input in the form with this action, as a browser would send it.
    pub(crate) fn input(&self, action: &str, name: &str) -> String {
        let forms = format!("action=\"{action}\"");
        let form = self.body.split_once(&forms).unwrap().1;
        let form = form.split("</form>").next().unwrap();
        let input = form.split_once(&format!("name=\"{name}\"")).unwrap().1;
        let input = input.split('>').next().unwrap();
        let Some((_, value)) = input.split_once("value=\"") else {
            return String::new();
        };
        unescaped(value.split('"').next().unwrap())
    }

    pub(crate) fn language(&self) -> &str {
        let rest = self.body.split_once("<html lang=\"").unwrap().1;
        rest.split('"').next().unwrap()
    }

    fn element_of_class(&self, class: &str) -> Option<&str> {
        let rest = self.body.split_once(&format!("class=\"{class}"))?.1;
        let text = rest.split_once('>')?.1;
        text.split('<').next()
    }
}

/// The body of a form.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

fn unescaped(text: &str) -> String {
    text.replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}
