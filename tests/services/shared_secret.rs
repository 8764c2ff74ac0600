//! The services with nothing but `SECRET_KEY`.

use tegata_guard::token::{HmacSecret, KeyPair};

use super::{
    forgeries,
    service::{Example, Service, Verdict},
};
use crate::{pair::SECRET, tegata::Place};

/// A token as the real issuer gives it, from the real binary.
async fn token_of_the_issuer() -> String {
    let place = Place::new().with("SECRET_KEY", SECRET);
    let tegata = place.start();
    tegata.token().await
}

async fn accepts_ours_and_refuses_the_rest(example: Example) {
    let service = Service::start(example, &[("SECRET_KEY", SECRET)]).await;
    let (status, body) = service.ask(Some(&token_of_the_issuer().await)).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("admin"), "{body}");

    let key = HmacSecret::parse(SECRET).unwrap().signing_key();
    let others = HmacSecret::parse("another secret of thirty-two bytes or more").unwrap();
    forgeries::are_told_apart(&service, &key, &others.signing_key()).await;
    for algorithm in forgeries::PAIRS {
        let pair = KeyPair::generate(algorithm).unwrap();
        let token = forgeries::good(&pair.signing_key().with_kid(key.kid().as_str()));
        let verdict = service.verdict(Some(&token)).await;
        assert_eq!(verdict, Verdict::Invalid, "a key pair's: {algorithm}");
    }
}

#[tokio::test]
async fn a_flask_service_with_pyjwt_and_the_secret_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::Flask).await;
}

#[tokio::test]
async fn a_fastapi_service_with_pyjwt_and_the_secret_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::FastApi).await;
}

#[tokio::test]
async fn a_django_service_with_simplejwt_and_the_secret_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::Django).await;
}

#[tokio::test]
async fn an_express_service_with_jose_and_the_secret_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::Express).await;
}

#[tokio::test]
async fn a_fastify_service_with_its_jwt_plugin_and_the_secret_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::Fastify).await;
}

#[tokio::test]
async fn a_go_service_with_golang_jwt_and_the_secret_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::Go).await;
}

#[tokio::test]
async fn an_axum_service_with_the_guard_and_the_secret_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::Axum).await;
}

/// An empty variable, as compose files make of one that nobody set, is no secret: whoever signs with nothing
/// would be let in.
#[tokio::test]
async fn no_service_takes_an_empty_secret() {
    for example in [
        Example::Express,
        Example::Fastify,
        Example::Go,
        Example::Axum,
    ] {
        assert!(!example.starts_with_an_empty_secret(), "{example:?} starts");
    }
}
