//! The database goes away, and comes back.

use std::time::{Duration, Instant};

use reqwest::{StatusCode, header::RETRY_AFTER};
use tegata_mongod::Mongod;

use super::{
    ADMIN,
    load::{Load, Registrations, SignIns, Work},
    place_on,
    visitor::{admin_gets_in, becomes_ready, log_in, readiness, status, until},
};

/// What a service may take to work again once its database is back.
const BACK_AGAIN: Duration = Duration::from_secs(5);
/// What somebody may wait at the most to hear that the database does not answer.
const NO_LONGER: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_service_starts_without_its_database_and_works_once_it_is_there() {
    let server = Mongod::standalone();
    server.stop();
    let mut issuer = place_on(&server, "tegata").serve("issuer");
    let mut pages = place_on(&server, "tegata")
        .with("ISSUER_URL", &issuer.url)
        .serve("frontend");

    assert_eq!(status(&format!("{}/health/live", issuer.url)).await, 200);
    for service in [&issuer, &pages] {
        assert_eq!(readiness(service).await, StatusCode::SERVICE_UNAVAILABLE);
    }
    let refused = log_in(&issuer.url, ADMIN).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key(RETRY_AFTER));

    server.start_again();
    let waited = admin_gets_in(&issuer).await;
    assert!(waited < BACK_AGAIN, "{waited:?}");
    for service in [&issuer, &pages] {
        becomes_ready(service).await;
    }
    assert_eq!(issuer.stop("TERM"), Some(0));
    assert_eq!(pages.stop("TERM"), Some(0));
    for log in [issuer.log(), pages.log()] {
        assert!(!log.contains("panicked"), "{log}");
    }
}

#[tokio::test]
async fn a_service_that_still_waits_for_its_database_stops_when_it_is_asked() {
    let server = Mongod::standalone();
    server.stop();
    let place = place_on(&server, "tegata");
    for service in ["issuer", "frontend"] {
        let mut waiting = place.serve(service);
        assert_eq!(waiting.stop("TERM"), Some(0), "{service}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_standalone_server_acknowledged_survives_its_kill() {
    let server = Mongod::standalone();
    let issuer = place_on(&server, "tegata").serve("issuer");
    becomes_ready(&issuer).await;
    let load = Load::start(Registrations::at(&issuer.url));

    load.goes_on().await;
    server.kill();
    load.is_refused().await;
    server.start_again();
    let back = Instant::now();
    load.goes_on().await;
    let waited = back.elapsed();

    assert!(waited < BACK_AGAIN, "{waited:?}");
    load.nothing_is_lost().await;
}

/// Its primary, and then the next one; the work goes on each time.
async fn loses_two_primaries(set: &Mongod, load: &Load<impl Work>) {
    load.goes_on().await;
    set.kill_primary();
    load.goes_on().await;
    set.start_again();
    set.kill_primary();
    load.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_set_that_loses_its_primary_loses_nothing_else() {
    let set = Mongod::replica_set();
    let mut issuer = place_on(&set, "tegata").serve("issuer");
    becomes_ready(&issuer).await;
    let load = Load::start(Registrations::at(&issuer.url));

    loses_two_primaries(&set, &load).await;

    load.nothing_is_lost().await;
    assert_eq!(issuer.stop("TERM"), Some(0));
    assert!(!issuer.log().contains("panicked"), "{}", issuer.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_signed_in_stays_so_when_a_replica_set_loses_its_primary() {
    let set = Mongod::replica_set();
    let mut issuer = place_on(&set, "tegata").serve("issuer");
    let mut pages = place_on(&set, "tegata")
        .with("ISSUER_URL", &issuer.url)
        .serve("frontend");
    for service in [&issuer, &pages] {
        becomes_ready(service).await;
    }
    let load = Load::start(SignIns::at(&pages.url, &issuer.url).await);

    loses_two_primaries(&set, &load).await;

    load.nothing_is_lost().await;
    for service in [&mut issuer, &mut pages] {
        assert_eq!(service.stop("TERM"), Some(0));
        assert!(!service.log().contains("panicked"), "{}", service.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_signed_in_stays_so_when_the_session_database_alone_is_killed() {
    let server = Mongod::standalone();
    let issuer = place_on(Mongod::shared_standalone(), "sessions-elsewhere").serve("issuer");
    let mut pages = place_on(&server, "tegata")
        .with("ISSUER_URL", &issuer.url)
        .serve("frontend");
    for service in [&issuer, &pages] {
        becomes_ready(service).await;
    }
    let load = Load::start(SignIns::at(&pages.url, &issuer.url).await);

    for _ in 0..3 {
        load.goes_on().await;
        server.kill();
        load.is_refused().await;
        server.start_again();
    }
    load.goes_on().await;

    load.nothing_is_lost().await;
    assert_eq!(pages.stop("TERM"), Some(0));
    assert!(!pages.log().contains("panicked"), "{}", pages.log());
}

#[tokio::test]
async fn a_database_that_holds_its_breath_is_not_waited_for_long() {
    let server = Mongod::standalone();
    let issuer = place_on(&server, "tegata").serve("issuer");
    admin_gets_in(&issuer).await;

    server.stall();
    let mut longest = Duration::ZERO;
    until(StatusCode::SERVICE_UNAVAILABLE, async || {
        let asked = Instant::now();
        let answer = log_in(&issuer.url, ADMIN).await;
        longest = longest.max(asked.elapsed());
        answer.status()
    })
    .await;
    server.resume();
    assert!(longest < NO_LONGER, "{longest:?}");

    let waited = admin_gets_in(&issuer).await;
    assert!(waited < BACK_AGAIN, "{waited:?}");
}
