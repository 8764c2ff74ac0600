//! Keys that rotate under a running issuer: by another process, by age, by files of secrets.

use std::{fs, path::Path};

use tegata_guard::SecretFiles;
use tegata_issuer::{
    event::Kind,
    sealing::Sealing,
    signing::{
        ANNOUNCEMENT, KeySettings, Signing,
        kept_ring::{Announced, KeptRing},
    },
    store::{Events as _, Which},
};
use tegata_token::{Algorithm, Clock as _, KeyPair, SystemRandom};
use time::Duration;

use crate::{
    app::{LIFETIMES, SECRET, TestApp},
    forge::fingerprint,
    key_pairs::{accepts, configured, kid_of, pairs, published, secret, with_pairs},
};

const NEXT_SECRET: &str = "Yw3nKc8VtR5mPz1XqLd7HbJf2GsQa9Ue";
/// After its last token: the leeway, and a minute for clocks that differ.
const OVER: Duration = Duration::seconds(70);

/// As `tegata key rotate` does, in a process of its own.
async fn rotate(app: &TestApp, after: Duration) -> String {
    let sealing = Sealing::with(&secret(SECRET), &[]).unwrap();
    let kept = KeptRing::new(app.store.as_ref(), &sealing, &SystemRandom);
    let pair = KeyPair::generate(Algorithm::EdDSA).unwrap();
    let now = app.clock.now();
    let ring = kept.read().await.unwrap().unwrap();
    let following = Some(ring.signing(now).unwrap().kid.as_str());
    match kept.announce(&pair, following, after, now).await.unwrap() {
        Announced::New(key) => key.kid,
        Announced::Already(key) => panic!("{} was announced already", key.kid),
    }
}

async fn kids(app: &TestApp) -> Vec<String> {
    let keys = published(app).await;
    keys.iter().map(|key| key.kid().to_string()).collect()
}

/// The kinds of events about keys, with their keys, oldest first.
async fn told(app: &TestApp) -> Vec<(Kind, String)> {
    let events = app.store.events_before(None, Which::default(), 100).await;
    let about_keys = [Kind::KeyAnnounced, Kind::KeyRotated, Kind::KeyRetired];
    let mut told: Vec<_> = events
        .unwrap()
        .into_iter()
        .filter(|event| about_keys.contains(&event.act.kind))
        .map(|event| (event.act.kind, event.act.cause.unwrap()))
        .collect();
    told.reverse();
    told
}

#[tokio::test]
async fn every_living_token_is_accepted_at_each_moment_by_every_replica() {
    let app = with_pairs(Algorithm::EdDSA).await;
    let replicas = [app.clone(), app.another_issuer()];
    let old = app.token().await;
    replicas[1].app.open_keys().await.unwrap();
    let next = rotate(&app, ANNOUNCEMENT).await;

    // Whoever has not looked yet goes on; whoever has publishes both and signs with the old one.
    assert_eq!(kids(&replicas[1]).await.len(), 1);
    let mut living = Vec::new();
    let end = ANNOUNCEMENT + LIFETIMES.access_token + OVER;
    let minute = Duration::minutes(1);
    let mut passed = Duration::ZERO;
    while passed < end {
        for replica in &replicas {
            replica.app.look_at_keys().await.unwrap();
            let token = replica.token().await;
            assert_eq!(kid_of(&token) == next, passed >= ANNOUNCEMENT, "{passed}");
            assert!(
                kids(replica).await.contains(&next),
                "published before it signs"
            );
            living.push((passed, token));
        }
        living.retain(|(made, _)| passed - *made < LIFETIMES.access_token);
        for (_, token) in &living {
            for replica in &replicas {
                assert!(accepts(replica, token).await, "{passed}");
            }
        }
        app.clock.advance(minute);
        passed += minute;
    }
    for replica in &replicas {
        replica.app.look_at_keys().await.unwrap();
        assert_eq!(
            kids(replica).await,
            std::slice::from_ref(&next),
            "the old one is retired"
        );
        assert!(!accepts(replica, &old).await);
    }
    let old = kid_of(&old);
    assert_eq!(
        told(&app).await,
        [
            (Kind::KeyAnnounced, old.clone()),
            (Kind::KeyRotated, next),
            (Kind::KeyRetired, old),
        ],
        "each once, although two replicas saw it"
    );
}

#[tokio::test]
async fn a_key_that_is_to_sign_at_once_does_so_although_its_maker_has_a_clock_that_is_behind() {
    let behind = Duration::seconds(30);
    let app = with_pairs(Algorithm::EdDSA).await;
    app.clock.advance(-behind);
    let next = rotate(&app, Duration::ZERO).await;
    app.clock.advance(behind);
    app.app.look_at_keys().await.unwrap();
    assert_eq!(kid_of(&app.token().await), next);
}

#[tokio::test]
async fn a_rotation_goes_on_while_the_store_is_away() {
    let app = with_pairs(Algorithm::EdDSA).await;
    let session = app.log_in(crate::app::HANAKO.0, crate::app::HANAKO.1).await;
    let old = session.word("access_token");
    let next = rotate(&app, ANNOUNCEMENT).await;
    app.app.look_at_keys().await.unwrap();
    app.store.goes_away();
    assert!(app.app.look_at_keys().await.is_err());
    assert_eq!(kids(&app).await.len(), 2, "the keys of before");
    app.clock.advance(ANNOUNCEMENT);
    let ready = app.get("/health/ready").await.json();
    assert_eq!(ready["keys"]["signing"], *next, "by the clock");
    app.clock.advance(LIFETIMES.access_token + OVER);
    assert!(app.app.look_at_keys().await.is_err());
    app.app.tick_keys();
    assert_eq!(kids(&app).await, [next], "and what is over is over");
    app.store.comes_back();
    app.app.look_at_keys().await.unwrap();
    assert!(!accepts(&app, &old).await);
}

#[tokio::test]
async fn readiness_tells_which_key_is_next() {
    let app = with_pairs(Algorithm::EdDSA).await;
    let next = rotate(&app, ANNOUNCEMENT).await;
    app.app.look_at_keys().await.unwrap();
    let keys = app.get("/health/ready").await.json()["keys"].clone();
    assert_eq!(keys["next"]["kid"], *next);
    assert_eq!(keys["next"]["signs_from"], "2026-07-01T12:10:00.123Z");
    assert_eq!(keys["verifying"].as_array().unwrap().len(), 2);
    app.clock.advance(ANNOUNCEMENT);
    let keys = app.get("/health/ready").await.json()["keys"].clone();
    assert_eq!(keys["signing"], *next);
    assert!(keys.get("next").is_none());
}

#[tokio::test]
async fn a_leaked_key_is_refused_as_soon_as_it_is_retired() {
    let app = with_pairs(Algorithm::EdDSA).await;
    let leaked = app.token().await;
    let next = rotate(&app, Duration::ZERO).await;
    let sealing = Sealing::with(&secret(SECRET), &[]).unwrap();
    let kept = KeptRing::new(app.store.as_ref(), &sealing, &SystemRandom);
    let retired = kept.retire(&kid_of(&leaked), true, app.clock.now()).await;
    retired.unwrap().unwrap();
    app.app.look_at_keys().await.unwrap();
    assert!(!accepts(&app, &leaked).await);
    let token = app.token().await;
    assert_eq!(kid_of(&token), next);
    assert!(accepts(&app, &token).await);
}

#[tokio::test]
async fn keys_follow_each_other_by_age() {
    let day = Duration::days(1);
    let app = TestApp::with(configured(KeySettings {
        signing: Signing::Kept {
            algorithm: Algorithm::EdDSA,
            rotation: Some(day),
        },
        ..pairs(Algorithm::EdDSA, &[])
    }))
    .await;
    app.app.open_keys().await.unwrap();
    let first = kid_of(&app.token().await);
    app.clock.advance(day - ANNOUNCEMENT - Duration::seconds(1));
    app.app.look_at_keys().await.unwrap();
    assert_eq!(kids(&app).await.len(), 1);
    app.clock.advance(Duration::seconds(1));
    for replica in [&app, &app.another_issuer()] {
        replica.app.look_at_keys().await.unwrap();
        assert_eq!(kids(replica).await.len(), 2, "one new key for all");
        assert_eq!(kid_of(&replica.token().await), first);
    }
    app.clock.advance(ANNOUNCEMENT);
    assert_ne!(
        kid_of(&app.token().await),
        first,
        "a day old, to the second"
    );
}

#[tokio::test]
async fn a_running_issuer_follows_the_files_of_secrets_and_seals_its_keys_anew() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let draft = folder.path().join("draft");
        fs::write(&draft, text).unwrap();
        fs::rename(draft, folder.path().join(name)).unwrap();
    };
    write("secret_key", SECRET);
    let files = |folder: &Path| {
        SecretFiles::new(
            folder.join("secret_key"),
            folder.join("previous_secret_keys"),
        )
    };
    let secrets = files(folder.path()).open().unwrap();
    let settings = KeySettings {
        secrets: secrets.clone(),
        signing: Signing::SharedSecret,
        verifying: Vec::new(),
    };
    let app = TestApp::with(configured(settings)).await;
    let login = app.log_in(crate::app::HANAKO.0, crate::app::HANAKO.1).await;
    let (old, refresh) = (login.word("access_token"), login.word("refresh_token"));

    write(
        "previous_secret_keys",
        &format!("{NEXT_SECRET}\n{SECRET}\n"),
    );
    secrets.look();
    app.app.look_at_keys().await.unwrap();
    assert_eq!(kid_of(&app.token().await), fingerprint(SECRET));
    write("secret_key", NEXT_SECRET);
    secrets.look();
    let new = app.token().await;
    assert_eq!(kid_of(&new), fingerprint(NEXT_SECRET));
    assert!(accepts(&app, &old).await && accepts(&app, &new).await);
    let ready = app.get("/health/ready").await.json();
    assert_eq!(ready["keys"]["signing"], fingerprint(NEXT_SECRET));

    app.app.look_at_keys().await.unwrap();
    write("previous_secret_keys", "");
    secrets.look();
    app.app.look_at_keys().await.unwrap();
    assert!(!accepts(&app, &old).await && accepts(&app, &new).await);
    let restarted = app.with_keys(KeySettings::shared_secret(secret(NEXT_SECRET), Vec::new()));
    restarted.app.open_keys().await.unwrap();
    let members = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
    let refreshed = restarted.post_form("/token", &members).await;
    assert_eq!(refreshed.status, 200, "the key of refresh tokens lives on");
}
