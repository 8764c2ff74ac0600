//! All users, out and in again.

use std::{fmt::Write, os::unix::fs::PermissionsExt};

use super::{PASSLIB, Said, export, import};
use crate::tegata::Place;

#[test]
fn what_goes_out_comes_in_as_it_was() {
    let place = Place::new();
    let mut lines = String::new();
    for (number, name) in ["=1+1", "山田, \"花子\"", "a;b|c", "-", "b'x'"]
        .iter()
        .enumerate()
    {
        let user = serde_json::json!({
            "username": format!("user.{number}@example.com"),
            "email": (number != 1).then(|| format!("user.{number}@example.com")),
            "name": (number != 2).then_some(name),
            "roles": if number == 3 { vec![] } else { vec!["admin", "ops:night"] },
            "disabled": number == 4,
            "created_at": format!("200{number}-02-28T23:59:59.01{number}+09:00"),
            "updated_at": "2026-01-31T09:30:00Z",
            "password_hash": PASSLIB,
        });
        writeln!(lines, "{user}").unwrap();
    }
    assert_eq!(import(&place, "users.jsonl", lines).code, 0);
    let everything = export(&place, "jsonl");
    assert_eq!(everything.lines().count(), 5);
    for format in ["jsonl", "csv"] {
        let other = Place::new();
        let name = format!("out.{format}");
        let said = import(&other, &name, export(&place, format));
        assert_eq!(
            said.out, "imported 5, already there 0, refused 0\n",
            "{}",
            said.err
        );
        assert_eq!(export(&other, "jsonl"), everything, "by way of {format}");
        let again = Said::from(other.output(&["user", "import", &name]));
        assert_eq!(again.out, "imported 0, already there 5, refused 0\n");
    }
    assert_eq!(export(&Place::new(), "csv").lines().count(), 1, "of nobody");
}

#[test]
fn an_export_is_for_its_owner_and_never_written_over_anything() {
    let place = Place::new();
    let line = format!("{{\"username\":\"hanako\",\"password_hash\":\"{PASSLIB}\"}}\n");
    assert_eq!(import(&place, "users.jsonl", line).code, 0);
    let said = Said::from(place.output(&["user", "export", "--output", "out.csv"]));
    assert_eq!(
        (said.out.as_str(), said.err.as_str(), said.code),
        ("", "", 0)
    );
    let mode = std::fs::metadata(place.path("out.csv"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(place.path("out.csv")).unwrap();
    assert!(
        text.starts_with("id,username,") && text.contains(PASSLIB),
        "{text}"
    );

    std::fs::write(place.path("mine.csv"), "mine").unwrap();
    for (name, reason) in [
        ("mine.csv", "is there already"),
        ("no/where.csv", "cannot write"),
    ] {
        let (line, code) = place.refusal(&["user", "export", "--output", name]);
        assert!(line.contains(name) && line.contains(reason), "{line}");
        assert_eq!(code, 1);
    }
    assert_eq!(
        std::fs::read_to_string(place.path("mine.csv")).unwrap(),
        "mine"
    );
    let left: Vec<_> = std::fs::read_dir(place.path("")).unwrap().collect();
    assert_eq!(left.len(), 4, "data and three files: {left:?}");
}
