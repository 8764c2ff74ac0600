//! Several issuers before one service: what a token says of its issuer chooses who judges it, and nothing more.

use std::sync::Arc;

use serde_json::{Value, json};
use tegata_guard::{
    Guard, Keys,
    testing::{ManualClock, Mint},
    token::{Algorithm, Reason},
};

use crate::app::{self, START, call_as};

const OURS: &str = "http://127.0.0.1:8000";
const THEIRS: &str = "https://tenant.eu.auth0.com/";
const API: &str = "https://api.example.com";

struct Scene {
    clock: ManualClock,
    ours: Mint,
    theirs: Mint,
}

impl Scene {
    fn new() -> Self {
        let clock = ManualClock::new(START);
        let mint = |algorithm| Mint::new(algorithm).with_clock(Arc::new(clock.clone()));
        Self {
            ours: mint(Algorithm::HS256).with_issuer(OURS),
            theirs: mint(Algorithm::RS256).with_issuer(THEIRS).with_type("JWT"),
            clock,
        }
    }

    /// Ours by a shared secret, and those of Auth0 as Auth0 writes them.
    fn guard(&self) -> Guard {
        let ours = Guard::new(self.ours.keys()).with_issuer(OURS);
        ours.or(self.auth0())
            .with_clock(Arc::new(self.clock.clone()))
    }

    fn auth0(&self) -> Guard {
        Guard::new(self.theirs.keys())
            .with_issuer(THEIRS)
            .with_audience(API)
            .with_rules(|rules| rules.with_types(&["JWT"], false))
    }

    /// A good token of Auth0's.
    fn token_of_theirs(&self) -> String {
        self.theirs.forge(self.theirs.header(), self.their_claims())
    }

    fn their_claims(&self) -> Value {
        let mut claims = json!(self.theirs.claims("auth0|1"));
        claims["aud"] = json!([API, "https://tenant.eu.auth0.com/userinfo"]);
        claims
    }
}

async fn said(guard: &Guard, token: &str) -> String {
    match guard.check(token).await {
        Ok(claims) => claims.sub.clone(),
        Err(reason) => reason.code().to_owned(),
    }
}

#[tokio::test]
async fn tokens_of_two_issuers_are_good_side_by_side() {
    let scene = Scene::new();
    let service = app::service().layer(scene.guard().layer());
    for _ in 0..2 {
        let answer = call_as(&service, "/", &scene.ours.token("user-1")).await;
        assert_eq!(answer.body, "Hello, user-1");
        let answer = call_as(&service, "/", &scene.token_of_theirs()).await;
        assert_eq!(answer.body, "Hello, auth0|1");
    }
}

#[tokio::test]
async fn each_issuer_is_held_to_its_own_rules() {
    let scene = Scene::new();
    let guard = scene.guard();
    let without_audience = scene.theirs.token("auth0|1");
    assert_eq!(said(&guard, &without_audience).await, "wrong_audience");
    let of_another_type = scene.theirs.clone().with_type("at+jwt");
    let token = of_another_type.forge(of_another_type.header(), scene.their_claims());
    assert_eq!(said(&guard, &token).await, "wrong_type");
    let ours = scene.ours.clone().with_type("JWT").token("user-1");
    assert_eq!(said(&guard, &ours).await, "wrong_type");
}

#[tokio::test]
async fn the_key_of_one_issuer_signs_nothing_for_another() {
    let scene = Scene::new();
    let guard = scene.guard();
    // Our key, their name; with our key's name and with theirs.
    let ours = scene.ours.clone().with_issuer(THEIRS).with_type("JWT");
    assert_eq!(
        said(&guard, &ours.token("admin")).await,
        "algorithm_not_allowed"
    );
    let named = ours.with_kid(scene.theirs.kid());
    assert_eq!(
        said(&guard, &named.token("admin")).await,
        "algorithm_not_allowed"
    );
    // Their key, our name.
    let theirs = scene.theirs.clone().with_issuer(OURS).with_type("at+jwt");
    assert_eq!(
        said(&guard, &theirs.token("admin")).await,
        "algorithm_not_allowed"
    );

    // The same between two issuers with keys of one kind.
    let one = Mint::new(Algorithm::EdDSA).with_issuer("https://one.example");
    let two = Mint::new(Algorithm::EdDSA).with_issuer("https://two.example");
    let made_for = |mint: &Mint, issuer: &str| Guard::new(mint.keys()).with_issuer(issuer);
    let guard = made_for(&one, "https://one.example").or(made_for(&two, "https://two.example"));
    assert_eq!(said(&guard, &one.token("user-1")).await, "user-1");
    assert_eq!(said(&guard, &two.token("user-2")).await, "user-2");
    let confused = one.with_issuer("https://two.example");
    assert_eq!(said(&guard, &confused.token("user-1")).await, "key_unknown");
    let named = confused.with_kid(two.kid());
    assert_eq!(said(&guard, &named.token("user-1")).await, "bad_signature");
}

#[tokio::test]
async fn an_issuer_that_nobody_is_made_for_is_the_wrong_one() {
    let scene = Scene::new();
    let guard = scene.guard();
    for issuer in [
        "https://elsewhere.example",
        "http://127.0.0.1:8000/",
        "",
        "HTTP://127.0.0.1:8000",
    ] {
        let token = scene.ours.clone().with_issuer(issuer).token("user-1");
        assert_eq!(said(&guard, &token).await, "wrong_issuer", "{issuer:?}");
    }
    let mut claims = json!(scene.ours.claims("user-1"));
    claims["iss"] = json!([OURS]);
    let token = scene.ours.forge(scene.ours.header(), &claims);
    assert_eq!(said(&guard, &token).await, "malformed");
    assert_eq!(said(&guard, "x").await, "malformed");
}

#[tokio::test]
async fn a_token_without_an_issuer_is_for_the_one_guard_without_one() {
    let scene = Scene::new();
    let nameless = Mint::shared_secret(app::SECRET);
    let token = nameless.token("user-1");
    let guard = || Guard::new(nameless.keys());
    assert_eq!(said(&guard().or(scene.auth0()), &token).await, "user-1");
    assert_eq!(said(&scene.auth0().or(guard()), &token).await, "user-1");
    assert_eq!(said(&guard().or(guard()), &token).await, "wrong_issuer");
    assert_eq!(said(&scene.guard(), &token).await, "wrong_issuer");
    // Who has an issuer is not taken by the guard that asks for none.
    let named = nameless.clone().with_issuer("https://elsewhere.example");
    let both = guard().or(scene.auth0());
    assert_eq!(said(&both, &named.token("user-1")).await, "wrong_issuer");
}

#[tokio::test]
async fn an_issuer_that_changes_from_a_secret_to_key_pairs_is_judged_by_both() {
    let scene = Scene::new();
    let clock = || Arc::new(scene.clock.clone());
    let pairs = Mint::new(Algorithm::EdDSA).with_issuer(OURS);
    let pairs = pairs.with_clock(clock());
    let by_pairs = || Guard::new(pairs.keys()).with_issuer(OURS);
    let by_secret = || Guard::new(scene.ours.keys()).with_issuer(OURS);
    let strangers = [
        Mint::shared_secret(app::OTHER_SECRET),
        Mint::new(Algorithm::EdDSA),
        Mint::new(Algorithm::ES256),
    ];
    for guard in [by_pairs().or(by_secret()), by_secret().or(by_pairs())] {
        let guard = guard.or(scene.auth0()).with_clock(clock());
        for mint in [&pairs, &scene.ours] {
            assert_eq!(said(&guard, &mint.token("user-1")).await, "user-1");
            let forged = strangers[1].clone().with_kid(mint.kid());
            let token = forged.with_issuer(OURS).token("admin");
            assert_ne!(said(&guard, &token).await, "admin");
        }
        for stranger in strangers.clone() {
            let token = stranger.with_issuer(OURS).token("admin");
            assert_ne!(said(&guard, &token).await, "admin");
        }
    }
    // Whoever has the key decides: what one guard refuses another does not accept.
    let strict = by_pairs().with_audience("api").or(by_pairs());
    let guard = strict.with_clock(clock());
    assert_eq!(said(&guard, &pairs.token("user-1")).await, "wrong_audience");
    // Keys that are not there yet hold up those alone who need them.
    let (later, _) = Keys::later();
    let waiting = Guard::new(later).with_issuer(OURS).or(by_secret());
    let guard = waiting.with_clock(clock());
    assert_eq!(said(&guard, &scene.ours.token("user-1")).await, "user-1");
    assert_eq!(
        said(&guard, &pairs.token("user-1")).await,
        "keys_unavailable"
    );
}

#[tokio::test]
async fn three_are_as_good_as_two() {
    let scene = Scene::new();
    let third = Mint::new(Algorithm::ES256).with_issuer("https://third.example");
    let third_guard = Guard::new(third.keys()).with_issuer("https://third.example");
    let theirs = scene.auth0().or(third_guard.clone());
    let ours = Guard::new(scene.ours.keys()).with_issuer(OURS);
    for guard in [scene.guard().or(third_guard), ours.or(theirs)] {
        let guard = guard.with_clock(Arc::new(scene.clock.clone()));
        assert_eq!(said(&guard, &scene.ours.token("user-1")).await, "user-1");
        assert_eq!(said(&guard, &scene.token_of_theirs()).await, "auth0|1");
        let token = third.clone().with_clock(Arc::new(scene.clock.clone()));
        assert_eq!(said(&guard, &token.token("user-3")).await, "user-3");
        assert_eq!(guard.keys().count(), 3);
    }
}

#[tokio::test]
async fn a_refusal_does_not_depend_on_whether_there_are_others() {
    let scene = Scene::new();
    let guard = scene.guard();
    let token = scene.ours.token("user-1");
    scene.clock.advance(time::Duration::HOUR);
    assert_eq!(guard.check(&token).await, Err(Reason::Expired));
    let foreign = Mint::shared_secret(app::OTHER_SECRET).with_issuer(OURS);
    let foreign = foreign.with_clock(Arc::new(scene.clock.clone()));
    let refused = guard.check(&foreign.token("user-1")).await;
    assert_eq!(refused, Err(Reason::KeyMismatch));
}
