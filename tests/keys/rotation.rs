//! Rotations under a running pair: nobody is refused, nobody is signed out.

use std::{
    net::SocketAddr,
    os::unix::fs::{MetadataExt, PermissionsExt},
    time::Instant,
};

use super::{OLD, PATIENCE, accepts, fingerprint, get, keys, kids, said, until_signed_with};
use crate::{
    storm::browser::Browser,
    tegata::{Place, Tegata, any_file_holds},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_a_file_rotates_under_a_running_pair() {
    let place = Place::new();
    std::fs::create_dir(place.path("data")).unwrap();
    let file = place.path("data/secret_key");
    std::fs::write(&file, format!("{OLD}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let tegata = place.start();
    let old = tegata.token().await;
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
    let fresh = tegata.token().await;
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
    let old = tegata.token().await;
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
    let fresh = tegata.token().await;
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
    let by_secret = tegata.token().await;
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
