//! A deploy in the middle of live sessions: nobody is logged out, and no token that still lives meets an error.

use time::Duration;

use super::{
    browser::Browser,
    world::{Node, Secrets, World},
};
use crate::pair::{LIFETIMES, SECRET};

const NEXT_SECRET: &str = "the next secret for tests of 32 bytes or more";
const BROWSERS: usize = 13;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn issuers_and_frontends_restart_and_keys_rotate_under_live_sessions() {
    let mut world = World::on_mongodb().await;
    let of = |current, previous| Secrets { current, previous };
    restart_issuers(&mut world, &of(SECRET, vec![])).await;

    // Tokens of every age: the oldest ends in two minutes.
    let mut browsers = Vec::new();
    for number in 0..BROWSERS {
        browsers.push(Browser::sign_in(world.pages(number)).await);
        world.clock.advance(Duration::minutes(1));
    }
    all_are_served(&world, &mut browsers).await;

    // A minute without any issuer.
    let addresses = stop_issuers(&mut world).await;
    for _ in 0..6 {
        all_are_served(&world, &mut browsers).await;
        world.clock.advance(Duration::seconds(10));
    }
    all_are_served(&world, &mut browsers).await;
    start_issuers(&mut world, &addresses, &of(SECRET, vec![])).await;
    all_are_served(&world, &mut browsers).await;

    // One frontend after the other.
    restart_frontends(&mut world, &mut browsers, &of(SECRET, vec![])).await;

    // A new key: verifiers first, then the issuers, and later the old one goes.
    let both = of(NEXT_SECRET, vec![SECRET]);
    restart_frontends(&mut world, &mut browsers, &both).await;
    all_are_served(&world, &mut browsers).await;
    restart_issuers(&mut world, &both).await;
    all_are_served(&world, &mut browsers).await;
    world
        .clock
        .advance(LIFETIMES.access_token + Duration::seconds(10));
    all_are_served(&world, &mut browsers).await;
    let new = of(NEXT_SECRET, vec![]);
    restart_frontends(&mut world, &mut browsers, &new).await;
    restart_issuers(&mut world, &new).await;
    world
        .clock
        .advance(LIFETIMES.access_token + Duration::seconds(10));
    all_are_served(&world, &mut browsers).await;

    assert_eq!(
        world.live_sessions().await.len(),
        BROWSERS,
        "nobody was logged out"
    );
}

async fn all_are_served(world: &World, browsers: &mut [Browser]) {
    for (number, browser) in browsers.iter_mut().enumerate() {
        for at in [world.pages(number), world.pages(number + 1)] {
            let seen = browser.opens(at, "/").await;
            assert_eq!(seen.status, 200, "browser {number}: {}", seen.text);
        }
    }
}

async fn stop_issuers(world: &mut World) -> Vec<std::net::SocketAddr> {
    let mut addresses = Vec::new();
    for issuer in world.issuers.drain(..) {
        addresses.push(issuer.stop().await);
    }
    addresses
}

async fn start_issuers(world: &mut World, addresses: &[std::net::SocketAddr], secrets: &Secrets) {
    for &address in addresses {
        let issuer = world.issuer(address, secrets).await;
        world.issuers.push(issuer);
    }
}

async fn restart_issuers(world: &mut World, secrets: &Secrets) {
    let addresses = stop_issuers(world).await;
    start_issuers(world, &addresses, secrets).await;
}

/// While one is away, the others serve.
async fn restart_frontends(world: &mut World, browsers: &mut [Browser], secrets: &Secrets) {
    for _ in 0..world.frontends.len() {
        let first: Node = world.frontends.remove(0);
        let address = first.stop().await;
        all_are_served(world, browsers).await;
        let issuer = world.issuers[world.frontends.len() % world.issuers.len()].url();
        let again = world.frontend(address, &issuer, secrets.keys()).await;
        world.frontends.push(again);
        all_are_served(world, browsers).await;
    }
}
