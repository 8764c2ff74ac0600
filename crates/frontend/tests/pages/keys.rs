//! Issuer and pages with different keys: the operator is told, with both fingerprints, and nobody is signed out or
//! told that anything expired. When the keys agree again, all goes on by itself.

use http::StatusCode;
use serde_json::json;
use tegata_guard::Keys;
use tegata_token::HmacSecret;
use time::Duration;

use crate::{
    browser::Page,
    site::{EXPIRED_EN, EXPIRED_JA, PASSWORD, TestSite, USERNAME},
    stub_issuer::{OTHER_SECRET, SECRET},
};

const TOLD_JA: &str = "管理者の方へ: サービス間で鍵が異なっています";
const TOLD_EN: &str = "Operator: the services hold different keys";

fn kid(secret: &str) -> String {
    HmacSecret::parse(secret).unwrap().kid().to_string()
}

/// Compares the keys, as the background does.
async fn readiness(site: &TestSite) -> Page {
    site.browser().get("/health/ready").await
}

#[tokio::test]
async fn readiness_names_both_fingerprints() {
    let site = TestSite::start().await;
    site.issuer.signs_with(OTHER_SECRET);

    let answer = readiness(&site).await;

    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let keys = &answer.json()["keys"];
    assert_eq!(keys["verifying"], json!([kid(SECRET)]));
    assert_eq!(keys["issuer_signs_with"], kid(OTHER_SECRET));

    site.issuer.signs_with(SECRET);
    let answer = readiness(&site).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["keys"]["issuer_signs_with"], kid(SECRET));
}

#[tokio::test]
async fn an_issuer_that_went_away_with_another_secret_has_it_still() {
    let mut site = TestSite::start().await;
    site.issuer.signs_with(OTHER_SECRET);
    readiness(&site).await;
    site.issuer.goes_down().await;

    let answer = readiness(&site).await;

    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["checks"]["issuer"], "key_mismatch");
}

#[tokio::test]
async fn the_login_page_tells_the_operator_in_both_languages_until_the_keys_agree() {
    let site = TestSite::start().await;
    let mut japanese = site.browser();
    let mut english = site.browser().reading("en");
    readiness(&site).await;
    assert!(!japanese.get("/login").await.says(TOLD_JA));

    site.issuer.signs_with(OTHER_SECRET);
    readiness(&site).await;
    for (page, title) in [
        (japanese.get("/login").await, TOLD_JA),
        (english.get("/login").await, TOLD_EN),
    ] {
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.says(title), "{}", page.body);
        assert!(page.says(&kid(SECRET)) && page.says(&kid(OTHER_SECRET)));
    }

    site.issuer.signs_with(SECRET);
    readiness(&site).await;
    assert!(!japanese.get("/login").await.says(TOLD_JA));
}

#[tokio::test]
async fn a_page_asks_nobody_for_the_keys() {
    let site = TestSite::start().await;
    site.issuer.signs_with(OTHER_SECRET);
    // What it does not know yet, it does not say, and does not wait for either.
    assert!(!site.browser().get("/login").await.says(TOLD_JA));
}

#[tokio::test]
async fn a_session_is_kept_and_told_the_true_reason() {
    for refreshable in [true, false] {
        let site = TestSite::start().await;
        if !refreshable {
            site.issuer.knows_no_sessions();
        }
        // The pages come back with another secret than the one they had, and the issuer has it still.
        let mut browser = site.signed_in().await;
        let elsewhere = TestSite::with(|config| {
            config.keys = Keys::shared_secret(OTHER_SECRET).unwrap();
            config.issuer_url = site.issuer.url();
        })
        .await;
        let door = elsewhere.door_to(&site);
        let mut there = browser.at(&door);
        let asked = site.issuer.refreshes();
        let compared = there.get("/health/ready").await;
        assert_eq!(compared.status, StatusCode::SERVICE_UNAVAILABLE);

        for _ in 0..3 {
            let page = there.get("/").await;
            assert_eq!(
                page.status,
                StatusCode::SERVICE_UNAVAILABLE,
                "{refreshable}"
            );
            assert!(page.header("retry-after").is_some());
            assert!(page.says("手形の署名が一致しません"));
            assert!(!page.says(EXPIRED_JA) && !page.says(EXPIRED_EN));
            assert!(page.set_cookies().is_empty());
        }
        let script = there.fetch("/").await;
        assert_eq!(script.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(script.json()["error"], "key_mismatch");
        // The login page is a form, not a way back to where nobody gets in.
        let form = there.get("/login").await;
        assert_eq!(form.status, StatusCode::OK);
        assert!(form.notice().is_none());
        // No refresh token was spent on tokens that nobody here can read.
        assert_eq!(site.issuer.refreshes(), asked);

        let home = browser.get("/").await;
        assert_eq!(home.status, StatusCode::OK, "{refreshable}");
    }
}

#[tokio::test]
async fn a_token_that_is_over_waits_for_the_keys_as_well() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.let_the_token_expire();
    site.issuer.signs_with(OTHER_SECRET);
    readiness(&site).await;

    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!page.says(EXPIRED_JA));
    assert_eq!(site.issuer.refreshes(), 0);

    site.issuer.signs_with(SECRET);
    readiness(&site).await;
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_that_lives_goes_on_meanwhile() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer.signs_with(OTHER_SECRET);
    readiness(&site).await;
    site.clock
        .advance(Duration::minutes(14) + Duration::seconds(30));

    assert_eq!(browser.get("/").await.status, StatusCode::OK);

    assert_eq!(site.issuer.refreshes(), 0);
}

#[tokio::test]
async fn signing_in_meanwhile_says_so_and_leaves_no_login_session_behind() {
    let site = TestSite::start().await;
    site.issuer.signs_with(OTHER_SECRET);
    readiness(&site).await;
    let mut browser = site.browser();

    let page = browser.submit_login(USERNAME, PASSWORD).await;

    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.says(TOLD_JA) && page.says("手形の署名が一致しません"));
    assert!(!page.says(EXPIRED_JA));
    assert_eq!(browser.session_cookie(), None);
    site.issuer.has_ended(1).await;

    site.issuer.signs_with(SECRET);
    readiness(&site).await;
    browser.sign_in().await;
}
