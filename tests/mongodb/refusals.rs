//! A database that will not do ends the service with one line, and that shows no credentials.

use tegata_mongod::Mongod;

use super::{
    place_on,
    visitor::{admin_gets_in, becomes_ready},
};
use crate::tegata::Place;

/// The last line, and nothing of the password anywhere.
fn refused(place: &Place, service: &str) -> String {
    let (said, code) = place.end(&[service]);
    assert_eq!(code, 1, "{said}");
    for part in ["plum", "gate:7/3", "keeper:", "hunter2"] {
        assert!(!said.contains(part), "shows a credential: {said}");
    }
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("tegata: "), "{said}");
    last.to_owned()
}

#[tokio::test]
async fn wrong_credentials_are_said_and_not_repeated() {
    let server = Mongod::with_password();
    let host = server.host();
    for (url, advice) in [
        (
            format!("mongodb://keeper:hunter2hunter2@{host}/tegata?authSource=admin"),
            "refuses the user or the password",
        ),
        (
            format!("mongodb://keeper:plum%40gate%3A7%2F3@{host}/tegata"),
            "authSource",
        ),
        (format!("mongodb://{host}/tegata"), "grant readWrite"),
    ] {
        for (service, setting) in [
            ("issuer", "DATABASE_URL"),
            ("frontend", "SESSION_STORE_URL"),
            ("up", "DATABASE_URL"),
        ] {
            let place = place_on(&server, "tegata")
                .with("SESSION_STORE_URL", &url)
                .with("DATABASE_URL", &url);
            let line = refused(&place, service);
            assert!(line.contains(setting) && line.contains(advice), "{line}");
            assert!(line.contains(&host), "{line}");
        }
    }
    let right = place_on(&server, "tegata").serve("issuer");
    becomes_ready(&right).await;
}

#[test]
fn commands_on_accounts_say_it_too() {
    let server = Mongod::with_password();
    let url = format!("mongodb://keeper:hunter2@{}/tegata", server.host());
    let place = place_on(&server, "tegata").with("DATABASE_URL", &url);
    let (line, code) = place.refusal(&["user", "list"]);
    assert!(line.contains("refuses the user"), "{line}");
    assert!(!line.contains("hunter2"), "{line}");
    assert_eq!(code, 1);
}

#[tokio::test]
async fn a_weak_first_password_is_refused_only_while_there_is_no_account() {
    let server = Mongod::shared_standalone();
    let place = || place_on(server, "first-password");
    for service in ["issuer", "up"] {
        let line = refused(&place().with("ADMIN_PASSWORD", "hunter2"), service);
        assert!(
            line.contains("ADMIN_PASSWORD cannot be used: ") && line.contains("8 characters"),
            "{line}"
        );
        assert!(server.documents("first-password", "users").is_empty());
    }
    admin_gets_in(&place().serve("issuer")).await;
    let again = place().with("ADMIN_PASSWORD", "hunter2").serve("issuer");
    admin_gets_in(&again).await;
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_said() {
    let server = Mongod::with_tls();
    let url = format!("mongodb://{}/tegata?tls=true", server.host());
    let line = refused(
        &place_on(&server, "tegata").with("DATABASE_URL", &url),
        "issuer",
    );
    assert!(line.contains("tlsCAFile"), "{line}");

    let trusted = place_on(&server, "tegata").serve("issuer");
    becomes_ready(&trusted).await;
}

#[test]
fn one_side_that_does_not_speak_tls_is_guessed() {
    let (plain, tls) = (Mongod::shared_standalone(), Mongod::with_tls());
    for (host, query, advice) in [
        (plain.host(), "tls=true", "leave tls=true out"),
        (tls.host(), "tls=false", "add tls=true"),
    ] {
        let url = format!("mongodb://{host}/tegata?{query}");
        let place = place_on(plain, "tegata").with("DATABASE_URL", &url);
        let (line, _) = place.refusal(&["user", "list"]);
        assert!(line.contains(advice), "{line}");
    }
}

#[test]
fn a_database_that_is_not_there_is_said_by_commands_at_once() {
    let place = Place::new().with("DATABASE_URL", "mongodb://127.0.0.1:1/tegata");
    let (line, code) = place.refusal(&["user", "list"]);
    assert!(
        line.contains("DATABASE_URL")
            && line.contains("127.0.0.1:1: I/O error: Connection refused"),
        "{line}"
    );
    assert_eq!(code, 1);
}

#[test]
fn credentials_show_neither_in_help_nor_in_complaints_about_settings() {
    let url = "mongodb://keeper:hunter2@host/tegata";
    for (name, command) in [
        ("DATABASE_URL", "issuer"),
        ("SESSION_STORE_URL", "frontend"),
    ] {
        let help = Place::new().with(name, url).output(&[command, "--help"]);
        let help = String::from_utf8(help.stdout).unwrap();
        assert!(help.contains(name) && !help.contains("hunter2"), "{help}");

        for bad in [
            "mongodb://keeper:hunt@er2@host/tegata",
            "mongodb://keeper:er2/tegata",
            "mongodb://keeper:er2:27017/tegata",
            "mongodb:/keeper:er2@host/tegata",
            "mongodb:keeper:er2@host/tegata",
            "keeper:er2@host/tegata",
            "MONGODB://keeper:er2@host/tegata",
            "mongodb://host/tegata?username=keeper&password=er2",
            "mongodb://host/tegata?tlsCertificateKeyFilePassword=er2&authMechanism=x",
            "mongodb://host/tegata?authMechanismProperties=AWS_SESSION_TOKEN:er2&authMechanism=X",
        ] {
            let (line, code) = Place::new().with(name, bad).refusal(&[command]);
            assert!(line.contains(name), "{bad}: {line}");
            assert!(!line.contains("er2"), "{bad}: {line}");
            assert_eq!(code, 1);
        }
    }
}

#[test]
fn an_argument_that_was_meant_as_an_address_is_not_repeated() {
    for address in [
        "mongodb:keeper:hunter2@h/db",
        "mongodb://keeper:hunter2@h/db",
    ] {
        let (line, code) = Place::new().refusal(&["user", "list", address]);
        assert!(!line.contains("hunter2"), "{line}");
        assert_eq!(code, 2);
    }
}
