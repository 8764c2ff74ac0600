//! What is in files, databases and settings.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt};

use tegata_guard::token::{Clock, SystemClock};
use tegata_mongod::Mongod;
use time::Duration;

use super::{NOWHERE, NOWHERE_EITHER, OTHER, Told, files, kid, place};
use crate::{pair::SECRET, tegata::Place};

#[test]
fn a_running_pair_is_well_and_is_left_as_it_is() {
    let home = Place::new();
    let tegata = home.start();
    let at = |url: &str| {
        url.trim_start_matches("http://")
            .replace("localhost", "127.0.0.1")
    };
    let place = home
        .again()
        .with("ISSUER_BIND", &at(&tegata.api))
        .with("FRONTEND_BIND", &at(&tegata.pages))
        .with("PUBLIC_URL", &tegata.pages);
    // The first who asks makes the services open their files for reading.
    Told::by(&place, &[]);
    let before = files(&home.path("data"));

    let told = Told::by(&place, &["--strict"]);

    assert_eq!(
        (told.code, told.count("failed"), told.count("warning")),
        (0, 0, 0),
        "{}",
        told.out
    );
    for (check, says) in [
        ("secret", "is strong"),
        ("data", "can be written"),
        ("files", "owner alone"),
        ("issuer", "ready at"),
        ("pages", "ready at"),
        ("keys", "the secret of these settings"),
        ("keys", "which the pages know"),
        ("clock", "the clock of the issuer"),
        ("clock", "the clock of the pages"),
        ("cookies", "fits PUBLIC_URL"),
        ("public", "arrive as they should"),
        ("proxy", "Host arrives"),
        ("users", "tables and indexes are there"),
        ("sessions", "tables and indexes are there"),
        ("refresh", "sealed with the secret"),
    ] {
        told.assert(check, "ok", says);
    }
    // What is in them the services write meanwhile.
    let names = |files: BTreeMap<String, Vec<u8>>| files.into_keys().collect::<Vec<_>>();
    assert_eq!(names(files(&home.path("data"))), names(before));
    let secret = fs::read_to_string(home.path("data/secret_key")).unwrap();
    assert!(!told.out.contains(secret.trim()));
}

#[test]
fn an_empty_place_is_no_wall_of_failures_and_stays_empty() {
    let place = place();
    let told = Told::by(&place, &["--strict"]);
    assert_eq!(
        (told.code, told.count("failed"), told.count("warning")),
        (0, 0, 0),
        "{}",
        told.out
    );
    told.assert("issuer", "skipped", "not running here");
    told.assert("users", "skipped", "made at the first start");
    assert!(!place.path("data").exists());

    let output = place.output(&["doctor"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.lines()
            .all(|line| line.starts_with("- ") || line.starts_with("ok ")),
        "{text}"
    );
}

#[test]
fn a_secret_that_will_not_do_is_a_failure_and_is_not_repeated() {
    for (secret, says) in [
        ("hunter2hunter2", "has 14 bytes"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "too simple"),
        (
            "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
            "published",
        ),
    ] {
        let told = Told::by(&place().with("SECRET_KEY", secret), &[]);
        assert_eq!(told.code, 1);
        told.assert("secret", "failed", says);
        assert!(!told.out.contains(secret), "{}", told.out);
    }
    let allowed = place()
        .with("SECRET_KEY", "hunter2hunter2")
        .with("INSECURE_ALLOW_WEAK_SECRET", "true");
    let told = Told::by(&allowed, &[]);
    told.assert("secret", "warning", "anybody can forge tokens");
    assert_eq!(told.code, 0);
    assert_eq!(Told::by(&allowed, &["--strict"]).code, 1);
}

#[test]
fn a_secret_that_others_can_read_is_a_warning() {
    let place = place();
    let file = place.path("secret.txt");
    fs::write(&file, SECRET).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let place = place.with("SECRET_KEY_FILE", file.to_str().unwrap());
    let told = Told::by(&place, &[]);
    told.assert("files", "warning", "can be read by others (mode 644)");
    told.assert("secret", "ok", &kid(SECRET));
}

#[test]
fn a_database_that_is_none_and_a_key_of_another_secret_are_told() {
    let home = Place::new().with("SECRET_KEY", OTHER);
    home.start().stop("TERM");
    let again = |secret: &str| {
        home.again()
            .with("ISSUER_BIND", NOWHERE)
            .with("FRONTEND_BIND", NOWHERE_EITHER)
            .with("SECRET_KEY", secret)
    };
    let before = files(&home.path("data"));
    let told = Told::by(&again(SECRET), &[]);
    assert_eq!(told.code, 1);
    told.assert("refresh", "failed", &kid(OTHER));
    assert!(
        files(&home.path("data")) == before,
        "looking changes nothing"
    );
    let told = Told::by(&again(SECRET).with("PREVIOUS_SECRET_KEYS", OTHER), &[]);
    told.assert(
        "refresh",
        "warning",
        "still sealed with the previous secret",
    );

    fs::write(home.path("data/issuer.db"), "no database").unwrap();
    let told = Told::by(&again(SECRET), &[]);
    told.assert("users", "failed", "cannot be used as a database");
    assert_eq!(
        fs::read(home.path("data/issuer.db")).unwrap(),
        b"no database"
    );
}

#[test]
fn key_pairs_are_told_with_their_ages_and_stay_as_they_are() {
    let home = Place::new()
        .with("SECRET_KEY", OTHER)
        .with("ALGORITHM", "EdDSA");
    home.start().stop("TERM");
    let before = files(&home.path("data"));
    let again = |secret: &str| {
        home.again()
            .with("ISSUER_BIND", NOWHERE)
            .with("FRONTEND_BIND", NOWHERE_EITHER)
            .with("ALGORITHM", "EdDSA")
            .with("SECRET_KEY", secret)
    };
    let told = Told::by(&again(OTHER), &["--strict"]);
    assert_eq!(told.code, 0, "{}", told.out);
    told.assert("age", "ok", "(EdDSA) has signed for 0 days");
    Told::by(&again(SECRET), &[]).assert("age", "failed", &kid(OTHER));
    // Sealed with a secret that goes: only told, not mended.
    let told = Told::by(&again(SECRET).with("PREVIOUS_SECRET_KEYS", OTHER), &[]);
    told.assert("age", "ok", "has signed for 0 days");
    assert!(
        files(&home.path("data")) == before,
        "looking changes nothing"
    );
}

#[test]
fn settings_that_cannot_be_right_are_told() {
    let told = Told::by(
        &place()
            .with("TRUSTED_PROXIES", "0.0.0.0/0")
            .with("ISSUER_BIND", "0.0.0.0:2")
            .with("PUBLIC_URL", "https://login.test.invalid"),
        &[],
    );
    told.assert("proxies", "failed", "trusts every address");
    told.assert("ports", "failed", "both port 2");
    told.assert("public", "skipped", "cannot be reached from here");
    let told = Told::by(
        &place().with("PUBLIC_URL", "https://login.test.invalid"),
        &[],
    );
    told.assert("proxies", "warning", "TRUSTED_PROXIES is empty");
}

#[test]
fn settings_that_no_service_would_start_with_are_told() {
    let https = || place().with("PUBLIC_URL", "https://login.example.com");
    let place = || place().with("SECRET_KEY", SECRET);
    for (place, says) in [
        (
            https().with("COOKIE_DOMAIN", "other.example"),
            "COOKIE_DOMAIN",
        ),
        (
            https().with("FORWARD_AUTH_ORIGINS", "https://app.example.com"),
            "would not get the session cookie",
        ),
        (place().with("CLIENT_ID", "x"), "CLIENT_SECRET is not"),
        (place().with("KEY_ROTATION", "30d"), "KEY_ROTATION"),
        (
            place()
                .with("ALGORITHM", "ES256")
                .with("SIGNING_KEY_FILE", "./no-such.pem"),
            "no-such.pem",
        ),
        (
            place().with("PREVIOUS_SECRET_KEYS_FILE", "./no-such-file"),
            "no-such-file",
        ),
    ] {
        let told = Told::by(&place, &[]);
        told.assert("settings", "failed", says);
        assert_eq!(told.code, 1);
    }
    Told::by(&place(), &[]).assert("settings", "ok", "go together");
}

#[test]
fn a_secret_has_an_age() {
    let home = place();
    let secret = home.path("data/secret_key");
    fs::create_dir(home.path("data")).unwrap();
    fs::write(&secret, SECRET).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    Told::by(&home, &[]).assert("age", "ok", "0 days ago");
    let file = fs::File::options().write(true).open(&secret).unwrap();
    let long_ago = SystemClock.now() - Duration::days(400);
    file.set_modified(long_ago.into()).unwrap();
    let told = Told::by(&home, &[]);
    told.assert("age", "warning", "400 days ago");
    assert_eq!(told.code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mongodb_is_looked_at_and_nothing_is_made_there() {
    let server = Mongod::shared_standalone();
    let (users, sessions) = (server.fresh_uri(), server.fresh_uri());
    let told = |secret: &'static str| {
        let place = place()
            .with("SECRET_KEY", secret)
            .with("DATABASE_URL", &users)
            .with("SESSION_STORE_URL", &sessions);
        tokio::task::spawn_blocking(move || Told::by(&place, &[]))
    };
    let empty = told(SECRET).await.unwrap();
    assert_eq!(empty.code, 0, "{}", empty.out);
    empty.assert("users", "warning", "lacks the indexes users.username_key");
    empty.assert("sessions", "warning", "lacks the indexes sessions.used_at");
    empty.assert("refresh", "skipped", "no key of refresh tokens yet");
    let again = told(SECRET).await.unwrap();
    again.assert("users", "warning", "lacks the indexes users.username_key");

    let running = Place::new()
        .with("SECRET_KEY", SECRET)
        .with("DATABASE_URL", &users)
        .with("SESSION_STORE_URL", &sessions);
    let tegata = tokio::task::spawn_blocking(move || running.start())
        .await
        .unwrap();
    let full = told(SECRET).await.unwrap();
    for (check, says) in [
        ("users", "its indexes are there"),
        ("sessions", "its indexes are there"),
        ("refresh", "sealed with"),
    ] {
        full.assert(check, "ok", says);
    }
    told(OTHER)
        .await
        .unwrap()
        .assert("refresh", "failed", &kid(SECRET));
    drop(tegata);

    let away = place().with(
        "DATABASE_URL",
        &format!("mongodb://hana:hunter2@{NOWHERE}/db"),
    );
    let away = tokio::task::spawn_blocking(move || Told::by(&away, &[]))
        .await
        .unwrap();
    assert_eq!(away.code, 1);
    away.assert("users", "failed", "DATABASE_URL");
    assert!(!away.out.contains("hunter2"), "{}", away.out);
}
