//! A hundred requests of one session at the second of its expiry; and a thousand sessions in one second.

use std::time::Duration as Limit;

use time::Duration;
use tokio::task::JoinSet;

use super::{
    browser::Browser,
    theft::{refresh, told_why},
    world::{World, eventually},
};
use crate::pair::{LIFETIMES, USERNAME};

/// The leeway of whoever checks them included.
const TOKENS_ARE_DEAD: Duration = Duration::seconds(15 * 60 + 10);
/// Two seconds are promised; a machine that does other things at the same time gets some more.
const HEARD: Limit = Limit::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_storm_at_expiry_over_two_frontends_and_two_issuers_is_one_rotation() {
    storm(World::on_mongodb().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_storm_at_expiry_on_the_embedded_store_is_one_rotation() {
    storm(World::on_sqlite().await).await;
}

async fn storm(world: World) {
    let mut browser = Browser::sign_in(world.pages(0)).await;
    world.meddler.begin(Limit::from_millis(200), 3);
    world.clock.advance(TOKENS_ARE_DEAD);

    let mut requests = JoinSet::new();
    for number in 0..100 {
        let mut browser = browser.clone();
        let at = world.pages(number);
        requests.spawn(async move { browser.opens(at, "/").await });
    }
    for seen in requests.join_all().await {
        assert_eq!(seen.status, 200, "{}", seen.text);
        assert!(seen.text.contains(USERNAME));
    }
    let sessions = world.live_sessions().await;
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].generation, 1, "exactly one rotation");
    let mut presented = world.meddler.presented();
    assert!(world.meddler.lost() > 0, "some answers were lost");
    presented.dedup();
    assert_eq!(presented.len(), 1, "everybody came with the same token");
    for number in 0..world.frontends.len() {
        assert_eq!(browser.opens(world.pages(number), "/").await.status, 200);
    }

    // The same again with the old token after the grace: somebody has a copy.
    let old = &presented[0];
    world.clock.advance(LIFETIMES.grace);
    world.meddler.begin(Limit::ZERO, 0);
    let cause = refresh(&world, old).await.unwrap_err();
    assert_eq!(cause, "refresh_reused");
    assert_eq!(world.live_sessions().await, []);
    let mut longest = Limit::ZERO;
    for number in 0..world.frontends.len() {
        let dead = eventually("a frontend refuses", async || {
            let (status, body) = browser.asks(world.pages(number)).await;
            (status, body["cause"].as_str()) == (401, Some("refresh_reused"))
        });
        longest = longest.max(dead.await);
    }
    assert!(longest < HEARD, "dead at every frontend after {longest:?}");
    told_why(
        &mut browser,
        world.pages(0),
        "We ended this session to protect you",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_sessions_that_expire_in_one_second_are_a_thousand_rotations() {
    const SESSIONS: usize = 1000;
    let world = World::on_sqlite().await;
    let at = world.pages(0);
    let mut browsers = Vec::new();
    while browsers.len() < SESSIONS {
        let mut some = JoinSet::new();
        for _ in 0..20 {
            some.spawn(Browser::sign_in(at));
        }
        browsers.extend(some.join_all().await);
    }
    world.clock.advance(TOKENS_ARE_DEAD);
    let mut requests = JoinSet::new();
    for mut browser in browsers {
        requests.spawn(async move { browser.opens(at, "/").await.status });
    }
    let statuses = requests.join_all().await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let sessions = world.live_sessions().await;
    assert_eq!(sessions.len(), SESSIONS);
    assert!(sessions.iter().all(|session| session.generation == 1));
}
