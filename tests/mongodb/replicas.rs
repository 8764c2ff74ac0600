//! Two issuers and two frontends on one database, without sticky sessions.

use reqwest::{Client, redirect::Policy};
use serde_json::Value;
use tegata_mongod::Mongod;

use super::{
    ADMIN, place_on,
    visitor::{admin_gets_in, log_in},
};

/// A browser that sees both frontends as one site, as a proxy in front of them makes it: one cookie for
/// both.
struct Browser {
    http: Client,
    cookie: String,
}

impl Browser {
    async fn sign_in(pages: &str) -> Self {
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        let answer = http
            .post(format!("{pages}/login"))
            .form(&[("username", ADMIN.0), ("password", ADMIN.1)])
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 303);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { http, cookie }
    }

    async fn home(&self, pages: &str) -> u16 {
        let page = self.http.get(format!("{pages}/"));
        let answer = page.header("cookie", &self.cookie).send().await.unwrap();
        answer.status().as_u16()
    }

    async fn sign_out(&self, pages: &str) {
        let form = self.http.post(format!("{pages}/logout"));
        let answer = form.header("cookie", &self.cookie).send().await.unwrap();
        assert_eq!(answer.status(), 303);
    }
}

#[tokio::test]
async fn requests_may_go_to_any_replica() {
    for server in [Mongod::shared_standalone(), Mongod::shared_replica_set()] {
        let place = place_on(server, "replicas");
        let issuers = [place.serve("issuer"), place.serve("issuer")];
        let frontend = |issuer: &str| {
            place_on(server, "replicas")
                .with("ISSUER_URL", issuer)
                .serve("frontend")
        };
        let pages = [frontend(&issuers[0].url), frontend(&issuers[1].url)];
        for issuer in &issuers {
            admin_gets_in(issuer).await;
        }
        let admins = server.documents("replicas", "users");
        assert_eq!(
            admins.len(),
            1,
            "two issuers that start make one first account"
        );

        let browser = Browser::sign_in(&pages[0].url).await;
        for turn in 0..6 {
            assert_eq!(browser.home(&pages[turn % 2].url).await, 200);
        }
        browser.sign_out(&pages[1].url).await;
        for page in &pages {
            assert_eq!(browser.home(&page.url).await, 401, "signed out at both");
        }

        let token: Value = log_in(&issuers[0].url, ADMIN).await.json().await.unwrap();
        let token = token["access_token"].as_str().unwrap();
        let me = Client::new().get(format!("{}/users/me", issuers[1].url));
        let me = me.bearer_auth(token).send().await.unwrap();
        assert_eq!(
            me.status(),
            200,
            "a token of one issuer is good at the other"
        );
    }
}
