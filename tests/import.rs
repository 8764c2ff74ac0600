//! Users of other programs come in, and all users go out and in again.

use std::{
    fmt::Write as _,
    io::Write as _,
    os::unix::fs::PermissionsExt,
    process::{Output, Stdio},
};

use mongodb::bson::{Binary, Document, Uuid, doc, oid::ObjectId, spec::BinarySubtype};
use tegata_mongod::{CREDENTIALS, Mongod};

use crate::tegata::{Place, Tegata};

const PASSWORD: &str = "eight barriers";
/// passlib's `CryptContext(schemes=["bcrypt"])`, as the FastAPI tutorial has it.
const PASSLIB: &str = "$2b$04$kLfhcDFnjel99I25OY2Fq.eyUNqJ4lwNJktohM3NMcme3H/psvVju";
/// What must never be shown of it.
const SECRET_PART: &str = "kLfhcDFnjel99I25OY2Fq";

struct Said {
    out: String,
    err: String,
    code: i32,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().unwrap(),
        }
    }
}

/// Imports a file of this name and content.
fn import(place: &Place, name: &str, content: impl AsRef<[u8]>) -> Said {
    std::fs::write(place.path(name), content).unwrap();
    place.output(&["user", "import", name]).into()
}

fn export(place: &Place, format: &str) -> String {
    let said = Said::from(place.output(&["user", "export", "--format", format]));
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    said.out
}

fn logs_in(tegata: &Tegata, username: &str, password: &str) -> bool {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let answer = runtime.block_on(
        reqwest::Client::new()
            .post(format!("{}/token", tegata.api))
            .form(&[("username", username), ("password", password)])
            .send(),
    );
    answer.unwrap().status() == 200
}

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

/// A database of this name with the collection `users`, and the address of that.
fn users_in_mongodb(server: &Mongod, database: &str, users: Vec<Document>) -> String {
    server.insert(database, "users", users);
    let address = server.uri(database);
    address.replacen(&format!("/{database}"), &format!("/{database}.users"), 1)
}

#[test]
fn a_collection_of_the_fastapi_tutorial_is_imported_straight() {
    let id = Uuid::new();
    let refused = ObjectId::new();
    let documents = vec![
        doc! { "username": "johndoe", "full_name": "John Doe", "email": "johndoe@example.com",
        "hashed_password": PASSLIB, "disabled": false },
        // Flask-Bcrypt and PyMongo: bytes.
        doc! { "_id": id, "username": "alice", "disabled": true,
        "hashed_password": Binary { subtype: BinarySubtype::Generic, bytes: PASSLIB.into() } },
        doc! { "_id": refused, "username": "taro", "hashed_password": "fakehashedsecret", "age": 7 },
        doc! { "_id": "again", "username": "JohnDoe", "hashed_password": PASSLIB },
        doc! { "_id": 7, "hashed_password": PASSLIB },
    ];
    let address = users_in_mongodb(Mongod::shared_standalone(), "tutorial", documents);
    let place = Place::new();
    let tegata = place.start();

    let said = Said::from(place.output(&["user", "import", &address]));

    assert_eq!(
        said.out, "imported 2, already there 0, refused 3\n",
        "{}",
        said.err
    );
    assert_eq!(said.code, 1);
    let [hash, again, nameless, ignored, _] = said.err.lines().collect::<Vec<_>>()[..] else {
        panic!("{}", said.err)
    };
    let start = format!("tutorial.users _id {refused}: username \"taro\": ");
    assert!(
        hash.starts_with(&start) && !hash.contains("secret"),
        "{hash}"
    );
    assert_eq!(
        again,
        "tutorial.users _id \"again\": username \"JohnDoe\": the username came before"
    );
    assert_eq!(nameless, "tutorial.users _id 7: there is no username");
    assert_eq!(ignored, "ignored: age");
    assert!(logs_in(&tegata, "johndoe", PASSWORD));
    assert!(!logs_in(&tegata, "alice", PASSWORD), "disabled");
    assert!(export(&place, "csv").contains(&format!("{id},alice,")));

    let again = Said::from(place.output(&["user", "import", &address]));
    assert_eq!(again.out, "imported 0, already there 2, refused 3\n");
}

#[test]
fn a_collection_that_cannot_be_read_is_told_in_one_line_without_credentials() {
    let server = Mongod::with_password();
    let user = doc! { "username": "hanako", "hashed_password": PASSLIB };
    let address = users_in_mongodb(&server, "closed", vec![user]);
    let (keeper, password) = CREDENTIALS;
    let host = server.host();
    let place = Place::new();
    for (address, reason) in [
        (
            address.replacen("plum", "hunter2", 1),
            "refuses the user or the password",
        ),
        (format!("mongodb://{host}/closed.users"), "may not be read"),
        (
            address.replacen("closed.users", "closed.nothing", 1),
            "are both names right?",
        ),
        (
            address.replacen("closed.users", "closed", 1),
            "lacks the collection",
        ),
        (address.replacen("keeper:", "keeper:hunter2@", 1), "%40"),
        (
            format!("mongodb://keeper:hunter2@{}/closed.users", dead_port()),
            "does not answer",
        ),
        (
            address.replacen(":plum%40gate%3A7%2F3", "", 1),
            "password of keeper is missing",
        ),
    ] {
        let (line, code) = place.refusal(&["user", "import", &address]);
        assert!(line.contains(reason), "{line}");
        assert!(
            !line.contains("hunter2") && !line.contains("plum"),
            "{line}"
        );
        assert_eq!(code, 1);
    }

    let misplaced = address.replacen("plum", "hunter2", 1);
    let (line, code) = place.refusal(&["user", "export", &misplaced]);
    assert!(line.contains(&host) && !line.contains("hunter2"), "{line}");
    assert_eq!(code, 2);
    // A password that is not in the address is read from standard input, where no `ps` shows it.
    let address = address.replacen(":plum%40gate%3A7%2F3", "", 1);
    assert!(address.contains(&format!("{keeper}@")), "{address}");
    let mut child = place
        .command(&["user", "import", &address])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    let said = Said::from(child.wait_with_output().unwrap());
    assert_eq!(
        said.out, "imported 1, already there 0, refused 0\n",
        "{}",
        said.err
    );
}

#[test]
fn an_address_in_any_spelling_is_no_file_whose_name_is_repeated() {
    let place = Place::new();
    for address in [
        "MONGODB://hana:hunter2@h/db.users",
        "Mongodb+srv://hana:hunter2@h/db.users",
        "mongo://hana:hunter2@h/db.users",
        " mongodb://hana:hunter2@h/db.users",
        "mongodb:/hana:hunter2@h/db.users",
        "mongodb//hana:hunter2@h/db.users",
        "mongodb://hana:hunter2/db.users",
        "hana:hunter2@h/db.users",
    ] {
        for format in [&[][..], &["--format", "csv"]] {
            let (line, _) = place.refusal(&[&["user", "import", address], format].concat());
            assert!(line.contains("write mongodb://"), "{line}");
            assert!(
                !line.contains("hana") && !line.contains("hunter2"),
                "{address}: {line}"
            );
        }
    }
    // A file that is there is one, whatever it is called.
    let line = format!("{{\"username\":\"hanako\",\"password_hash\":\"{PASSLIB}\"}}\n");
    assert_eq!(import(&place, "users@10:30.jsonl", line).code, 0);
}

#[test]
fn the_users_of_tegata_itself_are_not_imported_whatever_their_address() {
    let (one, set) = (Mongod::shared_standalone(), Mongod::shared_replica_set());
    let strangers: Vec<Document> = (0..10)
        .map(|number| doc! { "username": format!("user{number}"), "hashed_password": PASSLIB })
        .collect();
    let addresses = [one, set].map(|server| users_in_mongodb(server, "own", strangers.clone()));
    for (server, address) in [one, set].into_iter().zip(&addresses) {
        let place = Place::new().with("DATABASE_URL", &server.uri("own"));
        let by_name = server.host().replace("127.0.0.1", "localhost");
        for address in [
            address.clone(),
            format!("mongodb://{by_name}/own.users?directConnection=true"),
        ] {
            let (line, code) = place.refusal(&["user", "import", &address]);
            assert!(line.contains("keeps its own users"), "{line}");
            assert_eq!(code, 1);
        }
        assert_eq!(server.documents("own", "users").len(), 10);
    }

    // The same names on another server are another place.
    let place = Place::new().with("DATABASE_URL", &one.uri("own"));
    let said = Said::from(place.output(&["user", "import", &addresses[1]]));
    assert_eq!(said.out, "imported 10, already there 0, refused 0\n");
}

/// Of this machine, where nobody listens.
fn dead_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

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
