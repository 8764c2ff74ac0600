//! The tool itself: what the tests that use it count on.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use mongodb::bson::doc;
use tegata_mongod::Mongod;

fn seen(server: &Mongod) -> usize {
    server.documents("tool", "things").len()
}

#[test]
fn a_standalone_server_keeps_what_was_written_over_a_kill() {
    let server = Mongod::standalone();
    server.insert("tool", "things", vec![doc! { "_id": 1 }]);
    server.command("admin", doc! { "fsync": 1 });
    server.kill();
    server.start_again();
    assert_eq!(seen(&server), 1);
    server.stop();
    server.start_again();
    assert_eq!(seen(&server), 1);
}

#[test]
fn a_set_elects_another_primary_and_takes_the_old_one_back() {
    let set = Mongod::replica_set();
    let first = set.kill_primary();
    set.insert("tool", "things", vec![doc! { "_id": 1 }]);
    set.start_again();
    let second = set.kill_primary();
    assert_ne!(first, second);
    assert_eq!(seen(&set), 1);
}

#[test]
fn a_password_and_tls_are_asked_for() {
    let ping = doc! { "ping": 1 };
    let answer = Mongod::with_password().command("tool", doc! { "listCollections": 1 });
    assert_eq!(answer.get_f64("ok").unwrap(), 1.0);
    let answer = Mongod::with_tls().command("tool", ping);
    assert_eq!(answer.get_f64("ok").unwrap(), 1.0);
}

#[test]
fn a_stalled_server_says_nothing_and_answers_when_it_goes_on() {
    let server = Mongod::standalone();
    server.stall();
    std::thread::scope(|scope| {
        let (tell, answered) = std::sync::mpsc::channel();
        let server = &server;
        scope.spawn(move || tell.send(server.command("tool", doc! { "ping": 1 })));
        assert!(answered.recv_timeout(Duration::from_millis(100)).is_err());
        server.resume();
        assert!(answered.recv_timeout(Duration::from_secs(10)).is_ok());
    });
}

/// This file again, as a process of its own that is told to hold a server, and is killed outright.
#[test]
fn nothing_outlives_a_test_process_that_is_killed() {
    const HOLD: &str = "TEGATA_MONGOD_HOLD";
    if std::env::var_os(HOLD).is_some() {
        let server = Mongod::shared_standalone();
        println!("held at {}", server.host());
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "nothing_outlives_a_test_process_that_is_killed"])
        .arg("--nocapture")
        .env(HOLD, "1")
        .env("TMPDIR", place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let host = BufReader::new(holder.stdout.take().unwrap())
        .lines()
        .find_map(|line| line.unwrap().split("held at ").nth(1).map(str::to_owned))
        .unwrap();
    let listens = || TcpStream::connect(&host).is_ok();
    let left = || std::fs::read_dir(place.path()).unwrap().next().is_some();
    assert!(listens() && left());
    holder.kill().unwrap();
    holder.wait().unwrap();
    let killed = Instant::now();
    while listens() || left() {
        assert!(killed.elapsed() < Duration::from_secs(10), "it goes on");
        std::thread::yield_now();
    }
}
