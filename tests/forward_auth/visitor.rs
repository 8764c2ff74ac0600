//! A browser as far as its cookies and its headers go; it follows no redirects by itself.

use std::{net::SocketAddr, sync::Arc};

use reqwest::{
    Client, RequestBuilder,
    cookie::{CookieStore, Jar},
    header::HeaderMap,
    redirect::Policy,
};
use url::form_urlencoded;

use super::world::Addresses;
use crate::pair::{PASSWORD, USERNAME};

#[derive(Clone)]
pub(super) struct Visitor {
    http: Client,
    jar: Arc<Jar>,
    addresses: Addresses,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(super) fn location(&self) -> &str {
        self.header("location").unwrap()
    }

    /// The message shown once, if there is one.
    pub(super) fn notice(&self) -> Option<&str> {
        let rest = self.text.split_once("class=\"notice")?.1;
        rest.split_once('>')?.1.split('<').next()
    }
}

impl Visitor {
    /// Waits until the proxy answers: Caddy listens before it has its certificates.
    pub(super) async fn of(addresses: &Addresses) -> Self {
        let jar = Arc::new(Jar::default());
        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let http = Client::builder()
            .cookie_provider(Arc::clone(&jar))
            .redirect(Policy::none())
            .resolve("login.example.com", here)
            .resolve("app.example.com", here)
            .tls_danger_accept_invalid_certs(true)
            .build()
            .unwrap();
        let visitor = Self {
            http,
            jar,
            addresses: addresses.clone(),
        };
        let mut beat = tokio::time::interval(std::time::Duration::from_millis(20));
        for site in [&addresses.pages, &addresses.app] {
            while visitor.http.get(site).send().await.is_err() {
                beat.tick().await;
            }
        }
        visitor
    }

    /// Opens an address, as by a click.
    pub(super) async fn opens(&self, url: &str) -> Seen {
        self.sends(self.navigation(self.http.get(url))).await
    }

    /// What a script of the page fetches.
    pub(super) async fn fetches(&self, url: &str) -> Seen {
        let request = self.http.get(url).header("accept", "*/*");
        let request = request.header("sec-fetch-mode", "cors");
        self.sends(request.header("sec-fetch-site", "same-origin"))
            .await
    }

    /// Sends a form of the page at this address.
    pub(super) async fn submits(&self, url: &str, fields: &[(&str, &str)]) -> Seen {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let request = self.http.post(url).body(form.extend_pairs(fields).finish());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.sends(self.navigation(request)).await
    }

    pub(super) fn navigation(&self, request: RequestBuilder) -> RequestBuilder {
        request
            .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-site", "same-origin")
    }

    pub(super) fn get(&self, url: &str) -> RequestBuilder {
        self.http.get(url)
    }

    pub(super) async fn sends(&self, request: RequestBuilder) -> Seen {
        let answer = request.send().await.unwrap();
        Seen {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        }
    }

    /// Signs in where `login` leads; where that leads.
    pub(super) async fn signs_in_at(&self, login: &str) -> String {
        let (_, query) = login.split_once('?').unwrap_or_default();
        let mut asked = form_urlencoded::parse(query.as_bytes());
        let next = asked.find_map(|(name, value)| (name == "next").then_some(value));
        let next = next.unwrap_or_default();
        let fields = [
            ("username", USERNAME),
            ("password", PASSWORD),
            ("next", &next),
        ];
        let pages = &self.addresses.pages;
        let done = self.submits(&format!("{pages}/login"), &fields).await;
        assert_eq!(done.status, 303, "{}", done.text);
        let back = self.opens(&format!("{pages}{}", done.location())).await;
        back.location().to_owned()
    }

    pub(super) async fn signs_in_as(&self, username: &str, password: &str) {
        let login = format!("{}/login", self.addresses.pages);
        let fields = [("username", username), ("password", password)];
        let done = self.submits(&login, &fields).await;
        assert_eq!(done.location(), "/login/done", "{}", done.text);
    }

    pub(super) async fn signs_in(&self) {
        let login = format!("{}/login", self.addresses.pages);
        assert_eq!(self.signs_in_at(&login).await, "/");
    }

    /// The cookies that go to this address.
    pub(super) fn cookies(&self, url: &str) -> String {
        let cookies = self.jar.cookies(&url.parse().unwrap());
        cookies.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }
}
