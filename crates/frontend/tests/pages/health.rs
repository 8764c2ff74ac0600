//! What an operator and an orchestrator ask.

use http::StatusCode;

use crate::{browser::Page, logs, site::TestSite, stub_issuer::OTHER_SECRET};

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
async fn an_issuer_that_does_not_believe_the_pages_where_browsers_are_is_a_warning_with_the_cure() {
    let site = TestSite::start().await;
    assert_eq!(
        ready(&site).await.json()["checks"]["browser_addresses"],
        "ok"
    );
    for address in ["172.20.0.5", "fd00::5"] {
        site.issuer.sees_all_at(Some(address));
        let answer = ready(&site).await;
        assert_eq!(answer.status, StatusCode::OK, "the pages work all the same");
        let answer = answer.json();
        assert_eq!(answer["checks"]["browser_addresses"], "not_believed");
        let warning = answer["warnings"][0].as_str().unwrap();
        let cure = format!("add {address} to the issuer's TRUSTED_PROXIES");
        assert!(warning.contains(&cure), "{warning}");
        assert!(logs::say(&cure));
    }
    site.issuer.sees_all_at(None);
    assert_eq!(
        ready(&site).await.json()["warnings"][0],
        serde_json::Value::Null
    );
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
