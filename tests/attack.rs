//! Somebody guesses the password of somebody else, in three acts: who guesses is made to wait, the owner comes in from
//! elsewhere in time, and whoever is signed in notices nothing.

use std::{collections::BTreeSet, time::Duration};

use reqwest::{Client, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, interval, timeout};

use crate::{
    browser::{Browser, Visitor},
    elsewhere,
    tegata::{Place, Tegata},
};

/// Where the attacker is, and where the owner is that day.
const THERE: [u8; 4] = [127, 0, 0, 66];
const AWAY: [u8; 4] = [127, 0, 0, 77];
/// What the owner waits for at most: the setting, and what this machine needs under load.
const ACCOUNT_MAX_WAIT: Duration = Duration::from_secs(2);
const SLACK: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(60);

fn place() -> Place {
    Place::new().with("ACCOUNT_MAX_WAIT", "2s")
}

/// One guess at the login form, by a program that claims to come from another address each time.
async fn guess(http: &Client, pages: &str, number: u8) -> (StatusCode, Option<u64>) {
    let password = format!("guess number {number}");
    let form = [("username", "admin"), ("password", &password)];
    let asked = http
        .post(format!("{pages}/login"))
        .header("x-forwarded-for", format!("203.0.113.{number}"))
        .header("forwarded", format!("for=203.0.113.{number}"))
        .form(&form);
    let answer = asked.send().await.unwrap();
    let wait = answer.headers().get("retry-after");
    let wait = wait.map(|wait| wait.to_str().unwrap().parse().unwrap());
    (answer.status(), wait)
}

/// Guesses until it has to wait longer than the owner ever has to.
async fn until_shut_out(http: &Client, pages: &str) {
    let look = async {
        let mut again = interval(Duration::from_millis(100));
        for number in (1..=250).cycle() {
            again.tick().await;
            let (status, wait) = guess(http, pages, number).await;
            match status {
                StatusCode::BAD_REQUEST => {}
                StatusCode::TOO_MANY_REQUESTS => {
                    if wait.unwrap() > ACCOUNT_MAX_WAIT.as_secs() {
                        return;
                    }
                }
                other => panic!("{other}"),
            }
        }
    };
    assert!(timeout(PATIENCE, look).await.is_ok(), "never shut out");
}

async fn arrives_home(victim: &Browser) {
    victim.reload().await;
    victim.arrive("/account").await;
    assert!(victim.has(".who").await, "{}", victim.text().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attack_in_three_acts() {
    let place = place();
    let tegata = place.start();
    let password = tegata.admin_password.clone();
    let (there, away) = (
        elsewhere::from(THERE, &tegata.pages).await,
        elsewhere::from(AWAY, &tegata.pages).await,
    );
    let victim = Browser::open(Visitor::JAPANESE).await;
    victim.goto(&format!("{}/account", tegata.pages)).await;
    victim.sign_in("admin", &password).await;
    victim.arrive("/account").await;

    // The first act: wrong passwords, until the page says for how long to wait, and counts it down.
    let attacker = Browser::open(Visitor::ENGLISH).await;
    attacker.goto(&format!("{there}/login")).await;
    let mut guesses = 0;
    while !attacker.has("[data-wait], .alert.good").await {
        guesses += 1;
        assert!(guesses < 10, "{}", attacker.text().await);
        attacker.sign_in("admin", "not it").await;
        attacker.wait_for("#form-error").await;
        attacker.arrive("/login").await;
    }
    assert!(guesses > 5, "the first five are answered: {guesses}");
    assert_eq!(attacker.value_of("#username").await, "admin");
    attacker.wait_for(".alert.good").await;
    let over = attacker.text_of(".alert").await;
    assert_eq!(over, "You can try again now.");
    assert!(!attacker.has(".left-to-wait").await);
    arrives_home(&victim).await;

    let http = Client::new();
    until_shut_out(&http, &there).await;
    arrives_home(&victim).await;

    // The second: the owner, elsewhere, with the right password, while the guessing goes on.
    let owner = Browser::open(Visitor::JAPANESE).await;
    owner.goto(&format!("{away}/login")).await;
    let since = Instant::now();
    loop {
        guess(&http, &there, 7).await;
        owner.sign_in("admin", &password).await;
        owner.wait_for("#form-error, .who").await;
        if owner.has(".who").await {
            break;
        }
        let told = owner.text_of("#form-error").await;
        assert!(
            told.contains("待ってから") || told.contains("もう一度"),
            "{told}"
        );
        assert!(since.elapsed() < ACCOUNT_MAX_WAIT + SLACK, "{told}");
    }
    assert_eq!(owner.place().await, "/");

    // Who guesses waits on, whatever address they claim: their own counts.
    until_shut_out(&http, &there).await;

    // The third: the victim's session has lived through all of it.
    arrives_home(&victim).await;
    assert!(victim.text().await.contains("admin"));

    for browser in [victim, attacker, owner] {
        browser.close().await;
    }
    assert_eq!(tegata.stop("TERM"), Some(0));
    let said = place.output(&["events", "--json", "--limit", "1000"]);
    let said = String::from_utf8(said.stdout).unwrap();
    let addresses = |kind: &str| -> BTreeSet<String> {
        let events = said.lines().map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            event
        });
        let events = events.filter(|event| event["kind"] == kind);
        let address = |event: Value| event["address"].as_str().unwrap().to_owned();
        events.map(address).collect()
    };
    let set = |all: &[&str]| {
        all.iter()
            .map(|&one| one.to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(addresses("login_failed"), set(&["127.0.0.66"]));
    assert_eq!(addresses("login"), set(&["127.0.0.1", "127.0.0.77"]));
}

/// The readiness of these pages, once they have asked the issuer.
async fn readiness(pages: &str) -> Value {
    let answer = reqwest::get(format!("{pages}/health/ready")).await.unwrap();
    answer.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_halves_of_tegata_believe_each_other_wherever_they_listen() {
    for bind in ["127.0.0.1:0", "[::1]:0", "127.0.0.9:0", "0.0.0.0:0"] {
        // Without TLS all addresses are taken only behind a proxy.
        let place = Place::new()
            .with("ISSUER_BIND", bind)
            .with("TRUSTED_PROXIES", "10.0.0.53");
        let tegata: Tegata = place.start();
        let ready = readiness(&tegata.pages).await;
        assert_eq!(
            ready["checks"]["browser_addresses"], "ok",
            "{bind}: {ready}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_the_issuer_does_not_believe_say_so_and_so_does_the_doctor() {
    let secret = ("SECRET_KEY", crate::pair::SECRET);
    for (trusted, believed) in [("", false), ("127.0.0.1", true)] {
        let of_issuer = Place::new()
            .with(secret.0, secret.1)
            .with("ADMIN_PASSWORD", "eight barriers on the road")
            .with("TRUSTED_PROXIES", trusted);
        let issuer = of_issuer.serve("issuer");
        let url = issuer.url.replace("localhost", "127.0.0.1");
        let of_pages = Place::new()
            .with(secret.0, secret.1)
            .with("ISSUER_URL", &url);
        let pages = of_pages.serve("frontend");

        let ready = readiness(&pages.url).await;
        let state = if believed { "ok" } else { "not_believed" };
        assert_eq!(ready["checks"]["browser_addresses"], state, "{ready}");
        assert_eq!(ready["status"], "ready");
        let cure = "add 127.0.0.1 to the issuer's TRUSTED_PROXIES";
        assert_eq!(pages.log().contains(cure), !believed, "{}", pages.log());

        let at = |url: &str| {
            url.split_once("//")
                .unwrap()
                .1
                .replace("localhost", "127.0.0.1")
        };
        let doctor = of_pages
            .with("FRONTEND_BIND", &at(&pages.url))
            .with("ISSUER_BIND", &at(&url))
            .output(&["doctor", "--json"]);
        let said = String::from_utf8(doctor.stdout).unwrap();
        assert!(said.contains("pages"), "{said}");
        assert_eq!(said.contains(cure), !believed, "{said}");
    }
}
