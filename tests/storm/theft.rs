//! A stolen refresh token, used before or after its owner's: the session ends everywhere, and its owner is told the
//! truth.

use std::{net::SocketAddr, time::Duration as Limit};

use reqwest::Client;
use serde_json::Value;

use super::{
    browser::Browser,
    world::{World, eventually},
};
use crate::pair::LIFETIMES;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thief_who_comes_after_the_owner_ends_the_session() {
    let world = World::on_mongodb().await;
    let mut owner = Browser::sign_in(world.pages(0)).await;
    world.meddler.begin(Limit::ZERO, 0);
    world.clock.advance(LIFETIMES.access_token);
    assert_eq!(owner.opens(world.pages(0), "/").await.status, 200);
    let stolen = world.meddler.presented().remove(0);
    world.clock.advance(LIFETIMES.grace);

    assert_eq!(
        refresh(&world, &stolen).await.unwrap_err(),
        "refresh_reused"
    );
    for number in 0..2 {
        let at = world.pages(number);
        eventually("a frontend refuses", async || owner.asks(at).await.0 == 401).await;
    }
    told_why(
        &mut owner,
        world.pages(1),
        "We ended this session to protect you",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thief_who_comes_before_the_owner_loses_what_they_got() {
    let world = World::on_mongodb().await;
    let mut owner = Browser::sign_in(world.pages(0)).await;
    // The thief has a copy of the first token, which nobody has presented yet.
    let stolen = world.token_of(&world.live_sessions().await[0]).await;
    let service = world.service(&world.issuers[1]).await;
    world.clock.advance(LIFETIMES.access_token);
    let (access, next) = refresh(&world, &stolen).await.unwrap();
    let served = async |token: &str| {
        let request = Client::new().get(service.url()).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(served(&access).await, 200, "for now the thief gets by");

    world.clock.advance(LIFETIMES.grace);
    told_why(
        &mut owner,
        world.pages(0),
        "We ended this session to protect you",
    )
    .await;
    assert_eq!(refresh(&world, &next).await.unwrap_err(), "refresh_reused");
    let dead = eventually("the thief's access token is refused", async || {
        served(&access).await == 401
    });
    println!(
        "the thief's access token was dead at a service after {:?}",
        dead.await
    );
    service.stop().await;
}

/// Presents a refresh token at an issuer: the new pair, or the cause of the refusal.
pub(super) async fn refresh(world: &World, token: &str) -> Result<(String, String), String> {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let url = format!("{}/token", world.issuers[0].url());
    let answer = Client::new().post(url).form(&form).send().await.unwrap();
    let status = answer.status();
    let body: Value = answer.json().await.unwrap();
    let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    if status == 200 {
        Ok((word("access_token"), word("refresh_token")))
    } else {
        assert_eq!(
            (status.as_u16(), body["error"].as_str()),
            (400, Some("invalid_grant"))
        );
        Err(word("cause"))
    }
}

/// The next page that a person opens is the login page, and says this.
pub(super) async fn told_why(browser: &mut Browser, at: SocketAddr, why: &str) {
    let sent = browser.opens(at, "/?from=a-link").await;
    assert_eq!((sent.status, &sent.location[..6]), (303, "/login"));
    let page = browser.opens(at, &sent.location).await;
    assert!(page.text.contains(why), "{}", page.text);
    let again = browser.opens(at, &sent.location).await;
    assert!(!again.text.contains(why), "once");
}
