//! What tests rely on: it starts, it does as told, and nothing of it stays behind.
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use mongodb::{
    Client,
    bson::{Document, doc},
    error::Result,
    options::ClientOptions,
};
use tegata_mongod::Mongod;

const PATIENCE: Duration = Duration::from_secs(10);

async fn ping_within(uri: &str, limit: Duration) -> Result<Document> {
    let mut options = ClientOptions::parse(uri).await?;
    options.server_selection_timeout = Some(limit);
    let client = Client::with_options(options)?;
    let answer = client
        .default_database()
        .unwrap()
        .run_command(doc! {"dbStats": 1})
        .await;
    client.shutdown().await;
    answer
}

async fn ping(uri: &str) -> Result<Document> {
    ping_within(uri, PATIENCE).await
}

#[tokio::test]
async fn a_standalone_keeps_what_it_has_through_a_kill_and_a_stop() {
    let mut mongod = Mongod::standalone();
    let uri = mongod.uri("kept");
    let client = Client::with_uri_str(&uri).await.unwrap();
    let notes = client.default_database().unwrap().collection("note");
    let journaled = mongodb::options::WriteConcern::builder()
        .journal(true)
        .build();
    notes
        .insert_one(doc! {"_id": 1})
        .write_concern(journaled)
        .await
        .unwrap();
    mongod.kill();
    assert!(ping_within(&uri, Duration::from_millis(100)).await.is_err());
    mongod.start_again();
    assert_eq!(notes.count_documents(doc! {}).await.unwrap(), 1);
    mongod.stop();
    assert!(ping_within(&uri, Duration::from_millis(100)).await.is_err());
    mongod.start_again();
    assert_eq!(notes.count_documents(doc! {}).await.unwrap(), 1);
    client.shutdown().await;
}

#[tokio::test]
async fn a_stalled_one_answers_again_when_it_goes_on() {
    let mut mongod = Mongod::standalone();
    let uri = mongod.uri("stalled");
    mongod.stall();
    assert!(ping_within(&uri, Duration::from_millis(100)).await.is_err());
    mongod.resume();
    ping(&uri).await.unwrap();
}

#[tokio::test]
async fn a_set_elects_another_primary_and_takes_the_killed_one_back() {
    let mut mongod = Mongod::replica_set(3);
    let killed = mongod.kill_primary();
    assert_ne!(mongod.primary(), killed);
    ping(&mongod.uri("moved")).await.unwrap();
    mongod.start_again();
    mongod.kill_primary();
    ping(&mongod.uri("moved")).await.unwrap();
}

#[tokio::test]
async fn a_password_lets_in_and_nothing_else_does() {
    let mongod = Mongod::with_password();
    let uri = mongod.uri("closed");
    ping(&uri).await.unwrap();
    for wrong in [
        uri.replace(tegata_mongod::PASSWORD, "guess"),
        uri.replace(&format!("tegata:{}@", tegata_mongod::PASSWORD), ""),
    ] {
        assert!(ping(&wrong).await.is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn tls_holds_for_whoever_knows_the_authority() {
    let mongod = Mongod::with_tls();
    let uri = mongod.uri("sealed");
    ping(&uri).await.unwrap();
    for wrong in [
        uri.replace("tls=true&", "")
            .split("tlsCAFile")
            .next()
            .unwrap()
            .to_owned(),
        uri.split("&tlsCAFile").next().unwrap().to_owned(),
    ] {
        let refused = ping_within(&wrong, Duration::from_secs(1)).await;
        assert!(refused.is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn the_shared_one_is_one_with_databases_for_all() {
    let (one, other) = (Mongod::shared_standalone(), Mongod::shared_standalone());
    assert_eq!(one.uri("x"), other.uri("x"));
    let (first, second) = (one.fresh_uri(), other.fresh_uri());
    assert_ne!(first, second);
    ping(&first).await.unwrap();
}

/// The test process is killed outright, in the middle of a test: this file again, as a child that is told
/// to hold a mongod.
#[test]
fn nothing_outlives_a_test_process_that_is_killed() {
    const HOLD: &str = "TEGATA_MONGOD_HOLD";
    if std::env::var_os(HOLD).is_some() {
        let mut mongod = Mongod::standalone();
        println!("held at {}", mongod.members()[0].address());
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "nothing_outlives_a_test_process_that_is_killed"])
        .arg("--nocapture")
        .env(HOLD, "1")
        .env("TMPDIR", place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let address = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .find_map(|line| line.unwrap().split("held at ").nth(1).map(str::to_owned))
        .unwrap();
    TcpStream::connect(&address).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let killed = Instant::now();
    let lives = || TcpStream::connect(&address).is_ok();
    let left = || std::fs::read_dir(place.path()).unwrap().next().is_some();
    while lives() || left() {
        assert!(killed.elapsed() < PATIENCE, "{} {}", lives(), left());
        std::thread::yield_now();
    }
}
