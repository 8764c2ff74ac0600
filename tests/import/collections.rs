//! Users out of MongoDB collections.

use std::{io::Write, process::Stdio};

use mongodb::bson::{Binary, Document, Uuid, doc, oid::ObjectId, spec::BinarySubtype};
use tegata_mongod::{CREDENTIALS, Mongod};

use super::{PASSLIB, PASSWORD, Said, export, import, logs_in};
use crate::tegata::Place;

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
fn a_user_of_the_collections_own_database_may_read_it() {
    let server = Mongod::with_password();
    let user = doc! { "username": "hanako", "hashed_password": PASSLIB };
    users_in_mongodb(&server, "app", vec![user]);
    server.command(
        "app",
        doc! { "createUser": "reader", "pwd": "by lamplight", "roles": ["read"] },
    );
    let address = format!(
        "mongodb://reader:by%20lamplight@{}/app.users",
        server.host()
    );
    let said = Said::from(Place::new().output(&["user", "import", &address]));
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
