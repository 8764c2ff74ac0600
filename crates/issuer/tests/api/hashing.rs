//! The hashing threads: what they cost nobody else, and how hashes grow with the settings.

use std::{
    future::poll_fn,
    num::NonZeroUsize,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

use tegata_issuer::{
    config::Hashing,
    hasher::{Busy, Hasher, Observer, Verdict},
    password::{Password, PasswordHash},
};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    app::{COST, HANAKO, TestApp},
    log,
};

/// Some seconds of work, during which a single thread does nothing else.
const SLOW: &str = "$2b$15$Tegata.Tegata.Tegata.O7gq3VXfYh0m1lRkzJ5sN8uWbPdCe2Ta";
/// Some days of it.
const ENDLESS: &str = "$2b$31$Tegata.Tegata.Tegata.O7gq3VXfYh0m1lRkzJ5sN8uWbPdCe2Ta";

/// A thread has so many passwords in hand at once.
const AT_ONCE: usize = 3;
/// More than any of this takes.
const LIMIT: Duration = Duration::from_secs(60);

fn cost(hash: &str) -> &str {
    &hash[4..6]
}

/// Follows a request until it is answered or has to wait, which in process it does for the hashing
/// alone. What waits is given back.
async fn begin<'a, T>(
    request: impl Future<Output = T> + 'a,
) -> Result<T, Pin<Box<dyn Future<Output = T> + 'a>>> {
    // tokio makes a task wait that has done much in one go; this one starts afresh.
    tokio::task::yield_now().await;
    let mut request: Pin<Box<dyn Future<Output = T> + 'a>> = Box::pin(request);
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

    // The thread has what it can take and one is waiting: no other finds a place.
    let mut held = Vec::new();
    while held.len() < AT_ONCE + 1 {
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
        let seconds: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        assert_eq!(answer.word("error"), "busy");
    }
    // What is nobody's password needs no thread, whoever is asked about.
    let longest = "x".repeat(1024);
    for (password, status) in [(&longest, 503), (&format!("{longest}x"), 400)] {
        for username in [HANAKO.0, "nobody", "left"] {
            // Not followed: the failure is written down, which may wait for the store.
            let answer = app.log_in(username, password).await;
            assert_eq!(answer.status, status, "{username}");
        }
    }
    let long = begin(app.register("taro", &longest)).await;
    assert_eq!(long.ok().map(|answer| answer.status.as_u16()), Some(422));
    // To judge a new password can be as much work as to hash one.
    for password in ["password123", "seven gates and a river"] {
        let answer = begin(app.register("taro", password)).await;
        let answer = answer.unwrap_or_else(|_| panic!("{password} is in no queue"));
        assert_eq!(answer.status, 503, "{password}");
    }
    let read = begin(app.me(format!("Bearer {token}"))).await;
    assert_eq!(read.ok().map(|answer| answer.status.as_u16()), Some(200));
}

fn one_thread(deadline: Duration) -> Hasher {
    let hashing = Hashing {
        cost: COST,
        threads: NonZeroUsize::MIN,
        queue: 8,
        deadline,
        max_cost: 31,
    };
    Hasher::start(hashing).unwrap()
}

fn typed() -> Password {
    Password::new("x".to_owned())
}

async fn check(hasher: &Hasher, hash: &str) -> Result<Verdict, Busy> {
    let hash = PasswordHash::from_stored(hash.to_owned());
    hasher.verify(typed(), Some(hash), false).await
}

type Held<'a> = Pin<Box<dyn Future<Output = Result<Verdict, Busy>> + 'a>>;

/// Gives the thread all that it takes at once, for days.
async fn occupy(hasher: &Hasher) -> Vec<Held<'_>> {
    let mut held = Vec::new();
    for _ in 0..AT_ONCE {
        held.push(begin(check(hasher, ENDLESS)).await.unwrap_err());
    }
    let start = Instant::now();
    while hasher.load().running < AT_ONCE {
        assert!(start.elapsed() < LIMIT, "{:?}", hasher.load());
        tokio::task::yield_now().await;
    }
    held
}

#[tokio::test]
async fn a_password_whose_sender_has_gone_costs_nothing_more() {
    let hasher = one_thread(LIMIT);
    let mut held = occupy(&hasher).await;
    for _ in 0..3 {
        held.push(begin(check(&hasher, ENDLESS)).await.unwrap_err());
    }
    assert_eq!(hasher.load().waiting, 3);
    let next = begin(check(&hasher, "none")).await.unwrap_err();
    drop(held);
    let next = timeout(LIMIT, next).await;
    let next = next.unwrap_or_else(|_| panic!("a password of nobody is checked"));
    assert!(matches!(next, Ok(Verdict::Wrong)));
    assert_eq!(hasher.load().waiting, 0);
}

#[derive(Default)]
struct Counts {
    waited: AtomicUsize,
    worked: AtomicUsize,
    refused: AtomicUsize,
}

impl Counts {
    fn all(&self) -> [usize; 3] {
        [&self.waited, &self.worked, &self.refused].map(|count| count.load(Ordering::Relaxed))
    }
}

impl Observer for Counts {
    fn waited(&self, time: Duration) {
        assert!(time < LIMIT);
        self.waited.fetch_add(1, Ordering::Relaxed);
    }

    fn worked(&self, time: Duration) {
        assert!(time < LIMIT);
        self.worked.fetch_add(1, Ordering::Relaxed);
    }

    fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn whose_turn_does_not_come_in_time_is_refused_and_the_next_is_not() {
    let hasher = one_thread(Duration::from_millis(100));
    let counts = Arc::new(Counts::default());
    hasher.observe(counts.clone());
    let held = occupy(&hasher).await;
    let late = timeout(LIMIT, check(&hasher, ENDLESS)).await.unwrap();
    assert!((1..=60).contains(&late.unwrap_err().retry_after));
    assert_eq!(counts.all(), [AT_ONCE, 0, 1]);
    drop(held);
    // Until the thread has noticed, another may be late as well.
    let start = Instant::now();
    while check(&hasher, "none").await.is_err() {
        assert!(start.elapsed() < LIMIT);
    }
    while counts.all()[..2] != [AT_ONCE + 1, 1] {
        assert!(start.elapsed() < LIMIT, "{:?}", counts.all());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn whose_turn_will_not_come_in_time_is_refused_at_once() {
    // The first to wait is minutes of work, which is known once the thread has been busy. Nobody waits here:
    // what is answered is answered when it is asked.
    let hasher = one_thread(LIMIT / 2);
    let dear = ENDLESS.replace("$31$", "$25$");
    let _held = occupy(&hasher).await;
    let _first = begin(check(&hasher, &dear)).await.unwrap_err();
    let start = Instant::now();
    let refused = loop {
        assert!(start.elapsed() < LIMIT, "nobody is refused");
        if let Ok(answer) = begin(check(&hasher, "none")).await {
            break answer.unwrap_err();
        }
    };
    assert_eq!(refused.retry_after, 60, "as much as is ever said");
}

fn unfit() -> String {
    "password123".repeat(6)
}

#[tokio::test]
async fn new_passwords_that_keep_coming_hold_up_no_check() {
    let hasher = Hasher::start(Hashing {
        cost: 10,
        threads: NonZeroUsize::MIN,
        queue: 256,
        deadline: LIMIT,
        max_cost: 16,
    });
    let hasher = hasher.unwrap();
    let mut others = JoinSet::new();
    for _ in 0..200 {
        let hasher = hasher.clone();
        others.spawn(async move {
            while let Ok(judged) = hasher.judge(unfit(), "taro".to_owned(), None).await {
                assert!(judged.is_err());
            }
        });
    }
    while hasher.load().waiting < 100 {
        tokio::task::yield_now().await;
    }
    let verdict = timeout(LIMIT, hasher.verify(typed(), None, false)).await;
    assert!(matches!(verdict, Ok(Ok(Verdict::Wrong))), "{verdict:?}");
}

#[tokio::test]
async fn a_new_password_that_is_only_judged_is_not_waited_for_like_a_hash() {
    // Of a cost at which two hashes are more than the deadline.
    let hasher = Hasher::start(Hashing {
        cost: 24,
        threads: NonZeroUsize::MIN,
        queue: 8,
        deadline: LIMIT / 2,
        max_cost: 31,
    });
    let hasher = hasher.unwrap();
    let _held = occupy(&hasher).await;
    let first = begin(check(&hasher, ENDLESS)).await.unwrap_err();
    let start = Instant::now();
    while begin(check(&hasher, "none")).await.is_err() {
        assert!(start.elapsed() < LIMIT, "the pace is never known");
    }
    drop(first);
    let mut judged = Vec::new();
    for _ in 0..8 {
        let one = hasher.judge(unfit(), "taro".to_owned(), None);
        let one = begin(one).await.err();
        judged.push(one.expect("it may wait"));
    }
    assert_eq!(hasher.load().waiting, 8);
}

#[tokio::test]
async fn a_right_password_is_hashed_anew_only_for_whoever_may_log_in() {
    let hasher = Hasher::start(Hashing {
        cost: 6,
        threads: NonZeroUsize::MIN,
        queue: 1,
        deadline: LIMIT,
        max_cost: 16,
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
async fn a_hash_that_cannot_be_read_or_takes_days_is_a_wrong_password_and_no_failure() {
    let app = TestApp::start().await;
    let hashes = [
        "",
        "x",
        "$2b$04$short",
        "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g",
        "$2b$99$Tegata.Tegata.Tegata.O7gq3VXfYh0m1lRkzJ5sN8uWbPdCe2Ta",
        "$2b$17$Tegata.Tegata.Tegata.O7gq3VXfYh0m1lRkzJ5sN8uWbPdCe2Ta",
        ENDLESS,
        "$2b$ああああああああああああああああああああああああああああああああああああ",
    ];
    for (number, hash) in hashes.into_iter().enumerate() {
        let name = format!("user{number}");
        let id = app.import(&name, hash).await.id;
        let answer = app.log_in(&name, hash.get(..4).unwrap_or("x")).await;
        assert_eq!(answer.status, 400, "{hash}");
        let why = if hash == ENDLESS {
            "its cost is 31"
        } else if hash.starts_with("$2b$17") {
            "its cost is 17"
        } else {
            "it is no bcrypt hash"
        };
        log::said(&format!("of user {id} fits no password, because {why}"));
    }
}
