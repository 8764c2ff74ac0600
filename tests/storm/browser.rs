//! A browser, as far as its cookies and its headers go.

use std::{collections::BTreeMap, net::SocketAddr};

use reqwest::{Client, RequestBuilder, redirect::Policy};
use serde_json::Value;

use crate::pair::{PASSWORD, USERNAME};

/// One browser's cookies; sees all frontends as one site, as a balancer makes it.
#[derive(Clone)]
pub(crate) struct Browser {
    http: Client,
    cookies: BTreeMap<String, String>,
}

/// What came back.
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) text: String,
}

impl Browser {
    /// One that holds this cookie and nothing else.
    pub(crate) fn with_cookie(name: &str, value: &str) -> Self {
        let cookies = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        Self {
            http: http(),
            cookies,
        }
    }

    pub(crate) async fn sign_in(at: SocketAddr) -> Self {
        Self::sign_in_as(at, (USERNAME, PASSWORD)).await
    }

    pub(crate) async fn sign_in_as(at: SocketAddr, (username, password): (&str, &str)) -> Self {
        let mut browser = Self {
            http: http(),
            cookies: BTreeMap::new(),
        };
        let form = [("username", username), ("password", password)];
        let post = browser.http.post(format!("{}/login", url(at))).form(&form);
        let seen = browser.navigates(post).await;
        assert_eq!(seen.status, 303, "{}", seen.text);
        browser
    }

    /// A page, as a person asks for it.
    pub(crate) async fn opens(&mut self, at: SocketAddr, path: &str) -> Seen {
        let get = self.http.get(format!("{}{path}", url(at)));
        self.navigates(get).await
    }

    /// The same as a script: nothing ends, no message is used up.
    pub(crate) async fn asks(&self, at: SocketAddr) -> (u16, Value) {
        let get = self.http.get(format!("{}/", url(at)));
        let answer = get.header("cookie", self.jar()).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    async fn navigates(&mut self, request: RequestBuilder) -> Seen {
        let request = request
            .header("cookie", self.jar())
            .header("accept", "text/html")
            .header("accept-language", "en");
        let answer = request.send().await.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = answer.headers().get("location");
        Seen {
            status: answer.status().as_u16(),
            location: location.map_or("", |to| to.to_str().unwrap()).to_owned(),
            text: answer.text().await.unwrap(),
        }
    }

    fn jar(&self) -> String {
        let pairs = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }
}

fn url(at: SocketAddr) -> String {
    format!("http://localhost:{}", at.port())
}

fn http() -> Client {
    let http = Client::builder()
        .redirect(Policy::none())
        // Services come and go at their addresses here.
        .pool_max_idle_per_host(0);
    http.build().unwrap()
}
