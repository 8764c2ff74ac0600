//! Keys and the real binary: `tegata key` beside running services, which follow without a restart.

mod rotation;
mod set_up;

use std::time::{Duration, Instant};

use serde_json::Value;
use tegata_guard::token::HmacSecret;

use crate::tegata::{Place, Tegata};

const PATIENCE: Duration = Duration::from_secs(30);
const OLD: &str = "a secret for tests of 32 bytes or more";

/// What a command said; it did what it should.
fn said(place: &Place, arguments: &[&str]) -> String {
    let output = place.output(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// The list of keys, as (kid, algorithm, state).
fn keys(place: &Place) -> Vec<(String, String, String)> {
    let list = said(place, &["key", "list", "--json"]);
    let rows = list.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        let word = |name: &str| row[name].as_str().unwrap().to_owned();
        (word("kid"), word("algorithm"), word("state"))
    });
    rows.collect()
}

/// The kids of the keys in this state.
fn kids(place: &Place, state: &str) -> Vec<String> {
    let rows = keys(place).into_iter();
    let rows = rows.filter(|(_, _, of_key)| of_key == state);
    rows.map(|(kid, _, _)| kid).collect()
}

async fn get(url: &str) -> Value {
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

async fn accepts(tegata: &Tegata, token: &str) -> bool {
    let request = reqwest::Client::new().get(format!("{}/users/me", tegata.api));
    request.bearer_auth(token).send().await.unwrap().status() == 200
}

/// Waits until the issuer signs with this key, and the pages know it.
async fn until_signed_with(tegata: &Tegata, kid: &str) {
    let start = Instant::now();
    loop {
        let issuer = get(&format!("{}/health/ready", tegata.api)).await;
        let pages = get(&format!("{}/health/ready", tegata.pages)).await;
        let known = pages["keys"]["verifying"].as_array().unwrap();
        if issuer["keys"]["signing"] == *kid && known.contains(&Value::from(kid)) {
            assert_eq!(pages["status"], "ready", "{pages}");
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{issuer} {pages}");
        tokio::task::yield_now().await;
    }
}

fn fingerprint(secret: &str) -> String {
    HmacSecret::parse(secret).unwrap().kid().to_string()
}
