//! What an operator and an orchestrator ask.

use http::StatusCode;

use crate::{browser::Page, site::TestSite, stub_issuer::OTHER_SECRET};

#[tokio::test]
async fn all_is_well() {
    let site = TestSite::start().await;

    let live = site.browser().get("/health/live").await;
    assert_eq!(live.status, StatusCode::OK);
    assert_eq!(live.json()["status"], "ok");

    let ready = ready(&site).await;
    assert_eq!(ready.status, StatusCode::OK);
    assert_eq!(ready.header("cache-control"), Some("no-store"));
    let ready = ready.json();
    assert_eq!(ready["status"], "ready");
    assert_eq!(ready["checks"]["session_store"], "ok");
    assert_eq!(ready["checks"]["issuer"], "ok");
    assert_eq!(ready["warnings"].as_array().unwrap().len(), 0);
    assert_eq!(ready["keys"]["verifying"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_unreachable_issuer_is_a_warning() {
    let mut site = TestSite::start().await;
    site.issuer.goes_down().await;

    let ready = ready(&site).await;

    assert_eq!(ready.status, StatusCode::OK);
    assert_eq!(ready.json()["status"], "ready");
    assert_eq!(ready.json()["checks"]["issuer"], "unreachable");
    assert_eq!(ready.json()["warnings"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_issuer_with_another_secret_is_not_ready() {
    let site = TestSite::start().await;
    site.issuer.signs_with(OTHER_SECRET);

    let ready = ready(&site).await;

    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.json()["status"], "not_ready");
    assert_eq!(ready.json()["checks"]["issuer"], "key_mismatch");
    assert!(ready.says("SECRET_KEY"));
}

#[tokio::test]
async fn a_session_store_that_is_away_is_not_ready_but_alive() {
    let site = TestSite::start().await;
    site.records.go_away();

    let answer = ready(&site).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["checks"]["session_store"], "unavailable");
    let live = site.browser().get("/health/live").await;
    assert_eq!(live.status, StatusCode::OK);

    site.records.come_back();
    assert_eq!(ready(&site).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_weak_secret_is_a_warning() {
    let site = TestSite::with(|config| config.weak_secret = true).await;

    let ready = ready(&site).await;

    assert_eq!(ready.status, StatusCode::OK);
    assert_eq!(ready.json()["warnings"][0], "insecure_weak_secret");
}

async fn ready(site: &TestSite) -> Page {
    site.browser().get("/health/ready").await
}
