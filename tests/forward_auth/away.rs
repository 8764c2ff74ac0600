//! What people see when one of the parts is away: nobody gets through, and nobody is signed out.

use super::{
    proxy::{BOTH, Kind},
    world::World,
};

const PAGE: &str = "/app/orders";

#[tokio::test]
async fn without_the_app_it_is_the_proxys_own_502_and_a_stranger_still_signs_in() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let visitor = world.signed_in().await;
        world.app.stop().await;
        for site in [&world.addresses.pages, &world.addresses.app] {
            let url = format!("{site}{PAGE}");
            assert_eq!(visitor.opens(&url).await.status, 502, "{kind:?}");
            assert_eq!(world.visitor().await.opens(&url).await.status, 303);
        }
    }
}

#[tokio::test]
async fn without_the_pages_nobody_gets_through() {
    for (kind, status) in [(Kind::Nginx, 503), (Kind::Caddy, 502)] {
        let world = World::behind(kind).await;
        let visitor = world.signed_in().await;
        world.pair.stop_frontend().await;
        for site in [&world.addresses.pages, &world.addresses.app] {
            for answer in [
                visitor.opens(&format!("{site}{PAGE}")).await,
                visitor.fetches(&format!("{site}{PAGE}")).await,
            ] {
                assert_eq!(answer.status, status, "{kind:?}: {}", world.proxy.log());
                if kind == Kind::Nginx {
                    assert_eq!(answer.header("retry-after"), Some("5"));
                    assert!(answer.text.contains("Please try again"), "{answer:?}");
                }
            }
        }
        assert!(world.app.reached().is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn without_the_issuer_a_token_that_lives_passes_and_then_it_is_503() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let visitor = world.signed_in().await;
        let (pages, app) = (&world.addresses.pages, &world.addresses.app);
        world.pair.stop_issuer().await;
        assert_eq!(visitor.opens(&format!("{app}{PAGE}")).await.status, 200);
        world.pair.let_the_token_expire();

        for site in [pages, app] {
            let answer = visitor.opens(&format!("{site}{PAGE}")).await;
            assert_eq!(answer.status, 503, "{kind:?}: {}", world.proxy.log());
            assert_eq!(answer.header("retry-after"), Some("5"));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert!(answer.text.contains("cannot be confirmed"), "{answer:?}");
        }
        assert!(visitor.cookies(app).contains("__Secure-tegata="));
    }
}
