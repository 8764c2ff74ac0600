//! Users who are there already.

use std::{io::Write, process::Stdio};

use super::{PASSLIB, Said, export, import, logs_in};
use crate::tegata::Place;

#[test]
fn the_same_import_can_be_run_twice() {
    let place = Place::new();
    let tegata = place.start();
    let lines = format!(
        r#"{{"username":"hanako","email":"hanako@example.com","password_hash":"{PASSLIB}"}}
{{"username":"taro","password_hash":"{PASSLIB}"}}
{{"username":"jiro","id":"0190a5e2-7f2c-7c3a-9b6e-1f2d3c4b5a69","password_hash":"{PASSLIB}"}}
"#
    );
    let first = import(&place, "users.jsonl", &lines);
    assert_eq!(first.out, "imported 3, already there 0, refused 0\n");
    let mut set = place
        .command(&["user", "set-password", "hanako"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    set.stdin
        .take()
        .unwrap()
        .write_all(b"nine new barriers\n")
        .unwrap();
    assert!(set.wait().unwrap().success());

    let second = import(&place, "users.jsonl", &lines);

    assert_eq!(second.out, "imported 0, already there 3, refused 0\n");
    assert_eq!((second.err.as_str(), second.code), ("", 0));
    assert!(
        logs_in(&tegata, "hanako", "nine new barriers"),
        "left alone"
    );
}

#[test]
fn a_name_that_is_somebody_elses_is_refused() {
    let place = Place::new();
    let user = |members: &str| format!("{{{members},\"password_hash\":\"{PASSLIB}\"}}\n");
    let id = r#""id":"0190a5e2-7f2c-7c3a-9b6e-1f2d3c4b5a69""#;
    let there = [
        user(&format!(
            r#""username":"hanako","email":"hanako@example.com",{id}"#
        )),
        user(r#""username":"taro""#),
    ];
    assert_eq!(import(&place, "there.jsonl", there.concat()).code, 0);
    let newcomers = [
        user(r#""username":"Hanako","email":"other@example.com""#),
        user(r#""username":"Taro","email":"taro@example.com""#),
        user(r#""username":"jiro","email":"HANAKO@example.com""#),
        user(&format!(r#""username":"saburo",{id}"#)),
        user(r#""username":"taro","id":"0190a5e2-7f2c-7c3a-9b6e-000000000000""#),
    ];
    let before = export(&place, "jsonl");
    std::fs::write(place.path("new.jsonl"), newcomers.concat()).unwrap();
    let reasons = [
        "taken, by somebody with another email address",
        "taken, by somebody with another email address",
        "somebody else has that email address",
        "somebody else has that id",
        "taken, by somebody with another id",
    ];
    for arguments in [
        &["user", "import", "new.jsonl"][..],
        &["user", "import", "new.jsonl", "--dry-run"],
    ] {
        let said = Said::from(place.output(arguments));
        for (line, reason) in said.err.lines().zip(reasons) {
            assert!(line.ends_with(reason), "{line}");
        }
        assert!(
            said.out.contains("already there 0, refused 5"),
            "{}",
            said.out
        );
    }
    assert_eq!(export(&place, "jsonl"), before);

    // Only one id is somebody's once all are new.
    let said = Said::from(place.output(&["user", "import", "new.jsonl", "--new-ids"]));
    assert_eq!(
        said.out, "imported 1, already there 1, refused 3\n",
        "{}",
        said.err
    );
}

#[test]
fn a_dry_run_says_what_an_import_then_does_and_writes_nothing() {
    let place = Place::new();
    let table = format!(
        "username,email,password_hash\n\
         a,a@example.com,{PASSLIB}\nb,a@example.com,{PASSLIB}\nA,,{PASSLIB}\nc,,{PASSLIB}\nd,,x\n"
    );
    std::fs::write(place.path("users.csv"), &table).unwrap();
    let dry = Said::from(place.output(&["user", "import", "users.csv", "--dry-run"]));
    assert_eq!(export(&place, "jsonl"), "");
    let done = import(&place, "users.csv", &table);
    assert_eq!(
        dry.out,
        "would import 2, already there 0, refused 3; nothing was written\n"
    );
    assert_eq!(done.out, "imported 2, already there 0, refused 3\n");
    assert_eq!((dry.err, dry.code), (done.err, done.code));
}
