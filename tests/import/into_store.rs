//! Users into a store on MongoDB.

use std::fmt::Write;

use mongodb::bson::doc;
use tegata_mongod::Mongod;

use super::{PASSLIB, Said, export, import};
use crate::tegata::Place;

#[test]
fn an_import_fills_a_mongodb_as_it_does_a_file() {
    let server = Mongod::shared_standalone();
    let place = Place::new().with("DATABASE_URL", &server.uri("filled"));
    let mut table = "username,email,roles,password_hash\n".to_owned();
    for number in 0..2_500 {
        writeln!(table, "user{number},user{number}@example.com,ops,{PASSLIB}").unwrap();
    }
    writeln!(
        table,
        "USER7,,,{PASSLIB}\nother,user7@example.com,,{PASSLIB}"
    )
    .unwrap();

    let said = import(&place, "users.csv", &table);

    assert_eq!(
        said.out, "imported 2500, already there 0, refused 2\n",
        "{}",
        said.err
    );
    let twice = [
        "username \"USER7\": the username came before, in line 9",
        "username \"other\": the email address came before, in line 9",
    ];
    for (line, reason) in said.err.lines().zip(twice) {
        assert!(line.ends_with(reason), "{line}");
    }
    let again = import(&place, "users.csv", &table);
    assert_eq!(
        again.out, "imported 0, already there 2500, refused 2\n",
        "{}",
        again.err
    );
    let other = Place::new();
    let exported = export(&place, "jsonl");
    let with_ids = import(&place, "users.jsonl", &exported);
    assert_eq!(
        with_ids.out, "imported 0, already there 2500, refused 0\n",
        "{}",
        with_ids.err
    );
    assert_eq!(import(&other, "users.jsonl", &exported).code, 0);
    assert_eq!(export(&other, "jsonl"), exported, "from MongoDB to SQLite");
}

#[test]
fn a_document_that_somebody_spoilt_keeps_nobody_else_out_and_is_missed() {
    let server = Mongod::shared_standalone();
    let place = Place::new().with("DATABASE_URL", &server.uri("half_read"));
    let id = "0190a5e2-7f2c-7c3a-9b6e-1f2d3c4b5a69";
    let spoilt = vec![
        doc! { "_id": "0190a5e2-7f2c-7c3a-9b6e-000000000000", "username": "User2300",
        "username_key": "user2300", "email_key": "shared@example.com",
        "password_hash": PASSLIB, "roles": "admin" },
        doc! { "_id": id, "username": "gone" },
    ];
    server.insert("half_read", "users", spoilt);
    let mut table = "id,username,email,password_hash\n".to_owned();
    for number in 0..4_600 {
        let id = if number == 3_000 { id } else { "" };
        let email = if number == 4_000 {
            "Shared@example.com"
        } else {
            ""
        };
        writeln!(table, "{id},user{number},{email},{PASSLIB}").unwrap();
    }
    std::fs::write(place.path("users.csv"), &table).unwrap();
    for (arguments, out) in [
        (
            &["user", "import", "users.csv", "--dry-run"][..],
            "would import 4597, already there 0, refused 3; nothing was written\n",
        ),
        (
            &["user", "import", "users.csv"],
            "imported 4597, already there 0, refused 3\n",
        ),
        (
            &["user", "import", "users.csv"],
            "imported 0, already there 4597, refused 3\n",
        ),
    ] {
        let said = Said::from(place.output(arguments));
        assert_eq!(said.out, out, "{}", said.err);
        assert_eq!(said.code, 1);
        for complaint in [
            "users.csv:2302: username \"user2300\": somebody else has that username",
            "users.csv:3002: username \"user3000\": somebody else has that id",
            "users.csv:4002: username \"user4000\": somebody else has that email address",
        ] {
            assert!(
                said.err.lines().any(|line| line == complaint),
                "{}",
                said.err
            );
        }
    }

    let missed = "tegata: 2 users cannot be read and were left out";
    let lines_of = |arguments: &[&str]| {
        let said = Said::from(place.output(arguments));
        assert_eq!(said.code, 1);
        assert!(
            said.err.lines().last().unwrap().starts_with(missed),
            "{}",
            said.err
        );
        assert!(said.err.contains(id), "which: {}", said.err);
        said.out.lines().count()
    };
    assert_eq!(lines_of(&["user", "export"]), 4_597);
    assert_eq!(lines_of(&["user", "list"]), 4_598);
    assert_eq!(lines_of(&["user", "export", "--output", "all.csv"]), 0);
    let written = std::fs::read_to_string(place.path("all.csv")).unwrap();
    assert_eq!(written.lines().count(), 4_598);
}
