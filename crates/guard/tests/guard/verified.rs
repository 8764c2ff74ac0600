//! A guard remembers which signatures were right, and nothing that may change.

use std::sync::Arc;

use tegata_guard::{
    Guard, Keys,
    testing::{ManualClock, Mint},
    token::{Algorithm, Keyring, Reason},
};
use time::Duration;

use crate::app::START;

struct Scene {
    mint: Mint,
    clock: ManualClock,
}

impl Scene {
    fn new() -> Self {
        let clock = ManualClock::new(START);
        let mint = Mint::new(Algorithm::EdDSA).with_clock(Arc::new(clock.clone()));
        Self { mint, clock }
    }

    fn guard(&self, keys: Keys) -> Guard {
        Guard::new(keys).with_clock(Arc::new(self.clock.clone()))
    }

    fn ring(&self) -> Keyring {
        Keyring::new(None, vec![self.mint.verifying_key().clone()])
    }
}

async fn refused(guard: &Guard, token: &str) -> Option<Reason> {
    guard.check(token).await.err()
}

#[tokio::test]
async fn a_token_that_comes_again_has_the_same_claims() {
    let scene = Scene::new();
    let guard = scene.guard(scene.mint.keys());
    let token = scene.mint.token("user-1");
    let first = guard.check(&token).await.unwrap();
    let second = guard.check(&token).await.unwrap();
    assert!(Arc::ptr_eq(&first, &second), "read once");
    let other = guard.check(&scene.mint.token("user-2")).await.unwrap();
    assert_eq!(other.sub, "user-2");

    let guard = guard.without_signature_cache();
    let third = guard.check(&token).await.unwrap();
    let fourth = guard.check(&token).await.unwrap();
    assert_eq!(third, first);
    assert!(!Arc::ptr_eq(&third, &fourth), "read each time");
}

#[tokio::test]
async fn a_known_token_expires_in_its_second() {
    let scene = Scene::new();
    let guard = scene.guard(scene.mint.keys());
    let token = scene.mint.token("user-1");
    assert_eq!(refused(&guard, &token).await, None);
    scene.clock.advance(Duration::seconds(15 * 60 + 9));
    assert_eq!(refused(&guard, &token).await, None);
    scene.clock.advance(Duration::SECOND);
    assert_eq!(refused(&guard, &token).await, Some(Reason::Expired));
}

#[tokio::test]
async fn a_known_token_of_a_retired_key_is_refused_at_once() {
    let scene = Scene::new();
    let (keys, live) = Keys::live(scene.ring());
    let guard = scene.guard(keys);
    let token = scene.mint.token("user-1");
    assert_eq!(refused(&guard, &token).await, None);
    let successor = Mint::new(Algorithm::EdDSA);
    live.replace(Keyring::new(None, vec![successor.verifying_key().clone()]));
    assert_eq!(refused(&guard, &token).await, Some(Reason::KeyUnknown));
    live.replace(scene.ring());
    assert_eq!(refused(&guard, &token).await, None, "back again");
}

#[tokio::test]
async fn what_one_guard_knows_is_news_to_another_with_other_rules() {
    let scene = Scene::new();
    let guard = scene.guard(scene.mint.keys());
    let token = scene.mint.token("user-1");
    assert_eq!(refused(&guard, &token).await, None);
    let stricter = guard.clone().with_audience("https://api.example.com");
    assert_eq!(
        refused(&stricter, &token).await,
        Some(Reason::WrongAudience)
    );
    let elsewhere = guard.clone().with_issuer("https://login.example.com");
    assert_eq!(refused(&elsewhere, &token).await, Some(Reason::WrongIssuer));
    assert_eq!(refused(&guard, &token).await, None);
}

#[tokio::test]
async fn another_signature_under_known_words_is_another_token() {
    let scene = Scene::new();
    let guard = scene.guard(scene.mint.keys());
    let token = scene.mint.token("user-1");
    assert_eq!(refused(&guard, &token).await, None);
    let (words, signature) = token.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{words}.{other}{}", &signature[1..]);
    assert_eq!(refused(&guard, &forged).await, Some(Reason::BadSignature));
    for spelling in [
        format!("{token}="),
        format!(" {token}"),
        format!("{token}."),
    ] {
        assert_eq!(refused(&guard, &spelling).await, Some(Reason::Malformed));
    }
}

#[tokio::test]
async fn more_tokens_than_can_be_known_are_good_all_the_same() {
    let scene = Scene::new();
    let mint = Mint::new(Algorithm::HS256).with_clock(Arc::new(scene.clock.clone()));
    let guard = scene.guard(mint.keys());
    let users: Vec<_> = (0..3_000).map(|number| format!("user-{number}")).collect();
    let tokens: Vec<_> = users.iter().map(|user| mint.token(user)).collect();
    for round in 0..2 {
        for (user, token) in users.iter().zip(&tokens) {
            let claims = guard.check(token).await.unwrap();
            assert_eq!(&claims.sub, user, "round {round}");
        }
    }
}
