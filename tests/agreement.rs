//! Issuer and pages that were started with different secrets, as real processes: everybody is told the truth in
//! their own place, and nobody goes round in circles.

use std::time::Duration;

use serde_json::Value;
use tegata_guard::token::HmacSecret;
use tokio::time::{interval, timeout};

use crate::{
    browser::{Browser, Visitor},
    pair::SECRET,
    tegata::{Place, Service},
};

const OTHER: &str = "another secret of thirty-two bytes or more";
const PATIENCE: Duration = Duration::from_secs(30);

fn kid(secret: &str) -> String {
    HmacSecret::parse(secret).unwrap().kid().to_string()
}

fn issuer(place: &Place, secret: &str, bind: &str) -> Service {
    place
        .again()
        .with("SECRET_KEY", secret)
        .with("ADMIN_PASSWORD", "eight barriers on the road")
        .with("ISSUER_BIND", bind)
        .serve("issuer")
}

async fn readiness(url: &str) -> (u16, Value) {
    let answer = reqwest::get(format!("{url}/health/ready")).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let look = async {
        let mut again = interval(Duration::from_millis(50));
        while !holds().await {
            again.tick().await;
        }
    };
    assert!(timeout(PATIENCE, look).await.is_ok(), "{what}");
}

#[tokio::test]
async fn different_secrets_are_told_to_everybody_and_mended_without_a_restart_of_the_pages() {
    let place = Place::new();
    let mut wrong = issuer(&place, OTHER, "127.0.0.1:0");
    let issuer_url = wrong.url.replace("localhost", "127.0.0.1");
    let pages = Place::new()
        .with("SECRET_KEY", SECRET)
        .with("ISSUER_URL", &issuer_url)
        .serve("frontend");

    // In the log and on the login page, before anybody asks for readiness.
    until("the login page says it", async || {
        let page = reqwest::get(format!("{}/login", pages.url)).await.unwrap();
        let page = page.text().await.unwrap();
        page.contains(&kid(SECRET)) && page.contains(&kid(OTHER))
    })
    .await;
    let (status, body) = readiness(&pages.url).await;
    assert_eq!(status, 503);
    assert_eq!(body["keys"]["verifying"][0], kid(SECRET));
    assert_eq!(body["keys"]["issuer_signs_with"], kid(OTHER));
    for _ in 0..5 {
        readiness(&pages.url).await;
    }
    let log = pages.log();
    let told: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("keys_differ"))
        .collect();
    assert_eq!(told.len(), 1, "{log}");
    assert!(told[0].contains(&kid(SECRET)) && told[0].contains(&kid(OTHER)));

    // A person who signs in reads why, and is where they were sent, not on their way round and round.
    let browser = Browser::open(Visitor::ENGLISH).await;
    browser.goto(&format!("{}/login", pages.url)).await;
    let banner = browser.text_of(".weak").await;
    assert!(
        banner.contains("Operator: the services hold different keys"),
        "{banner}"
    );
    browser.sign_in("admin", "eight barriers on the road").await;
    browser.wait_for(".halt").await;
    let page = browser.text().await;
    assert!(
        page.contains("The signature of the pass does not match"),
        "{page}"
    );
    assert!(!page.contains("expired"), "{page}");
    browser.close().await;

    // The issuer comes back with the right one, on a store of its own.
    let bind = issuer_url.trim_start_matches("http://").to_owned();
    assert_eq!(wrong.stop("TERM"), Some(0));
    let _right = issuer(&Place::new(), SECRET, &bind);
    until("the keys agree again", async || {
        let page = reqwest::get(format!("{}/login", pages.url)).await.unwrap();
        !page.text().await.unwrap().contains(&kid(OTHER))
    })
    .await;
    assert_eq!(readiness(&pages.url).await.0, 200);
    assert!(pages.log().contains("keys_agree"), "{}", pages.log());
}
