//! The hashing threads: what they cost nobody else, and how hashes grow with the settings.

use std::{future::poll_fn, num::NonZeroUsize, pin::Pin, task::Poll, time::Duration};

use tegata_issuer::{
    config::Hashing,
    hasher::{Hasher, Verdict},
    password::{Password, PasswordHash},
};
use tokio::time::timeout;

use crate::{
    answer::Answer,
    app::{COST, HANAKO, TestApp},
};

/// Some seconds of work, during which a single thread does nothing else.
const SLOW: &str = "$2b$15$Tegata.Tegata.Tegata.O7gq3VXfYh0m1lRkzJ5sN8uWbPdCe2Ta";
/// Some days of it.
const ENDLESS: &str = "$2b$31$Tegata.Tegata.Tegata.O7gq3VXfYh0m1lRkzJ5sN8uWbPdCe2Ta";

fn cost(hash: &str) -> &str {
    &hash[4..6]
}

/// Follows a request until it is answered or has to wait, which in process it does for the hashing
/// alone. What waits is given back.
async fn begin<'a>(
    request: impl Future<Output = Answer> + 'a,
) -> Result<Answer, Pin<Box<dyn Future<Output = Answer> + 'a>>> {
    // tokio makes a task wait that has done much in one go; this one starts afresh.
    tokio::task::yield_now().await;
    let mut request: Pin<Box<dyn Future<Output = Answer> + 'a>> = Box::pin(request);
    match poll_fn(|cx| Poll::Ready(request.as_mut().poll(cx))).await {
        Poll::Ready(answer) => Ok(answer),
        Poll::Pending => Err(request),
    }
}

#[tokio::test]
async fn when_the_queue_is_full_logins_are_refused_at_once_and_reads_go_on() {
    let app = TestApp::with(|config| {
        config.hashing.threads = NonZeroUsize::MIN;
        config.hashing.queue = 1;
    })
    .await;
    let token = app.token().await;
    app.import("slow", SLOW).await;
    let disabled = bcrypt::hash("left in spring", COST).unwrap();
    app.disable(&app.import("left", &disabled).await).await;

    // One is being checked and one is waiting: no third finds a place.
    let mut held = Vec::new();
    while held.len() < 2 {
        held.extend(begin(app.log_in("slow", "x")).await.err());
    }
    for (username, password) in [
        (HANAKO.0, HANAKO.1),
        (HANAKO.0, "wrong"),
        ("nobody", "wrong"),
        ("left", "left in spring"),
        ("left", "wrong"),
    ] {
        let answer = begin(app.log_in(username, password)).await;
        let answer = answer.unwrap_or_else(|_| panic!("{username} is in no queue"));
        assert_eq!(answer.status, 503, "{username} costs the same as all");
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(answer.word("error"), "busy");
    }
    // To judge a new password can be as much work as to hash one.
    for password in ["password123", "seven gates and a river"] {
        let answer = begin(app.register("taro", password)).await;
        let answer = answer.unwrap_or_else(|_| panic!("{password} is in no queue"));
        assert_eq!(answer.status, 503, "{password}");
    }
    let read = begin(app.me(format!("Bearer {token}"))).await;
    assert_eq!(read.ok().map(|answer| answer.status.as_u16()), Some(200));
}

#[tokio::test]
async fn a_password_whose_sender_has_gone_is_not_checked() {
    let app = TestApp::with(|config| config.hashing.threads = NonZeroUsize::MIN).await;
    app.import("slow", SLOW).await;
    app.import("endless", ENDLESS).await;
    let slow = begin(app.log_in("slow", "x")).await.unwrap_err();
    for _ in 0..3 {
        let gone = begin(app.log_in("endless", "x")).await;
        drop(gone.unwrap_err());
    }
    let next = timeout(Duration::from_secs(60), app.log_in(HANAKO.0, HANAKO.1));
    let next = next
        .await
        .unwrap_or_else(|_| panic!("a password of nobody is checked"));
    assert_eq!(next.status, 200);
    assert_eq!(slow.await.status, 400);
}

#[tokio::test]
async fn a_right_password_is_hashed_anew_only_for_whoever_may_log_in() {
    let hasher = Hasher::start(Hashing {
        cost: 6,
        threads: NonZeroUsize::MIN,
        queue: 1,
    });
    let hasher = hasher.unwrap();
    let hash = PasswordHash::from_stored(bcrypt::hash(HANAKO.1, COST).unwrap());
    for upgrade in [true, false] {
        let typed = Password::new(HANAKO.1.to_owned());
        let verdict = hasher.verify(typed, Some(hash.clone()), upgrade).await;
        let Ok(Verdict::Right { upgraded }) = verdict else {
            panic!("it is right");
        };
        assert_eq!(upgraded.is_some(), upgrade);
    }
}

#[tokio::test]
async fn a_login_renews_a_hash_of_another_cost_and_nothing_else_does() {
    let app = TestApp::with(|config| config.hashing.cost = 6).await;
    assert_eq!(cost(&app.hash_of(&app.hanako).await), "04");
    assert_eq!(app.log_in(HANAKO.0, "wrong").await.status, 400);
    assert_eq!(cost(&app.hash_of(&app.hanako).await), "04");

    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 200);
    let renewed = app.hash_of(&app.hanako).await;
    assert_eq!(cost(&renewed), "06");
    assert!(bcrypt::verify(HANAKO.1, &renewed).unwrap());

    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 200);
    assert_eq!(app.hash_of(&app.hanako).await, renewed, "once is enough");
}

#[tokio::test]
async fn a_disabled_account_gets_no_new_hash() {
    let app = TestApp::with(|config| config.hashing.cost = 6).await;
    app.disable(&app.hanako).await;
    let before = app.hash_of(&app.hanako).await;
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 400);
    assert_eq!(app.hash_of(&app.hanako).await, before);
}

#[tokio::test]
async fn a_password_that_is_set_during_a_login_is_not_undone_by_it_and_refuses_it() {
    let app = TestApp::with(|config| config.hashing.cost = 6).await;
    let set = bcrypt::hash("a new one, set by an admin", COST).unwrap();
    app.store
        .meanwhile_set(PasswordHash::from_stored(set.clone()));
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 400);
    assert_eq!(app.hash_of(&app.hanako).await, set);
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 400);
}

#[tokio::test]
async fn imported_hashes_of_every_bcrypt_log_in() {
    let app = TestApp::start().await;
    let hash = bcrypt::hash("seven gates and a river", COST).unwrap();
    for (name, prefix) in [("flask", "$2b$"), ("php", "$2y$"), ("java", "$2a$")] {
        app.import(name, &hash.replace("$2b$", prefix)).await;
        let answer = app.log_in(name, "seven gates and a river").await;
        assert_eq!(answer.status, 200, "{prefix}");
        assert_eq!(app.log_in(name, "wrong").await.status, 400, "{prefix}");
    }
    // The test vector of the original crypt_blowfish.
    let vector = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    let user = app.import("openwall", vector).await;
    assert_eq!(app.log_in("openwall", "U*U").await.status, 200);
    assert_eq!(&app.hash_of(&user).await[..7], "$2b$04$");
}

#[tokio::test]
async fn an_imported_password_over_72_bytes_logs_in_as_it_always_did() {
    let app = TestApp::with(|config| config.hashing.cost = 5).await;
    let long = "関所".repeat(20);
    app.import("old", &bcrypt::hash(&long, COST).unwrap()).await;
    for time in ["first", "renewed"] {
        assert_eq!(app.log_in("old", &long).await.status, 200, "{time}");
    }
}

#[tokio::test]
async fn a_hash_that_cannot_be_read_is_a_wrong_password_and_no_failure() {
    let app = TestApp::start().await;
    let hashes = [
        "",
        "x",
        "$2b$04$short",
        "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g",
        "$2b$99$Tegata.Tegata.Tegata.O7gq3VXfYh0m1lRkzJ5sN8uWbPdCe2Ta",
        "$2b$ああああああああああああああああああああああああああああああああああああ",
    ];
    for (number, hash) in hashes.into_iter().enumerate() {
        let name = format!("user{number}");
        app.import(&name, hash).await;
        let answer = app.log_in(&name, hash.get(..4).unwrap_or("x")).await;
        assert_eq!(answer.status, 400, "{hash}");
    }
}
