//! The end: proxies hear of it first, what is under way is answered, nobody waits for nothing.

use std::{sync::atomic::Ordering::SeqCst, time::Duration};

use tegata_server::Transport;
use tokio::{
    net::TcpStream,
    time::{Instant, advance, pause, resume},
};

use crate::house::{House, PATIENCE};

const READY: &str = "GET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n";
const HELLO: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const SLOW: &str = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";

async fn proxied() -> House {
    House::with(Transport {
        proxied: true,
        ..Transport::default()
    })
    .await
}

async fn waiting(house: &House) {
    let start = Instant::now();
    while house.seen.waiting.load(SeqCst) == 0 {
        assert!(start.elapsed() < PATIENCE);
        tokio::task::yield_now().await;
    }
}

/// Asks until it is on its way to its end.
async fn leaving(house: &House) {
    let start = Instant::now();
    loop {
        let mut raw = house.connect().await;
        raw.send(READY).await;
        let answer = raw.answer().await;
        if answer.status == 503 {
            assert_eq!(answer.body, r#"{"status":"stopping"}"#);
            assert_eq!(answer.header("connection").as_deref(), Some("close"));
            assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
            return;
        }
        assert!(start.elapsed() < PATIENCE);
    }
}

#[tokio::test]
async fn proxies_hear_of_it_before_the_door_closes() {
    let house = proxied().await;
    let mut busy = house.connect().await;
    busy.send(SLOW).await;
    let mut kept = house.connect().await;
    kept.send(HELLO).await;
    assert_eq!(kept.answer().await.header("connection"), None);
    waiting(&house).await;
    house.ask_to_stop();
    leaving(&house).await;
    // Whoever has not heard of it is answered, on an old connection and on a new one, and sent away.
    kept.send(HELLO).await;
    let answers = kept.rest().await;
    assert_eq!(answers.statuses(), [200]);
    assert_eq!(answers.0[0].header("connection").as_deref(), Some("close"));
    house.seen.go.notify_one();
    let answers = busy.rest().await;
    assert_eq!(answers.0[0].body, "at last");
    let address = house.address;
    house.stopped().await;
    assert!(TcpStream::connect(address).await.is_err(), "it is closed");
}

#[tokio::test]
async fn of_requests_in_a_row_the_first_is_answered() {
    let house = proxied().await;
    let mut kept = house.connect().await;
    kept.send(HELLO).await;
    assert_eq!(kept.answer().await.status, 200);
    house.ask_to_stop();
    leaving(&house).await;
    kept.send(format!("{HELLO}{HELLO}{HELLO}")).await;
    let answers = kept.rest().await;
    assert_eq!(answers.statuses(), [200], "and then it is closed");
    assert_eq!(answers.0[0].header("connection").as_deref(), Some("close"));
}

#[tokio::test]
async fn without_a_proxy_nobody_waits() {
    let house = House::open().await;
    let mut kept = house.connect().await;
    kept.send(HELLO).await;
    kept.answer().await;
    pause();
    let start = Instant::now();
    house.ask_to_stop();
    house.stopped().await;
    assert!(start.elapsed() < tegata_server::NOTICE);
    resume();
    assert!(kept.rest().await.0.is_empty());
}

#[tokio::test]
async fn a_proxy_that_connects_anew_each_time_hears_of_it_too() {
    for (since, told) in [(1, true), (70, false)] {
        let house = proxied().await;
        let answers = house.send("GET / HTTP/1.0\r\n\r\n").await;
        assert_eq!(answers.statuses(), [200], "and closed");
        pause();
        advance(Duration::from_secs(since)).await;
        let start = Instant::now();
        house.ask_to_stop();
        house.stopped().await;
        assert_eq!(start.elapsed() >= tegata_server::NOTICE, told, "{since} s");
        resume();
    }
}

#[tokio::test]
async fn behind_a_proxy_that_never_came_nobody_waits_either() {
    let house = proxied().await;
    pause();
    let start = Instant::now();
    house.ask_to_stop();
    house.stopped().await;
    assert!(start.elapsed() < tegata_server::NOTICE);
}

#[tokio::test]
async fn what_is_under_way_is_answered() {
    let house = House::open().await;
    let mut busy = house.connect().await;
    busy.send(SLOW).await;
    waiting(&house).await;
    house.ask_to_stop();
    let start = Instant::now();
    while TcpStream::connect(house.address).await.is_ok() {
        assert!(start.elapsed() < PATIENCE, "nobody comes in any more");
    }
    house.seen.go.notify_one();
    assert_eq!(busy.rest().await.0[0].body, "at last");
    house.stopped().await;
}

#[tokio::test]
async fn what_takes_too_long_is_cut() {
    let house = House::open().await;
    let mut busy = house.connect().await;
    busy.send(SLOW).await;
    waiting(&house).await;
    pause();
    let start = Instant::now();
    house.ask_to_stop();
    house.stopped().await;
    assert!(start.elapsed() >= tegata_server::DRAIN);
    resume();
    assert!(busy.rest().await.0.is_empty(), "never answered");
}
