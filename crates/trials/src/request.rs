//! A request, made once and sent as often as one likes.

use std::net::Ipv4Addr;

use serde_json::Value;
use url::form_urlencoded::Serializer;

/// A request, all but its `Host`.
#[derive(Clone, Debug)]
pub struct Request {
    line: String,
    headers: String,
    body: Vec<u8>,
}

impl Request {
    /// With a method and a path, without a body.
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            line: format!("{method} {path} HTTP/1.1\r\n"),
            headers: String::new(),
            body: Vec::new(),
        }
    }

    /// A page, as a browser navigates to it.
    pub fn page(path: &str) -> Self {
        Self::new("GET", path).header("accept", "text/html")
    }

    /// Something of an API.
    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// A form that is posted.
    pub fn form(path: &str, fields: &[(&str, &str)]) -> Self {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::new("POST", path).body("application/x-www-form-urlencoded", body.into_bytes())
    }

    /// JSON that is sent.
    pub fn json(method: &str, path: &str, value: &Value) -> Self {
        Self::new(method, path).body("application/json", value.to_string().into_bytes())
    }

    /// A login at the issuer.
    pub fn log_in(username: &str, password: &str) -> Self {
        Self::form("/token", &[("username", username), ("password", password)])
    }

    /// A login at the pages.
    pub fn sign_in(username: &str, password: &str) -> Self {
        let fields = [("username", username), ("password", password)];
        Self::form("/login", &fields).header("accept", "text/html")
    }

    /// The next pair of tokens.
    pub fn refresh(token: &str) -> Self {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        Self::form("/token", &fields)
    }

    /// An end to the session of this token.
    pub fn revoke(token: &str) -> Self {
        Self::form("/revoke", &[("token", token)])
    }

    /// With an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With what a browser keeps, `name=value`.
    #[must_use]
    pub fn cookie(self, cookie: &str) -> Self {
        self.header("cookie", cookie)
    }

    /// From another address, as a trusted proxy says it.
    #[must_use]
    pub fn from_address(self, address: Ipv4Addr) -> Self {
        self.header("x-forwarded-for", &address.to_string())
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    /// The bytes that go to this host.
    pub fn bytes(&self, host: &str) -> Vec<u8> {
        let head = format!("{}host: {host}\r\n{}\r\n", self.line, self.headers);
        [head.as_bytes(), &self.body].concat()
    }

    fn body(mut self, kind: &str, body: Vec<u8>) -> Self {
        self.body = body;
        let length = self.body.len().to_string();
        self.header("content-type", kind)
            .header("content-length", &length)
    }
}
