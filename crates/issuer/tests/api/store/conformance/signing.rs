//! The ring of signing keys, as several issuers on one store change it.

use std::{collections::HashSet, sync::Arc};

use secrecy::ExposeSecret;
use tegata_issuer::{
    sealing::{Kept, KeyError, Sealing},
    signing::{
        kept_ring::{Announced, KeptRing},
        ring::{NotRetired, Ring, RingKey},
    },
    store::{SealedKey, Store},
};
use tegata_token::{Algorithm, HmacSecret, KeyPair, SystemRandom};
use time::Duration;

use super::{Handles, NOW, at_once};

const SECRET: &str = "b4QmRzPq7yTkVw2nXc8LhJd5FgSa9UeM";
const NEXT_SECRET: &str = "Yw3nKc8VtR5mPz1XqLd7HbJf2GsQa9Ue";
const TOKEN: Duration = Duration::minutes(15);
const AFTER: Duration = Duration::minutes(10);

fn sealing(current: &str, previous: &[&str]) -> Sealing {
    let parse = |text: &str| HmacSecret::parse(text).unwrap();
    let previous: Vec<HmacSecret> = previous.iter().map(|text| parse(text)).collect();
    Sealing::with(&parse(current), &previous).unwrap()
}

fn pair() -> KeyPair {
    KeyPair::generate(Algorithm::EdDSA).unwrap()
}

async fn announce(store: &Arc<dyn Store>, following: Option<&str>, after: Duration) -> Announced {
    let sealing = sealing(SECRET, &[]);
    let kept = KeptRing::new(store.as_ref(), &sealing, &SystemRandom);
    let announced = kept.announce(&pair(), following, after, NOW).await;
    announced.unwrap()
}

/// Two keys: one signs, the other is announced.
async fn two(store: &Arc<dyn Store>) -> [RingKey; 2] {
    announce(store, None, AFTER).await;
    let first = read(store).await.keys()[0].kid.clone();
    announce(store, Some(&first), AFTER).await;
    read(store).await.keys().to_vec().try_into().unwrap()
}

async fn read(store: &Arc<dyn Store>) -> Ring {
    let sealing = sealing(SECRET, &[]);
    let kept = KeptRing::new(store.as_ref(), &sealing, &SystemRandom);
    kept.read().await.unwrap().unwrap()
}

/// The keys that were made, and those that their makers hold to be next.
fn outcomes(announced: Vec<Announced>) -> (Vec<RingKey>, HashSet<String>) {
    let mut made = Vec::new();
    let mut next = HashSet::new();
    for outcome in announced {
        let (Announced::New(key) | Announced::Already(key)) = &outcome;
        next.insert(key.kid.clone());
        if let Announced::New(key) = outcome {
            made.push(key);
        }
    }
    (made, next)
}

pub(in super::super) async fn of_100_issuers_that_start_at_once_all_hold_one_key(
    handles: &Handles,
) {
    let stores = handles.open_many(4).await;
    let announced = at_once(&stores, 100, |_, store| async move {
        insist_on_a_key(&store).await
    });
    let (announced, asked_again): (Vec<_>, Vec<_>) = announced.await.into_iter().unzip();
    let (made, next) = outcomes(announced);
    let ring = read(&stores[1]).await;
    let [only] = ring.keys() else {
        panic!("one key: {:?}", ring.keys());
    };
    assert_eq!(next, HashSet::from([only.kid.clone()]), "all agree");
    assert_eq!(only.signs_from, NOW, "the first one signs at once");
    match &made[..] {
        [key] => assert_eq!(key, only),
        // Whoever made it was not told so in time, and found it there.
        made => assert!(made.is_empty() && asked_again.contains(&true), "{made:?}"),
    }
}

/// As an issuer does that starts: told that the store does not answer, as a crowded server's may not, it asks again.
async fn insist_on_a_key(store: &Arc<dyn Store>) -> (Announced, bool) {
    let sealing = sealing(SECRET, &[]);
    let kept = KeptRing::new(store.as_ref(), &sealing, &SystemRandom);
    let mine = pair();
    for attempt in 0..10 {
        match kept.announce(&mine, None, AFTER, NOW).await {
            Err(KeyError::Unavailable(_)) => {}
            told => return (told.unwrap(), attempt > 0),
        }
    }
    panic!("the store never answered");
}

pub(in super::super) async fn of_100_rotations_at_once_one_key_comes(handles: &Handles) {
    let stores = handles.open_many(4).await;
    announce(&stores[0], None, AFTER).await;
    // At once, then with notice, then the one of that notice at once.
    for (after, is_new) in [
        (Duration::ZERO, true),
        (AFTER, true),
        (Duration::ZERO, false),
    ] {
        let before = read(&stores[0]).await;
        let signing = before.signing(NOW).unwrap().kid.clone();
        let announced = at_once(&stores, 100, move |_, store| {
            let signing = signing.clone();
            async move { announce(&store, Some(&signing), after).await }
        });
        let (made, next) = outcomes(announced.await);
        assert_eq!(
            (made.len(), next.len()),
            (usize::from(is_new), 1),
            "all agree"
        );
        let ring = read(&stores[1]).await;
        assert_eq!(ring.keys().len(), before.keys().len() + usize::from(is_new));
        let last = if after.is_zero() {
            ring.signing(NOW)
        } else {
            ring.announced(NOW)
        };
        assert!(next.contains(&last.unwrap().kid));
    }
}

pub(in super::super) async fn of_100_that_let_time_pass_one_says_so(handles: &Handles) {
    let stores = handles.open_many(4).await;
    let [old, new] = two(&stores[0]).await;
    for (later, signs, retired) in [
        (AFTER, Some(new.kid.clone()), vec![]),
        (AFTER + TOKEN + TOKEN, None, vec![old.kid.clone()]),
    ] {
        let advanced = at_once(&stores, 100, move |_, store| async move {
            let sealing = sealing(SECRET, &[]);
            let kept = KeptRing::new(store.as_ref(), &sealing, &SystemRandom);
            kept.advance(NOW + later, TOKEN).await.unwrap()
        });
        let told: Vec<_> = advanced.await.into_iter().flatten().collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].signs, signs);
        assert_eq!(told[0].retired, retired);
    }
    let left: Vec<String> = read(&stores[2])
        .await
        .keys()
        .iter()
        .map(|key| key.kid.clone())
        .collect();
    assert_eq!(left, [new.kid], "with the private half of the other");
}

pub(in super::super) async fn changes_at_once_lose_none(handles: &Handles) {
    let stores = handles.open_many(4).await;
    let [RingKey { kid: first, .. }, _] = two(&stores[0]).await;
    let done = at_once(&stores, 20, move |number, store| {
        let first = first.clone();
        async move {
            let sealing = sealing(SECRET, &[]);
            let kept = KeptRing::new(store.as_ref(), &sealing, &SystemRandom);
            if number % 2 == 0 {
                kept.advance(NOW, TOKEN).await.unwrap();
                return None;
            }
            Some(kept.retire(&first, true, NOW).await.unwrap())
        }
    });
    let retired: Vec<_> = done.await.into_iter().flatten().collect();
    assert_eq!(retired.iter().filter(|one| one.is_ok()).count(), 1);
    let others = retired.iter().filter_map(|one| one.as_ref().err());
    assert!(others.into_iter().all(|why| *why == NotRetired::Unknown));
    let ring = read(&stores[0]).await;
    assert_eq!(ring.keys().len(), 1);
    assert_eq!(ring.keys()[0].longest_token, TOKEN);
    assert_eq!(ring.keys()[0].signs_from, NOW, "it took over");
}

pub(in super::super) async fn a_ring_comes_back_whole_and_opens_with_its_secret_alone(
    handles: &Handles,
) {
    let store = handles.open().await;
    let pair = pair();
    let ours = sealing(SECRET, &[]);
    let kept = KeptRing::new(store.as_ref(), &ours, &SystemRandom);
    assert_eq!(kept.read().await.unwrap(), None);
    kept.announce(&pair, None, AFTER, NOW).await.unwrap();
    let ring = kept.read().await.unwrap().unwrap();
    let key = &ring.keys()[0];
    assert_eq!(key.kid, pair.signing_key().kid().as_str());
    assert_eq!(key.algorithm, Algorithm::EdDSA);
    assert_eq!((key.announced_at, key.signs_from), (NOW, NOW));
    let private = pair.to_pkcs8().expose_secret();
    assert_eq!(key.pkcs8.expose_secret(), private);
    let name = Kept::SigningKeys.name();
    let stored = store.sealed_key(name).await.unwrap().unwrap();
    let holds = |needle: &[u8]| {
        stored
            .sealed
            .windows(needle.len())
            .any(|part| part == needle)
    };
    assert!(!holds(&private[16..32]) && !holds(key.kid.as_bytes()));

    // A new secret that does not know the old one is told what to do, and changes nothing.
    let other = sealing(NEXT_SECRET, &[]);
    let refused = KeptRing::new(store.as_ref(), &other, &SystemRandom)
        .read()
        .await;
    let why = refused.unwrap_err().to_string();
    assert!(
        why.contains("PREVIOUS_SECRET_KEYS") && why.contains("--discard"),
        "{why}"
    );
    assert_eq!(store.sealed_key(name).await.unwrap().unwrap(), stored);

    // One that does seals it anew; then the old one is not needed any more.
    let both = sealing(NEXT_SECRET, &[SECRET]);
    let opened = KeptRing::new(store.as_ref(), &both, &SystemRandom)
        .read()
        .await;
    assert_eq!(opened.unwrap().unwrap(), ring);
    let opened = KeptRing::new(store.as_ref(), &other, &SystemRandom)
        .read()
        .await;
    assert_eq!(opened.unwrap().unwrap(), ring);
    assert!(kept.read().await.is_err());
}

pub(in super::super) async fn whoever_writes_into_the_store_puts_no_key_in(handles: &Handles) {
    let store = handles.open().await;
    announce(&store, None, AFTER).await;
    let name = Kept::SigningKeys.name();
    let stored = store.sealed_key(name).await.unwrap().unwrap();
    let plain = Ring::default().to_bytes().unwrap();
    let mut altered = stored.sealed.clone();
    *altered.last_mut().unwrap() ^= 1;
    let mut before = stored.clone();
    for sealed in [plain, altered, Vec::new()] {
        let forged = SealedKey {
            sealed,
            ..stored.clone()
        };
        assert!(
            store
                .replace_sealed_key(name, &before, &forged)
                .await
                .unwrap()
        );
        let ours = sealing(SECRET, &[]);
        let read = KeptRing::new(store.as_ref(), &ours, &SystemRandom)
            .read()
            .await;
        assert!(matches!(read, Err(KeyError::Altered(Kept::SigningKeys))));
        before = forged;
    }
}
