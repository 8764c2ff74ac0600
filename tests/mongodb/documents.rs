//! What a person sees in a Mongo shell, and what happens when a person has edited there.

use mongodb::bson::{Document, doc};
use tegata_mongod::Mongod;

use super::{
    ADMIN, place_on,
    visitor::{admin_gets_in, becomes_ready, client, log_in, register},
};

fn keys(document: &Document) -> Vec<&str> {
    document.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn documents_are_readable_and_hold_what_they_say() {
    let server = Mongod::shared_standalone();
    let issuer = place_on(server, "readable").serve("issuer");
    let pages = place_on(server, "readable")
        .with("ISSUER_URL", &issuer.url)
        .serve("frontend");
    admin_gets_in(&issuer).await;
    let registered = client()
        .post(format!("{}/users", issuer.url))
        .json(&serde_json::json!({
            "username": "Ｈａｎａｋｏ", "email": "Hanako@Example.com", "name": "山田 花子",
            "password": "a name for every gate",
        }))
        .send();
    let id = registered
        .await
        .unwrap()
        .json::<serde_json::Value>()
        .await
        .unwrap()["id"]
        .clone();
    let signed_in = client()
        .post(format!("{}/login", pages.url))
        .form(&[("username", ADMIN.0), ("password", ADMIN.1)])
        .send();
    assert_eq!(signed_in.await.unwrap().status(), 200);

    let users = server.documents("readable", "users");
    let hanako = users
        .iter()
        .find(|user| user.get_str("_id").unwrap() == id.as_str().unwrap())
        .unwrap();
    assert_eq!(
        keys(hanako),
        [
            "_id",
            "username",
            "username_key",
            "email",
            "email_key",
            "name",
            "password_hash",
            "roles",
            "disabled",
            "created_at",
            "updated_at"
        ]
    );
    assert_eq!(hanako.get_str("username").unwrap(), "Ｈａｎａｋｏ");
    assert_eq!(hanako.get_str("username_key").unwrap(), "hanako");
    assert_eq!(hanako.get_str("email_key").unwrap(), "hanako@example.com");
    assert!(hanako.get_datetime("created_at").is_ok());

    let [session] = &server.documents("readable", "sessions")[..] else {
        panic!("one browser, one session");
    };
    assert_eq!(keys(session), ["_id", "sealed", "used_at", "ends_at"]);
    assert!(session.get_datetime("ends_at").is_ok());
}

#[tokio::test]
async fn a_user_that_somebody_spoilt_is_named_in_the_log_and_harms_nobody_else() {
    let server = Mongod::shared_standalone();
    let place = place_on(server, "spoilt");
    let issuer = place.serve("issuer");
    admin_gets_in(&issuer).await;
    let whole = server.documents("spoilt", "users").remove(0);
    let spoil = |id: &str, change: Document| {
        let mut document = whole.clone();
        document.insert("_id", id);
        document.insert("username_key", id);
        document.extend(change);
        document
    };
    let mut no_hash = spoil("no-hash", doc! {});
    no_hash.remove("password_hash");
    let documents = vec![
        no_hash,
        spoil("roles-as-text", doc! { "roles": "admin" }),
        spoil("role-as-number", doc! { "roles": ["admin", 5] }),
        spoil("disabled-as-text", doc! { "disabled": "no" }),
        spoil("date-as-text", doc! { "created_at": "2026-01-01" }),
        spoil("no-uuid", doc! {}),
    ];
    let names: Vec<String> = documents
        .iter()
        .map(|document| document.get_str("_id").unwrap().to_owned())
        .collect();
    server.insert("spoilt", "users", documents);
    // Somebody else's documents, without any of our fields.
    server.insert("spoilt", "users", vec![doc! { "a": 1 }, doc! { "a": 2 }]);

    for name in &names {
        let answer = log_in(&issuer.url, (name, ADMIN.1)).await;
        assert_eq!(answer.status(), 503, "{name}");
        let log = issuer.log();
        assert!(
            log.contains(&format!("document users/{name}")),
            "{name}: {log}"
        );
    }
    for field in ["password_hash", "roles", "disabled", "created_at", "_id"] {
        let told = format!("{field} is missing or of the wrong type");
        assert!(issuer.log().contains(&told), "{told}: {}", issuer.log());
    }
    assert_eq!(log_in(&issuer.url, ADMIN).await.status(), 200);
    let added = register(&client(), &issuer.url, "taro").await;
    assert_eq!(added.status(), 201);
    let list = place.output(&["user", "list"]);
    let list = String::from_utf8(list.stdout).unwrap();
    assert!(list.contains("admin") && list.contains("taro"), "{list}");

    // The indexes of the next one to start are made all the same.
    let again = place.serve("issuer");
    admin_gets_in(&again).await;
}

#[tokio::test]
async fn a_session_that_somebody_spoilt_is_over_and_its_owner_signs_in_again() {
    let server = Mongod::shared_standalone();
    let issuer = place_on(server, "spoilt-session").serve("issuer");
    let pages = place_on(server, "spoilt-session")
        .with("ISSUER_URL", &issuer.url)
        .serve("frontend");
    for service in [&issuer, &pages] {
        becomes_ready(service).await;
    }
    let browser = client();
    let sign_in = async || {
        let form = browser.post(format!("{}/login", pages.url));
        let form = form.form(&[("username", ADMIN.0), ("password", ADMIN.1)]);
        let page = form.header("accept", "text/html").send().await.unwrap();
        assert_eq!((page.status().as_u16(), page.url().path()), (200, "/"));
    };
    sign_in().await;
    let [session] = &server.documents("spoilt-session", "sessions")[..] else {
        panic!("one browser, one session");
    };
    let spoilt = doc! { "q": {}, "u": { "$set": { "sealed": "by a pen in a shell" } } };
    server.command(
        "spoilt-session",
        doc! { "update": "sessions", "updates": [spoilt] },
    );

    let home = browser.get(format!("{}/", pages.url));
    let page = home.header("accept", "text/html").send().await.unwrap();

    assert_eq!((page.status().as_u16(), page.url().path()), (200, "/login"));
    let log = pages.log();
    let name = format!("sessions/{}", session.get_str("_id").unwrap());
    assert!(log.contains(&name), "{name}: {log}");
    assert!(!log.contains("by a pen"), "{log}");
    sign_in().await;
}

#[test]
fn values_that_collide_are_named_when_the_index_cannot_be_made() {
    let server = Mongod::shared_standalone();
    let twins = |field: &str, value: &str| vec![doc! { field: value }, doc! { field: value }];
    server.insert("twins", "users", twins("username_key", "hanako"));
    server.insert("twins", "users", twins("username_key", "taro"));

    let (said, code) = place_on(server, "twins").end(&["issuer"]);

    assert_eq!(code, 1, "{said}");
    let line = said.lines().last().unwrap();
    for part in [
        "DATABASE_URL",
        "users",
        "username_key",
        "\"hanako\"",
        "\"taro\"",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[tokio::test]
async fn events_are_readable_and_the_database_forgets_them_when_a_service_says_so() {
    let server = Mongod::shared_standalone();
    let issuer = place_on(server, "events")
        .with("AUDIT_RETENTION", "10d")
        .serve("issuer");
    admin_gets_in(&issuer).await;
    let mut issuer = issuer;
    assert_eq!(issuer.stop("TERM"), Some(0));

    let events = server.documents("events", "events");
    let of_kind = |kind: &str| {
        let mut events = events.iter();
        events.find(|event| event.get_str("kind").unwrap() == kind)
    };
    assert_eq!(
        keys(of_kind("user_added").unwrap()),
        ["_id", "at", "kind", "user", "actor"]
    );
    let login = of_kind("login").unwrap();
    assert_eq!(
        keys(login),
        ["_id", "at", "kind", "user", "actor", "session", "address",]
    );
    assert!(login.get_datetime("at").is_ok());

    // The settings of a command are not the service's.
    let place = place_on(server, "events").with("AUDIT_RETENTION", "20d");
    assert!(place.output(&["user", "list"]).status.success());
    assert!(place.output(&["events"]).status.success());
    let indexes = || {
        let indexes = server.command("events", doc! { "listIndexes": "events" });
        indexes.to_string()
    };
    assert!(indexes().contains("864000"), "{}", indexes());
    let again = place.serve("issuer");
    becomes_ready(&again).await;
    assert!(indexes().contains("1728000"), "{}", indexes());
}
