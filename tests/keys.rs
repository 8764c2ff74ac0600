//! Keys and the real binary: `tegata key` beside running services, which follow without a restart.

use std::{
    net::SocketAddr,
    os::unix::fs::{MetadataExt, PermissionsExt},
    time::{Duration, Instant},
};

use serde_json::Value;
use tegata_guard::token::{Algorithm, HmacSecret, KeyPair};

use crate::{
    storm::browser::Browser,
    tegata::{Place, Service, Tegata, any_file_holds},
};

const PATIENCE: Duration = Duration::from_secs(30);
const OLD: &str = "a secret for tests of 32 bytes or more";

/// What a command said; it did what it should.
fn said(place: &Place, arguments: &[&str]) -> String {
    let output = place.output(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// The list of keys, as (kid, algorithm, state).
fn keys(place: &Place) -> Vec<(String, String, String)> {
    let list = said(place, &["key", "list", "--json"]);
    let rows = list.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        let word = |name: &str| row[name].as_str().unwrap().to_owned();
        (word("kid"), word("algorithm"), word("state"))
    });
    rows.collect()
}

/// The kids of the keys in this state.
fn kids(place: &Place, state: &str) -> Vec<String> {
    let rows = keys(place).into_iter();
    let rows = rows.filter(|(_, _, of_key)| of_key == state);
    rows.map(|(kid, _, _)| kid).collect()
}

async fn get(url: &str) -> Value {
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

/// An access token of the first account.
async fn token(tegata: &Tegata) -> String {
    let form = [("username", "admin"), ("password", &tegata.admin_password)];
    let request = reqwest::Client::new().post(format!("{}/token", tegata.api));
    let body: Value = request
        .form(&form)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

async fn accepts(tegata: &Tegata, token: &str) -> bool {
    let request = reqwest::Client::new().get(format!("{}/users/me", tegata.api));
    request.bearer_auth(token).send().await.unwrap().status() == 200
}

/// Waits until the issuer signs with this key, and the pages know it.
async fn until_signed_with(tegata: &Tegata, kid: &str) {
    let start = Instant::now();
    loop {
        let issuer = get(&format!("{}/health/ready", tegata.api)).await;
        let pages = get(&format!("{}/health/ready", tegata.pages)).await;
        let known = pages["keys"]["verifying"].as_array().unwrap();
        if issuer["keys"]["signing"] == *kid && known.contains(&Value::from(kid)) {
            assert_eq!(pages["status"], "ready", "{pages}");
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{issuer} {pages}");
        tokio::task::yield_now().await;
    }
}

fn fingerprint(secret: &str) -> String {
    HmacSecret::parse(secret).unwrap().kid().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_a_file_rotates_under_a_running_pair() {
    let place = Place::new();
    std::fs::create_dir(place.path("data")).unwrap();
    let file = place.path("data/secret_key");
    std::fs::write(&file, format!("{OLD}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let tegata = place.start();
    let old = token(&tegata).await;
    assert_eq!(kids(&place, "signing"), [fingerprint(OLD)]);

    let told = said(&place, &["key", "rotate", "--after", "3s"]);
    let new = std::fs::read_to_string(&file)
        .unwrap()
        .trim_end()
        .to_owned();
    assert_ne!(new, OLD);
    assert!(
        told.contains(&fingerprint(&new)) && told.contains(&fingerprint(OLD)),
        "{told}"
    );
    assert!(
        !told.contains(&new) && !told.contains(OLD),
        "no secret is shown"
    );
    until_signed_with(&tegata, &fingerprint(&new)).await;
    assert_eq!(kids(&place, "signing"), [fingerprint(&new)]);
    assert_eq!(kids(&place, "verify-only"), [fingerprint(OLD)]);
    let list = place.path("data/previous_secret_keys");
    for path in [&file, &list] {
        let mode = std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode, 0o640, "{}", path.display());
    }
    let fresh = token(&tegata).await;
    assert!(accepts(&tegata, &old).await && accepts(&tegata, &fresh).await);

    let (line, code) = place.refusal(&["key", "retire", &fingerprint(&new)]);
    assert!(line.contains("tegata key rotate") && code == 1, "{line}");
    said(&place, &["key", "retire", &fingerprint(OLD)]);
    let start = Instant::now();
    while accepts(&tegata, &old).await {
        assert!(
            start.elapsed() < PATIENCE,
            "the old secret is still accepted"
        );
    }
    assert!(accepts(&tegata, &fresh).await);
    assert_eq!(tegata.stop("TERM"), Some(0));
    // The keys in the store are sealed with the new one: it is all that a start needs.
    let again = place.again().start();
    assert!(accepts(&again, &fresh).await);
    let kinds = said(&place, &["events", "--json"]);
    for kind in ["key_announced", "key_rotated", "key_retired"] {
        assert_eq!(kinds.matches(kind).count(), 1, "{kind}");
    }
    assert!(!again.log().contains(&new));
}

/// Where the pages listen.
fn at(tegata: &Tegata) -> SocketAddr {
    let (_, port) = tegata.pages.rsplit_once(':').unwrap();
    SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn key_pairs_rotate_under_a_running_pair() {
    let place = Place::new().with("ALGORITHM", "EdDSA");
    let tegata = place.start();
    let old = token(&tegata).await;
    let [first] = kids(&place, "signing").try_into().unwrap();
    until_signed_with(&tegata, &first).await;

    let told = said(&place, &["key", "rotate", "--after", "4s"]);
    let [next] = kids(&place, "announced").try_into().unwrap();
    assert!(told.contains(&next) && told.contains("announced"), "{told}");
    let again = said(&place, &["key", "rotate"]);
    assert!(
        again.contains(&next) && again.contains("nothing was changed"),
        "{again}"
    );
    until_signed_with(&tegata, &next).await;
    assert_eq!(kids(&place, "verify-only"), std::slice::from_ref(&first));
    let fresh = token(&tegata).await;
    assert!(accepts(&tegata, &old).await && accepts(&tegata, &fresh).await);

    let (line, code) = place.refusal(&["key", "retire", &next]);
    assert!(line.contains("none to take over") && code == 1, "{line}");
    said(&place, &["key", "retire", &first]);
    let start = Instant::now();
    while accepts(&tegata, &old).await {
        assert!(start.elapsed() < PATIENCE, "the old key is still accepted");
    }
    let (line, _) = place.refusal(&["key", "retire", "no-such-key"]);
    assert!(line.contains("no key no-such-key"), "{line}");

    // A leaked key: another at once.
    let told = said(&place, &["key", "rotate", "--now"]);
    assert!(
        told.contains(&format!("tegata key retire {next}")),
        "{told}"
    );
    assert!(
        !any_file_holds(&place.path("data"), b"longest_token"),
        "the ring is sealed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_in_stays_so_through_a_change_from_secret_to_pairs_and_back() {
    let folder = Place::new().with("SECRET_KEY", OLD);
    let tegata = folder.start();
    let password = tegata.admin_password.clone();
    let mut browser = Browser::sign_in_as(at(&tegata), ("admin", &password)).await;
    let by_secret = token(&tegata).await;
    assert_eq!(tegata.stop("TERM"), Some(0));

    let pairs = folder
        .again()
        .with("SECRET_KEY", OLD)
        .with("ALGORITHM", "ES256")
        .with("PREVIOUS_SECRET_KEYS", OLD)
        .start();
    assert!(accepts(&pairs, &by_secret).await);
    // The pages verify by the published keys alone, and get a token that these fit.
    assert_eq!(browser.opens(at(&pairs), "/").await.status, 200);
    let state = keys(
        &folder
            .again()
            .with("SECRET_KEY", OLD)
            .with("ALGORITHM", "ES256"),
    );
    assert_eq!(state[0].2, "signing");
    assert_eq!(
        state[1],
        (fingerprint(OLD), "HS256".to_owned(), "sealing".to_owned())
    );
    assert_eq!(pairs.stop("TERM"), Some(0));

    let place = folder.again().with("SECRET_KEY", OLD);
    let back = place.start();
    assert_eq!(browser.opens(at(&back), "/").await.status, 200);
    let pair = &kids(&place, "verify-only")[0];
    let published = get(&format!("{}/.well-known/jwks.json", back.api)).await;
    assert_eq!(published["keys"][0]["kid"], **pair);
    said(&place, &["key", "retire", pair]);
    assert_eq!(kids(&place, "verify-only"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_key_pairs_the_pages_need_no_secret_and_issuers_on_one_database_one_key() {
    let database = tegata_mongod::Mongod::shared_standalone().fresh_uri();
    let place = Place::new()
        .with("SECRET_KEY", OLD)
        .with("ALGORITHM", "RS256")
        .with("DATABASE_URL", &database);
    let issuers = [place.serve("issuer"), place.serve("issuer")];
    let pages = Place::new()
        .with("ALGORITHM", "RS256")
        .with("ISSUER_URL", &issuers[0].url)
        .serve("frontend");
    let published = async |issuer: &Service| -> Vec<String> {
        let set = get(&format!("{}/.well-known/jwks.json", issuer.url)).await;
        let keys = set["keys"].as_array().cloned().unwrap_or_default();
        keys.iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    };
    // At first they may not have reached their database.
    let agree = async |many: usize| {
        let start = Instant::now();
        loop {
            let [one, other] = [published(&issuers[0]).await, published(&issuers[1]).await];
            if one.len() == many && one == other {
                return one;
            }
            assert!(start.elapsed() < PATIENCE, "{one:?} {other:?}");
            tokio::task::yield_now().await;
        }
    };
    let first = agree(1).await;
    let start = Instant::now();
    loop {
        let ready = get(&format!("{}/health/ready", pages.url)).await;
        if ready["status"] == "ready" && ready["keys"]["verifying"] == Value::from(first.clone()) {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "{ready}");
        tokio::task::yield_now().await;
    }
    said(&place, &["key", "rotate"]);
    let both = agree(2).await;
    assert!(both.contains(&first[0]), "the old one signs on");
}

#[test]
fn keys_that_no_command_can_change_are_explained_step_by_step() {
    let place = Place::new().with("SECRET_KEY", OLD);
    let output = place.output(&["key", "rotate"]);
    let steps = String::from_utf8(output.stdout).unwrap();
    assert!(
        steps.contains("tegata secret") && steps.contains("PREVIOUS_SECRET_KEYS"),
        "{steps}"
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(!place.path("data/previous_secret_keys").exists());

    let place = Place::new()
        .with("SECRET_KEY", OLD)
        .with("ALGORITHM", "EdDSA");
    let pem = KeyPair::generate(Algorithm::EdDSA).unwrap().to_pem();
    std::fs::write(
        place.path("key.pem"),
        secrecy::ExposeSecret::expose_secret(&pem),
    )
    .unwrap();
    let place = place.with("SIGNING_KEY_FILE", "key.pem");
    let output = place.output(&["key", "rotate"]);
    let steps = String::from_utf8(output.stdout).unwrap();
    assert!(steps.contains("VERIFYING_KEY_FILES"), "{steps}");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(keys(&place)[0].2, "signing");
}

#[test]
fn settings_of_key_pairs_that_make_no_sense_are_refused() {
    let with = |settings: &[(&str, &str)]| {
        let place = Place::new().with("SECRET_KEY", OLD);
        let pem = KeyPair::generate(Algorithm::EdDSA).unwrap().to_pem();
        let pem = secrecy::ExposeSecret::expose_secret(&pem);
        std::fs::write(place.path("key.pem"), pem).unwrap();
        std::fs::write(place.path("not.pem"), "nothing").unwrap();
        settings
            .iter()
            .fold(place, |place, (name, value)| place.with(name, value))
    };
    for (settings, advice) in [
        (&[("KEY_ROTATION", "30d")][..], "ALGORITHM=HS256"),
        (&[("KEY_ROTATION", "sometimes")], "or off"),
        (
            &[("ALGORITHM", "EdDSA"), ("SIGNING_KEY_FILE", "no-such-file")],
            "SIGNING_KEY_FILE",
        ),
        (
            &[("ALGORITHM", "EdDSA"), ("SIGNING_KEY_FILE", "not.pem")],
            "BEGIN PRIVATE KEY",
        ),
        (
            &[("ALGORITHM", "RS256"), ("SIGNING_KEY_FILE", "key.pem")],
            "set ALGORITHM=EdDSA",
        ),
        (&[("SIGNING_KEY_FILE", "key.pem")], "set ALGORITHM=EdDSA"),
        (
            &[
                ("ALGORITHM", "EdDSA"),
                ("SIGNING_KEY_FILE", "key.pem"),
                ("KEY_ROTATION", "1d"),
            ],
            "remove one of them",
        ),
        (
            &[
                ("ALGORITHM", "EdDSA"),
                ("VERIFYING_KEY_FILES", "key.pem,not.pem"),
            ],
            "not.pem",
        ),
        (
            &[("PREVIOUS_SECRET_KEYS_FILE", "no-such-file")],
            "may be empty",
        ),
    ] {
        let (line, code) = with(settings).refusal(&[]);
        assert!(line.contains(advice), "{settings:?}: {line}");
        assert_eq!(code, 1);
    }
}

#[test]
fn keys_sealed_with_a_secret_that_is_lost_are_named_with_the_way_out() {
    let place = Place::new()
        .with("SECRET_KEY", OLD)
        .with("ALGORITHM", "EdDSA");
    assert_eq!(place.start().stop("TERM"), Some(0));
    let other = "another secret for tests of 32 bytes or so";
    let lost = place
        .again()
        .with("SECRET_KEY", other)
        .with("ALGORITHM", "EdDSA");
    let (line, code) = lost.refusal(&["key", "list"]);
    assert!(
        line.contains("PREVIOUS_SECRET_KEYS") && line.contains("--discard"),
        "{line}"
    );
    assert_eq!(code, 1);
    said(&lost, &["key", "rotate", "--discard"]);
    assert_eq!(kids(&lost, "signing").len(), 1);
}
