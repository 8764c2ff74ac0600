//! Two who administer, each at an issuer of their own, with one database between them.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tegata_mongod::Mongod;

use super::{
    ADMIN, place_on,
    visitor::{admin_gets_in, becomes_ready, log_in},
};
use crate::tegata::Service;

const ROUNDS: usize = 10;

/// Somebody who is signed in at an issuer.
struct Signed<'a> {
    issuer: &'a Service,
    token: String,
    id: String,
}

async fn sign_in<'a>(issuer: &'a Service, name: &str, password: &str) -> Signed<'a> {
    let answer: Value = log_in(&issuer.url, (name, password))
        .await
        .json()
        .await
        .unwrap();
    let token = answer["access_token"].as_str().unwrap().to_owned();
    let me = Client::new().get(format!("{}/users/me", issuer.url));
    let me: Value = me
        .bearer_auth(&token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let id = me["id"].as_str().unwrap().to_owned();
    Signed { issuer, token, id }
}

impl Signed<'_> {
    async fn create(&self, name: &str) -> String {
        let users = Client::new().post(format!("{}/admin/users", self.issuer.url));
        let user = json!({"username": name, "roles": ["admin"]});
        let made = users
            .bearer_auth(&self.token)
            .json(&user)
            .send()
            .await
            .unwrap();
        assert_eq!(made.status(), 201);
        let made: Value = made.json().await.unwrap();
        made["password"].as_str().unwrap().to_owned()
    }

    async fn delete(&self, other: &Signed<'_>) -> StatusCode {
        let user = Client::new().delete(format!("{}/admin/users/{}", self.issuer.url, other.id));
        user.bearer_auth(&self.token).send().await.unwrap().status()
    }

    async fn still_administers(&self) -> bool {
        let users = Client::new().get(format!("{}/admin/users", self.issuer.url));
        users
            .bearer_auth(&self.token)
            .send()
            .await
            .unwrap()
            .status()
            == 200
    }
}

#[tokio::test]
async fn of_two_administrators_who_delete_each_other_at_two_issuers_one_stays() {
    for server in [Mongod::shared_standalone(), Mongod::shared_replica_set()] {
        let issuers = [0, 1].map(|_| place_on(server, "admins").serve("issuer"));
        for issuer in &issuers {
            becomes_ready(issuer).await;
        }
        admin_gets_in(&issuers[0]).await;
        let mut there = sign_in(&issuers[0], ADMIN.0, ADMIN.1).await;
        for round in 0..ROUNDS {
            let name = format!("admin{round}");
            let password = there.create(&name).await;
            // Each at the other's issuer in turn, so that neither is always the nearer one.
            let place = usize::from(std::ptr::eq(there.issuer, &issuers[0]));
            let new = sign_in(&issuers[place], &name, &password).await;
            let (one, other) = tokio::join!(there.delete(&new), new.delete(&there));
            let (stays, gone) = match (one.as_u16(), other.as_u16()) {
                (204, 401 | 409) => (there, new),
                (401 | 409, 204) => (new, there),
                both => panic!("{both:?} in round {round}"),
            };
            assert!(stays.still_administers().await, "in round {round}");
            assert!(!gone.still_administers().await, "in round {round}");
            there = stays;
        }
    }
}
