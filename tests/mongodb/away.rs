//! The database goes away, and comes back.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use reqwest::{StatusCode, header::RETRY_AFTER};
use tegata_mongod::Mongod;

use super::{
    ADMIN, place_on,
    visitor::{client, log_in, register, status, until},
};

/// What a service may take to work again once its database is back.
const BACK_AGAIN: Duration = Duration::from_secs(5);
const WRITERS: usize = 4;
/// Acknowledged before the database is killed, and again after.
const ENOUGH: usize = 60;

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
        let ready = format!("{}/health/ready", service.url);
        assert_eq!(status(&ready).await, StatusCode::SERVICE_UNAVAILABLE);
    }
    let refused = log_in(&issuer.url, ADMIN).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key(RETRY_AFTER));

    server.start_again();
    let waited = until(StatusCode::OK, async || {
        log_in(&issuer.url, ADMIN).await.status()
    });
    let waited = waited.await;
    assert!(waited < BACK_AGAIN, "{waited:?}");
    for service in [&issuer, &pages] {
        let ready = format!("{}/health/ready", service.url);
        until(StatusCode::OK, async || status(&ready).await).await;
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

#[tokio::test]
async fn what_a_standalone_server_acknowledged_survives_its_kill() {
    let server = Mongod::standalone();
    let issuer = place_on(&server, "tegata").serve("issuer");
    let load = Load::start(&issuer.url);

    load.acknowledged(ENOUGH).await;
    server.kill();
    load.refused().await;
    server.start_again();
    let back = Instant::now();
    load.acknowledged(ENOUGH).await;
    let waited = back.elapsed();

    assert!(waited < BACK_AGAIN, "{waited:?}");
    load.nothing_is_lost(&issuer.url).await;
}

#[tokio::test]
async fn a_replica_set_that_loses_its_primary_loses_nothing_else() {
    let set = Mongod::replica_set();
    let mut issuer = place_on(&set, "tegata").serve("issuer");
    let load = Load::start(&issuer.url);

    load.acknowledged(ENOUGH).await;
    set.kill_primary();
    load.acknowledged(ENOUGH).await;
    set.start_again();
    set.kill_primary();
    load.acknowledged(ENOUGH).await;

    load.nothing_is_lost(&issuer.url).await;
    assert_eq!(issuer.stop("TERM"), Some(0));
    assert!(!issuer.log().contains("panicked"), "{}", issuer.log());
}

#[tokio::test]
async fn a_database_that_holds_its_breath_is_not_waited_for_long() {
    let server = Mongod::standalone();
    let issuer = place_on(&server, "tegata").serve("issuer");
    until(StatusCode::OK, async || {
        log_in(&issuer.url, ADMIN).await.status()
    })
    .await;

    server.stall();
    until(StatusCode::SERVICE_UNAVAILABLE, async || {
        log_in(&issuer.url, ADMIN).await.status()
    })
    .await;
    server.resume();

    let waited = until(StatusCode::OK, async || {
        log_in(&issuer.url, ADMIN).await.status()
    });
    let waited = waited.await;
    assert!(waited < BACK_AGAIN, "{waited:?}");
}

/// People who register one after the other, and the journal of what they were promised.
struct Load {
    journal: Arc<Journal>,
    writers: Vec<tokio::task::JoinHandle<()>>,
}

#[derive(Default)]
struct Journal {
    over: AtomicBool,
    kept: Mutex<Vec<String>>,
    refused: AtomicUsize,
    odd: Mutex<Vec<StatusCode>>,
}

impl Load {
    fn start(api: &str) -> Self {
        let journal = Arc::<Journal>::default();
        let write = |writer| {
            let (journal, api) = (Arc::clone(&journal), api.to_owned());
            tokio::spawn(async move {
                let http = client();
                let mut count = 0;
                while !journal.over.load(SeqCst) {
                    count += 1;
                    let name = format!("traveller-{writer}-{count}");
                    let answer = register(&http, &api, &name).await;
                    match answer.status() {
                        StatusCode::CREATED => journal.kept.lock().unwrap().push(name),
                        StatusCode::SERVICE_UNAVAILABLE
                            if answer.headers().contains_key(RETRY_AFTER) =>
                        {
                            journal.refused.fetch_add(1, SeqCst);
                        }
                        other => journal.odd.lock().unwrap().push(other),
                    }
                }
            })
        };
        let writers = (0..WRITERS).map(write).collect();
        Self { journal, writers }
    }

    /// Waits until so many more have been told that they are kept.
    async fn acknowledged(&self, more: usize) {
        let kept = || self.journal.kept.lock().unwrap().len();
        let enough = kept() + more;
        until(StatusCode::OK, async || self.unless(kept() < enough)).await;
    }

    /// Waits until somebody has been told to try again.
    async fn refused(&self) {
        let none = || self.journal.refused.load(SeqCst) == 0;
        until(StatusCode::OK, async || self.unless(none())).await;
    }

    fn unless(&self, waiting: bool) -> StatusCode {
        let odd = self.journal.odd.lock().unwrap();
        assert!(odd.is_empty(), "neither 201 nor 503: {odd:?}");
        if waiting {
            StatusCode::CONTINUE
        } else {
            StatusCode::OK
        }
    }

    /// Everybody who was told that they are kept can log in.
    async fn nothing_is_lost(self, api: &str) {
        self.journal.over.store(true, SeqCst);
        for writer in self.writers {
            writer.await.unwrap();
        }
        let kept = self.journal.kept.lock().unwrap().clone();
        assert!(kept.len() >= 2 * ENOUGH);
        for name in kept {
            let answer = log_in(api, (&name, "a name for every gate")).await;
            assert_eq!(answer.status(), 200, "{name} is lost");
        }
    }
}
