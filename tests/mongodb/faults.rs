//! Databases that are there, and not as they should be.

use std::time::{Duration, Instant};

use mongodb::bson::doc;
use reqwest::StatusCode;
use tegata_mongod::Mongod;

use super::{
    place_on,
    visitor::{admin_gets_in, becomes_ready, client, readiness, register, until},
};

#[tokio::test]
async fn a_server_that_says_nothing_at_the_start_is_waited_for() {
    let server = Mongod::standalone();
    server.stall();
    let issuer = place_on(&server, "tegata").serve("issuer");
    let said = || issuer.log().contains("started without a database");
    until(StatusCode::OK, async || match said() {
        true => StatusCode::OK,
        false => StatusCode::CONTINUE,
    })
    .await;
    assert_eq!(readiness(&issuer).await, StatusCode::SERVICE_UNAVAILABLE);

    server.resume();

    admin_gets_in(&issuer).await;
}

#[tokio::test]
async fn a_server_that_says_nothing_holds_up_neither_readiness_nor_the_end() {
    let server = Mongod::standalone();
    let mut issuer = place_on(&server, "tegata").serve("issuer");
    becomes_ready(&issuer).await;
    server.stall();

    let start = Instant::now();
    until(StatusCode::SERVICE_UNAVAILABLE, async || {
        readiness(&issuer).await
    })
    .await;
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );

    let start = Instant::now();
    assert_eq!(issuer.stop("TERM"), Some(0));
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_write_that_the_server_refuses_shows_no_hash() {
    let server = Mongod::shared_standalone();
    server.command(
        "refusing",
        doc! { "create": "users", "validator": { "password_hash": { "$type": "int" } } },
    );
    let issuer = place_on(server, "refusing").serve("issuer");
    becomes_ready(&issuer).await;

    let refused = register(&client(), &issuer.url, "taro").await;

    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let log = issuer.log();
    assert!(log.contains("121"), "{log}");
    assert!(!log.contains("$2b$"), "{log}");
}

#[test]
fn what_time_will_not_mend_ends_a_service_at_the_start() {
    let server = Mongod::shared_standalone();
    server.command("views", doc! { "create": "users", "viewOn": "others" });
    server.command(
        "shapes",
        doc! { "createIndexes": "users", "indexes": [{ "name": "username_key", "key": { "name": 1 } }] },
    );
    for database in ["views", "shapes", "with.dot"] {
        let (said, code) = place_on(server, database).end(&["issuer"]);
        assert_eq!(code, 1, "{database}: {said}");
        let line = said.lines().last().unwrap();
        assert!(line.starts_with("tegata: DATABASE_URL: "), "{line}");
    }
}

#[tokio::test]
async fn indexes_of_an_administrator_are_lived_with() {
    let server = Mongod::shared_standalone();
    server.command(
        "lived",
        doc! { "createIndexes": "users", "indexes": [
            { "name": "mine", "key": { "username_key": 1 }, "unique": true },
        ] },
    );
    server.command(
        "lived",
        doc! { "createIndexes": "sessions", "indexes": [
            { "name": "foo", "key": { "used_at": 1 }, "expireAfterSeconds": 60 },
        ] },
    );
    let issuer = place_on(server, "lived").serve("issuer");
    let pages = place_on(server, "lived")
        .with("ISSUER_URL", &issuer.url)
        .serve("frontend");
    for service in [&issuer, &pages] {
        becomes_ready(service).await;
    }
    for wanted in [StatusCode::CREATED, StatusCode::CONFLICT] {
        let answer = register(&client(), &issuer.url, "taro").await;
        assert_eq!(answer.status(), wanted);
    }
    let indexes = server.command("lived", doc! { "listIndexes": "sessions" });
    let idle = indexes.to_string();
    assert!(idle.contains("604800"), "seven days, not a minute: {idle}");
}

#[tokio::test]
async fn a_store_whose_users_cannot_be_read_is_not_an_empty_one() {
    let server = Mongod::shared_standalone();
    server.insert("unread", "users", vec![doc! { "_id": "spoilt" }]);
    let issuer = place_on(server, "unread").serve("issuer");
    becomes_ready(&issuer).await;
    let registered = register(&client(), &issuer.url, "taro").await;
    assert_eq!(registered.status(), StatusCode::CREATED);

    let users = server.documents("unread", "users");

    assert_eq!(users.len(), 2, "no first account: {users:?}");
}
