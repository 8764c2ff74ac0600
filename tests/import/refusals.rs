//! What is refused, and where the line says that it stands.

use super::{PASSLIB, SECRET_PART, import};
use crate::tegata::Place;

#[test]
fn every_record_refused_has_a_line_with_its_place_and_its_reason() {
    let place = Place::new();
    let good = |name: &str| format!(r#"{{"username":"{name}","password_hash":"{PASSLIB}"}}"#);
    let of = |hash: &str| format!(r#"{{"username":"taro","password_hash":"{hash}"}}"#);
    let and = |more: &str| format!(r#"{{"username":"taro","password_hash":"{PASSLIB}",{more}}}"#);
    let cases = [
        (good("hanako"), ""),
        (
            r#"{"username":"taro","#.to_owned(),
            "not one JSON object: unexpected end",
        ),
        (
            r#"{"username" "taro"}"#.to_owned(),
            "not one JSON object: syntax error at column 13",
        ),
        (
            r#"["taro"]"#.to_owned(),
            "not one JSON object: not an object",
        ),
        (
            format!(r#"{{"password_hash":"{PASSLIB}"}}"#),
            "there is no username",
        ),
        (
            good("two words"),
            "username \"two words\": Username should have",
        ),
        (good(PASSLIB), ":7: Username should have"),
        (
            r#"{"username":"taro"}"#.to_owned(),
            "username \"taro\": there is no password hash",
        ),
        (of("open sesame"), "is it a password in plain text?"),
        (
            of("pbkdf2:sha256:260000$abcdefgh$0123456789abcdef"),
            "PBKDF2",
        ),
        (
            of("bcrypt_sha256$$2b$12$kLfhcDFnjel99I25OY2Fq.eyUNqJ4lwNJktohM3NMcme3H/psvVju"),
            "Django",
        ),
        (
            of("$argon2id$v=19$m=65536,t=3,p=4$kLfhcDFnjel99I25OY2Fq$hash"),
            "Argon2",
        ),
        (
            of("$2x$04$kLfhcDFnjel99I25OY2Fq.eyUNqJ4lwNJktohM3NMcme3H/psvVju"),
            "known fault",
        ),
        (of(&PASSLIB[..50]), "cut short or damaged"),
        (
            of(&PASSLIB.replace("$04$", "$20$")),
            "a cost of 20, and at most 16",
        ),
        (and(r#""email":"nowhere""#), "Email should be an address"),
        (and(r#""name":"a\nb""#), "Name should have"),
        (and(r#""roles":["a b"]"#), "A role should have"),
        (
            and(&format!(r#""roles":"{}""#, "ops ".repeat(65))),
            "at most 64 roles",
        ),
        (and(r#""username":"jiro""#), "a member is named twice"),
        (
            and(r#""disabled":"perhaps""#),
            "disabled should be true or false",
        ),
        (and(r#""id":17"#), "id should be a UUID"),
        (
            and(r#""created_at":"yesterday""#),
            "created_at should be a time such as",
        ),
        (
            good("Hanako"),
            "username \"Hanako\": the username came before, in line 1",
        ),
        (good(&"x".repeat(1 << 20)), "longer than 1 MiB"),
        (good("jiro"), ""),
    ];
    let lines: Vec<&str> = cases.iter().map(|(line, _)| line.as_str()).collect();
    let said = import(&place, "users.jsonl", lines.join("\n"));

    assert_eq!(said.out, "imported 2, already there 0, refused 24\n");
    assert_eq!(said.code, 1);
    let mut complaints = said.err.lines();
    for (number, (_, reason)) in (1..)
        .zip(&cases)
        .filter(|(_, (_, reason))| !reason.is_empty())
    {
        let complaint = complaints.next().unwrap();
        assert!(
            complaint.starts_with(&format!("users.jsonl:{number}: ")),
            "{complaint}"
        );
        assert!(complaint.contains(reason), "{complaint}");
    }
    assert!(
        complaints
            .next()
            .unwrap()
            .contains("24 records were refused")
    );
    for secret in [SECRET_PART, "sesame", "0123456789abcdef"] {
        assert!(!said.err.contains(secret), "{}", said.err);
    }
}

#[test]
fn a_broken_row_is_named_by_the_line_where_it_begins() {
    let place = Place::new();
    let rows = [
        "username,bio,password_hash".as_bytes(),
        format!("a,one,{PASSLIB}").as_bytes(),
        b"",
        format!("b,{PASSLIB}").as_bytes(),
        b"c,\xe9t\xe9,x",
        format!("d,\"one,{PASSLIB}").as_bytes(),
        format!("e,\"two,{PASSLIB}").as_bytes(),
        format!("f,,{PASSLIB}").as_bytes(),
        b"g,,",
        format!("h,\"one,{PASSLIB}").as_bytes(),
    ]
    .join(&b"\r\n"[..]);
    let said = import(&place, "users.csv", rows);
    let complaints: Vec<&str> = said.err.lines().collect();
    let [count, encoding, quote, empty, end, ..] = complaints[..] else {
        panic!("{}", said.err)
    };
    assert_eq!(
        count,
        "users.csv:4: it has 2 fields, and the first line names 3"
    );
    assert_eq!(
        encoding,
        "users.csv:5: it is not UTF-8: save the file as UTF-8"
    );
    assert!(
        quote.starts_with("users.csv:6: it goes over 2 lines: is there a quote too many?"),
        "d must not have the hash of e: {quote}"
    );
    assert_eq!(
        empty,
        "users.csv:9: username \"g\": there is no password hash"
    );
    assert!(end.starts_with("users.csv:10: it goes over"), "{end}");
    assert_eq!(said.out, "imported 2, already there 0, refused 5\n");
    assert!(!said.err.contains(SECRET_PART), "{}", said.err);
}

#[test]
fn what_is_no_list_of_users_is_refused_in_one_line() {
    let place = Place::new();
    let endless = format!("username,password_hash\na,\"{}", "b,c\n".repeat(300_000));
    let cases: [(&str, &[u8], &str); 8] = [
        (
            "list.json",
            b"[{\"username\":\"a\"}]",
            "jq -c '.[]' list.json",
        ),
        (
            "pretty.json",
            b"{\n  \"username\": \"a\"\n}",
            "one object a line",
        ),
        ("utf16.csv", b"\xff\xfeu\0s\0", "UTF-16"),
        ("empty.csv", b"", "should name the columns"),
        (
            "headless.csv",
            b"hanako,h@example.com,$2b$04$kLfhcDFnjel99I25OY2Fq\n",
            "should name the columns",
        ),
        (
            "twice.csv",
            b"username,password,email,email\n",
            "the column email is there twice",
        ),
        (
            "endless.csv",
            endless.as_bytes(),
            "after line 1 does not end within 1 MiB",
        ),
        ("users.txt", b"", "--format csv or --format jsonl"),
    ];
    for (name, content, reason) in cases {
        std::fs::write(place.path(name), content).unwrap();
        let (line, _) = place.refusal(&["user", "import", name]);
        assert!(line.contains(reason), "{line}");
        assert!(!line.contains(SECRET_PART), "{line}");
    }
    let (line, code) = place.refusal(&["user", "import", "nowhere.csv"]);
    assert!(line.contains("cannot read nowhere.csv"), "{line}");
    assert_eq!(code, 1);
}
