//! Keys that are shared, given, or lost, and settings that make no sense.

use std::time::Instant;

use serde_json::Value;
use tegata_guard::token::{Algorithm, KeyPair};

use super::{OLD, PATIENCE, get, keys, kids, said};
use crate::tegata::{Place, Service};

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
