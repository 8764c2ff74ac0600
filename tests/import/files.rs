//! Files that other programs wrote.

use std::{fmt::Write as _, io::Write as _, process::Stdio};

use super::{PASSLIB, PASSWORD, Said, export, import, logs_in};
use crate::tegata::Place;

#[test]
fn users_of_other_programs_log_in_with_the_passwords_that_they_have() {
    let place = Place::new();
    let tegata = place.start();
    let lines = [
        ("passlib", PASSLIB),
        (
            "older",
            "$2a$04$6QWtY.Tz6sM1/XMz7hlwKuxft0XK107NMflng4ZYm9zSROg4HpaxC",
        ),
        (
            "other",
            "$2y$04$WwQFPM1gmRkNiDPicdneQOHFgGCZtjBpKw3vNFc.iB4.hxBVYqSbW",
        ),
        // Flask-Bcrypt gives bytes, and str() of them is this.
        (
            "flask",
            "b'$2b$04$vHFQxg8pR/ib2RHN8Ov4z.sEv5j3s/f392FaCs.thMdqdHAcNYzeW'",
        ),
    ]
    .map(|(name, hash)| format!(r#"{{"username":"{name}","hashed_password":"{hash}"}}"#));
    let said = import(&place, "users.jsonl", lines.join("\n"));
    assert_eq!(said.out, "imported 4, already there 0, refused 0\n");
    assert_eq!((said.err.as_str(), said.code), ("", 0));

    for name in ["passlib", "older", "other", "flask"] {
        assert!(logs_in(&tegata, name, PASSWORD), "{name}");
        assert!(!logs_in(&tegata, name, "nine barriers"), "{name}");
    }

    // The example in PHP's manual.
    let php =
        "username,password\nphp,$2y$10$.vGA1O9wmRjrwAVXD98HNOgsNpDczlqm3Jq7KnEd1rVAGv3Fykk1a\n";
    assert_eq!(import(&place, "php.csv", php).code, 0);
    assert!(logs_in(&tegata, "php", "rasmuslerdorf"));
}

#[test]
fn a_table_has_columns_in_any_order_and_comes_from_any_spreadsheet() {
    for (columns, separator, end, mark) in [
        ("first comes a BOM", ",", "\r\n", "\u{feff}"),
        ("semicolons", ";", "\n", ""),
        ("tabs", "\t", "\r\n", ""),
    ] {
        let place = Place::new();
        let row = |fields: [&str; 6]| fields.join(separator) + end;
        let table = [
            mark.to_owned(),
            row([
                "Roles",
                "Username",
                "age",
                "Email",
                "full_name",
                "hashed_password",
            ]),
            row([
                "admin editor",
                "hanako",
                "7",
                "hanako@example.com",
                "\"山田 \"\"花子\"\"\"",
                PASSLIB,
            ]),
            end.to_owned(),
            row(["", "taro", "", "", "", PASSLIB]).trim_end().to_owned(),
        ]
        .concat();
        let said = import(&place, "users.csv", table);
        assert_eq!(
            said.out, "imported 2, already there 0, refused 0\n",
            "{columns}"
        );
        assert_eq!(said.err, "ignored: age\n", "{columns}");
        let list = Said::from(place.output(&["user", "list"])).out;
        assert!(
            list.contains("hanako\thanako@example.com\tadmin,editor\tactive"),
            "{columns}: {list}"
        );
        let exported = export(&place, "jsonl");
        assert!(exported.contains(r#""name":"山田 \"花子\"""#), "{exported}");
    }
}

#[test]
fn whoever_was_locked_out_stays_locked_out() {
    let place = Place::new();
    let tegata = place.start();
    let table = format!(
        "username,password_hash,disabled,is_active\na,{PASSLIB},True,\nb,{PASSLIB},,0\nc,{PASSLIB},0,1\n"
    );
    assert_eq!(import(&place, "users.csv", table).code, 0);
    assert!(!logs_in(&tegata, "a", PASSWORD));
    assert!(!logs_in(&tegata, "b", PASSWORD));
    assert!(logs_in(&tegata, "c", PASSWORD));
}

#[test]
fn standard_input_is_read_when_its_format_is_said() {
    let place = Place::new();
    let (line, code) = place.refusal(&["user", "import", "-"]);
    assert!(line.contains("--format"), "{line}");
    assert_eq!(code, 2);

    let mut child = place
        .command(&["user", "import", "-", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let line = format!("{{\"username\":\"hanako\",\"password_hash\":\"{PASSLIB}\"}}\n\nnothing\n");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(line.as_bytes())
        .unwrap();
    let said = Said::from(child.wait_with_output().unwrap());
    assert_eq!(said.out, "imported 1, already there 0, refused 1\n");
    assert!(
        said.err
            .starts_with("standard input:3: it is not one JSON object"),
        "{}",
        said.err
    );
}

#[test]
fn a_file_of_many_users_comes_in_whole_and_in_order() {
    const MANY: usize = 20_500;
    let place = Place::new();
    let mut table = "username,email,password_hash\n".to_owned();
    for number in 0..MANY {
        // Every thousandth has the name of the one before.
        let name = if number % 1000 == 999 {
            number - 1
        } else {
            number
        };
        writeln!(table, "user{name},user{number}@example.com,{PASSLIB}").unwrap();
    }
    let said = import(&place, "users.csv", table);
    assert_eq!(said.out, "imported 20480, already there 0, refused 20\n");
    let complaints: Vec<&str> = said.err.lines().collect();
    assert_eq!(
        complaints[19],
        "users.csv:20001: username \"user19998\": the username came before, in line 20000"
    );
    assert_eq!(export(&place, "jsonl").lines().count(), 20_480);
}
