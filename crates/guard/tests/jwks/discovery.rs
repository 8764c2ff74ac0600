//! An issuer that says itself where its keys are.

use std::sync::Arc;

use serde_json::json;
use tegata_guard::{
    Guard, JwksSource, Keys,
    testing::{Answer, KeyServer, ManualClock, Mint},
    token::Algorithm,
};
use time::Duration as Span;

use crate::service::{START, said, server, until};

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

struct Scene {
    server: KeyServer,
    clock: ManualClock,
}

impl Scene {
    fn new() -> Self {
        let clock = ManualClock::new(START);
        Self {
            server: server(&clock),
            clock,
        }
    }

    /// A guard for the tokens of this issuer.
    fn guard(&self, issuer: &str) -> (Guard, Keys) {
        let source = JwksSource::of_issuer(issuer).with_clock(Arc::new(self.clock.clone()));
        let keys = Keys::jwks(source).unwrap();
        let guard = Guard::new(keys.clone()).with_clock(Arc::new(self.clock.clone()));
        (guard, keys)
    }

    /// What a guard for this server says to its token, and why it has no keys.
    async fn says(&self) -> (&'static str, Option<String>) {
        let (guard, keys) = self.guard(&self.server.issuer());
        let answer = said(&guard, &self.server.mint().token("user-1")).await;
        (answer, keys.status().unwrap().last_error)
    }

    fn metadata(&self, metadata: &serde_json::Value) {
        let bytes = metadata.to_string().into_bytes();
        self.server.answer_at(OPENID, Answer::Bytes(bytes));
    }
}

#[tokio::test]
async fn an_issuer_tells_where_its_keys_are() {
    let scene = Scene::new();
    assert_eq!(scene.says().await, ("good", None));
    assert_eq!(scene.server.requests_at(OPENID), 1);
    assert_eq!(scene.server.requests_at(OAUTH), 0);
    assert_eq!(scene.server.requests(), 1);
}

#[tokio::test]
async fn an_issuer_without_openid_connect_is_asked_as_rfc_8414_has_it() {
    let scene = Scene::new();
    scene.server.answer_at(OPENID, Answer::Status(404));
    assert_eq!(scene.says().await, ("good", None));
    assert_eq!(scene.server.requests_at(OAUTH), 1);
}

#[tokio::test]
async fn keys_of_an_issuer_are_for_its_tokens_only() {
    let scene = Scene::new();
    let (guard, _) = scene.guard(&scene.server.issuer());
    let elsewhere = scene.server.mint().with_issuer("https://elsewhere.example");
    assert_eq!(
        said(&guard, &elsewhere.token("user-1")).await,
        "wrong_issuer"
    );
    // Google's tokens, say, name the issuer in another way than its address.
    let guard = guard.with_issuer("https://elsewhere.example");
    assert_eq!(said(&guard, &elsewhere.token("user-1")).await, "good");
}

#[tokio::test]
async fn metadata_that_speaks_for_another_issuer_is_not_believed() {
    let scene = Scene::new();
    for other in [
        "https://elsewhere.example".to_owned(),
        format!("{}/", scene.server.issuer()),
        scene.server.issuer().to_uppercase(),
    ] {
        scene.server.call_itself(&other);
        let (answer, why) = scene.says().await;
        assert_eq!(answer, "keys_unavailable", "{other}");
        assert!(why.unwrap().contains("another issuer"));
    }
    assert_eq!(scene.server.requests(), 0, "nobody went on to the keys");
}

#[tokio::test]
async fn an_issuer_with_a_slash_at_its_end_is_one_with_a_slash() {
    let scene = Scene::new();
    let issuer = format!("{}/", scene.server.issuer());
    scene.metadata(&json!({"issuer": issuer, "jwks_uri": scene.server.url()}));
    let (guard, _) = scene.guard(&issuer);
    let mint = scene.server.mint().with_issuer(&issuer);
    assert_eq!(said(&guard, &mint.token("user-1")).await, "good");
    assert_eq!(
        said(&guard, &scene.server.mint().token("user-1")).await,
        "wrong_issuer"
    );
}

#[tokio::test]
async fn keys_are_not_fetched_from_where_they_must_not_be() {
    let scene = Scene::new();
    let issuer = scene.server.issuer();
    for address in [
        json!("http://keys.example/jwks"),
        json!("ftp://127.0.0.1/jwks"),
        json!("file:///etc/passwd"),
        json!("/.well-known/jwks.json"),
        json!("https://user:password@keys.example/jwks"),
        json!(["https://keys.example/jwks"]),
        json!(""),
        json!(null),
    ] {
        scene.metadata(&json!({"issuer": issuer, "jwks_uri": address}));
        let (answer, why) = scene.says().await;
        assert_eq!(answer, "keys_unavailable", "{address}");
        assert!(
            why.unwrap().contains("no address of a key set"),
            "{address}"
        );
    }
}

#[tokio::test]
async fn broken_metadata_is_none() {
    let scene = Scene::new();
    for (answer, expected) in [
        (Answer::Status(500), "it answered 500"),
        (
            Answer::Redirect(format!("{}{OAUTH}", scene.server.issuer())),
            "it answered 302",
        ),
        (
            Answer::Bytes(b"<html>".to_vec()),
            "it answers with no metadata",
        ),
        (Answer::Bytes(b"{}".to_vec()), "it answers with no metadata"),
        (
            Answer::Bytes(b"{\"issuer\": 7}".to_vec()),
            "it answers with no metadata",
        ),
        (Answer::Bytes(vec![b' '; 2_000_000]), "its answer is larger"),
    ] {
        scene.server.answer_at(OPENID, answer);
        let (answer, why) = scene.says().await;
        assert_eq!(answer, "keys_unavailable", "{expected}");
        assert!(why.as_ref().unwrap().starts_with(expected), "{why:?}");
    }
}

#[tokio::test]
async fn keys_that_have_moved_are_found_again() {
    let scene = Scene::new();
    let (guard, keys) = scene.guard(&scene.server.issuer());
    let before = scene.server.mint();
    assert_eq!(said(&guard, &before.token("user-1")).await, "good");

    let clock: Arc<ManualClock> = Arc::new(scene.clock.clone());
    let mint = Mint::new(Algorithm::EdDSA).with_clock(clock);
    let new_home = KeyServer::of(mint.with_issuer(scene.server.issuer()));
    scene.metadata(&json!({"issuer": scene.server.issuer(), "jwks_uri": new_home.url()}));
    scene.server.answer(Answer::Status(404));
    until(async || {
        scene.clock.advance(Span::seconds(20));
        said(&guard, &before.token("user-1")).await;
        new_home.requests() > 0
    })
    .await;
    until(async || keys.status().unwrap().kids == [new_home.mint().kid()]).await;
    assert_eq!(said(&guard, &new_home.mint().token("user-1")).await, "good");
}
