//! Whoever fails at many accounts.

use time::Duration;

use super::{At, HERS, THEIRS, on_every_store, waits};
use crate::app::{HANAKO, TestApp};

on_every_store! {
    an_address_waits_after_20_failures_at_whatever_accounts,
    a_success_does_not_clear_the_address,
    all_of_one_64_are_one,
    others_go_on,
}

async fn fail_at_many(at: At<'_>, times: usize) {
    for time in 0..times {
        at.fail(&format!("name{time}"), 1).await;
    }
}

async fn an_address_waits_after_20_failures_at_whatever_accounts(app: TestApp) {
    let them = app.at(THEIRS);
    fail_at_many(them, 20).await;
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        waits(&them.log_in("another", "x").await, seconds);
        waits(&them.hanako().await, seconds);
        app.clock.advance(Duration::seconds(seconds));
        them.fail(&format!("another{seconds}"), 1).await;
    }
}

async fn a_success_does_not_clear_the_address(app: TestApp) {
    let them = app.at(THEIRS);
    let own = bcrypt::hash("an attacker's own", 4).unwrap();
    app.import("mallory", &own).await;
    for _ in 0..5 {
        them.fail(HANAKO.0, 4).await;
        let answer = them.log_in("mallory", "an attacker's own").await;
        if answer.status == 429 {
            break;
        }
        assert_eq!(answer.status, 200);
        app.clock.advance(Duration::minutes(1));
        // The owner comes and goes, so that the account begins anew.
        assert_eq!(app.at(HERS).hanako().await.status, 200);
        assert_eq!(them.hanako().await.status, 200);
    }
    waits(&them.log_in("mallory", "an attacker's own").await, 1);
}

async fn all_of_one_64_are_one(app: TestApp) {
    for host in 0..20 {
        let address = format!("2001:db8:0:1:{host:x}::{host:x}");
        app.at(&address).fail(&format!("name{host}"), 1).await;
    }
    waits(
        &app.at("2001:db8:0:1:ffff:ffff:ffff:ffff").hanako().await,
        1,
    );
    assert_eq!(app.at("2001:db8:0:2::1").hanako().await.status, 200);
}

async fn others_go_on(app: TestApp) {
    fail_at_many(app.at(THEIRS), 20).await;
    assert_eq!(app.at(HERS).hanako().await.status, 200);
    assert_eq!(app.at("::ffff:203.0.113.9").hanako().await.status, 200);
    assert_eq!(app.at("::ffff:198.51.100.66").hanako().await.status, 429);
}

#[tokio::test]
async fn a_forwarded_address_counts_from_a_trusted_proxy_and_from_nobody_else() {
    let proxy = "10.0.0.7";
    let app = TestApp::with(|config| config.trusted_proxies = "10.0.0.0/8".parse().unwrap()).await;
    fn passed_on<'a>(app: &'a TestApp, peer: &'a str, forwarded: &'a str) -> At<'a> {
        At {
            forwarded: Some(forwarded),
            ..app.at(peer)
        }
    }
    fail_at_many(passed_on(&app, proxy, THEIRS), 20).await;
    waits(&passed_on(&app, proxy, THEIRS).hanako().await, 1);
    // Whatever they write before it, and however they come.
    waits(
        &passed_on(&app, proxy, "203.0.113.1, 198.51.100.66")
            .hanako()
            .await,
        1,
    );
    waits(&app.at(THEIRS).hanako().await, 1);
    assert_eq!(passed_on(&app, proxy, HERS).hanako().await.status, 200);

    // Somebody else's word: each time another address, and all the same one.
    let stranger = "192.0.2.66";
    for host in 0..20 {
        let forwarded = format!("203.0.113.{host}");
        let them = passed_on(&app, stranger, &forwarded);
        them.fail(&format!("other{host}"), 1).await;
    }
    waits(
        &passed_on(&app, stranger, "203.0.113.200").hanako().await,
        1,
    );
    assert_eq!(
        passed_on(&app, proxy, "203.0.113.1").hanako().await.status,
        200
    );
}
