//! The tool itself: what the tests that use it count on.

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
