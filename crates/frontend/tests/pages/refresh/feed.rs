//! With the issuer's feed, what is ended elsewhere is over here at once.

use std::time::Duration as Limit;

use http::StatusCode;
use tokio::time::timeout;

use crate::site::TestSite;

const LIMIT: Limit = Limit::from_secs(10);

#[tokio::test]
async fn a_session_that_ended_is_over_while_its_token_lives_and_says_why() {
    let site = TestSite::with(|config| config.revocations = true).await;
    let mut browser = site.signed_in().await;
    let mut script = browser.clone();
    assert_eq!(browser.get("/").await.status, StatusCode::OK);

    site.issuer.ends_all_sessions("password_changed");

    let refused = timeout(LIMIT, async {
        loop {
            let answer = script.fetch("/").await;
            if answer.status != StatusCode::OK {
                break answer;
            }
            tokio::task::yield_now().await;
        }
    });
    let refused = refused.await.unwrap();
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.json()["reason"], "session_ended");
    assert_eq!(refused.json()["cause"], "password_changed");
    let login = browser.open("/").await;
    assert!(
        login
            .notice()
            .unwrap()
            .starts_with("パスワードが変更されました。")
    );
}

#[tokio::test]
async fn without_the_issuer_the_cause_is_not_guessed() {
    let mut site = TestSite::with(|config| config.revocations = true).await;
    let mut browser = site.signed_in().await;
    site.issuer.ends_all_sessions("user_disabled");
    timeout(LIMIT, async {
        while browser.fetch("/").await.status == StatusCode::OK {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    site.issuer.goes_down().await;

    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.set_cookies().is_empty());

    site.issuer.comes_back().await;
    let login = browser.open("/").await;
    assert!(login.notice().unwrap().starts_with("このアカウントは現在"));
}

#[tokio::test]
async fn readiness_says_how_old_the_list_is() {
    let mut site = TestSite::with(|config| config.revocations = true).await;
    let ready = async |site: &TestSite| site.browser().get("/health/ready").await;
    let until = async |site: &TestSite, feed: &str| {
        let reached = timeout(LIMIT, async {
            loop {
                let answer = ready(site).await;
                if answer.json()["checks"]["revocations"] == feed {
                    break answer;
                }
            }
        });
        reached.await.unwrap()
    };

    let answer = until(&site, "ok").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["revocations"]["ended"], 0);
    assert_eq!(answer.json()["revocations"]["age_seconds"], 0);
    assert_eq!(answer.json()["warnings"].as_array().unwrap().len(), 0);

    site.issuer.goes_down().await;
    site.clock.advance(time::Duration::minutes(3));
    let answer = until(&site, "unreachable").await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "whoever is signed in goes on"
    );
    assert_eq!(answer.json()["revocations"]["age_seconds"], 180);
    assert_eq!(answer.json()["warnings"].as_array().unwrap().len(), 2);
}
