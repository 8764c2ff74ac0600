//! Many at the same moment.

use time::Duration;
use tokio::task::JoinSet;

use super::{HERS, THEIRS, on_every_store};
use crate::app::{HANAKO, TestApp};

on_every_store! {
    of_many_guesses_at_once_no_more_are_checked_than_is_documented,
    right_passwords_at_once_are_all_let_in,
    after_a_wait_one_guess_at_once_is_checked,
    after_a_wait_right_passwords_at_once_are_all_let_in,
    an_address_that_waited_is_checked_four_at_once,
    an_office_that_waited_comes_in_at_once,
}

/// Passwords of one account that are checked at once by one process with two hashing threads.
const IN_FLIGHT: usize = 6;

async fn statuses(apps: &[TestApp], many: usize, guess: fn(usize) -> String) -> Vec<u16> {
    let mut requests = JoinSet::new();
    for number in 0..many {
        let app = apps[number % apps.len()].clone();
        requests.spawn(async move {
            let address = format!("2001:db8:{number:x}::1");
            let answer = app.at(&address).log_in(HANAKO.0, &guess(number)).await;
            answer.status.as_u16()
        });
    }
    requests.join_all().await
}

async fn of_many_guesses_at_once_no_more_are_checked_than_is_documented(app: TestApp) {
    of_so_many_guesses_at_once(&app, 60).await;
}

#[tokio::test]
async fn of_200_guesses_at_once_no_more_are_checked_either() {
    of_so_many_guesses_at_once(&TestApp::start().await, 200).await;
}

async fn of_so_many_guesses_at_once(app: &TestApp, many: usize) {
    let guess = |number| format!("guess {number}");
    for replicas in [1, 2] {
        let apps: Vec<TestApp> = (0..replicas).map(|_| app.another_issuer()).collect();
        let statuses = statuses(&apps, many, guess).await;
        let checked = statuses.iter().filter(|status| **status == 400).count();
        // Four that need not wait, and those that were under way when the fifth was counted.
        let most = 4 + replicas * IN_FLIGHT;
        assert!((5..=most).contains(&checked), "{checked} of {most}");
        let held = statuses.iter().filter(|status| **status == 429).count();
        assert_eq!(checked + held, many, "{statuses:?}");
        app.clock.advance(Duration::hours(2));
    }
    assert_eq!(app.at(THEIRS).hanako().await.status, 200);
}

async fn right_passwords_at_once_are_all_let_in(app: TestApp) {
    let right = |_| HANAKO.1.to_owned();
    let statuses = statuses(std::slice::from_ref(&app), 60, right).await;
    assert_eq!(statuses, [200; 60]);
    assert_eq!(from_one_address(&app, 60, |_| HANAKO).await, [200; 60]);
}

async fn after_a_wait_one_guess_at_once_is_checked(app: TestApp) {
    app.at(THEIRS).fail(HANAKO.0, 5).await;
    for failures in 6..10 {
        // It is over for the account, and has never begun for these addresses.
        app.clock.advance(Duration::seconds(30));
        let guess = |number| format!("guess {number}");
        let mut statuses = statuses(std::slice::from_ref(&app), 60, guess).await;
        statuses.sort_unstable();
        let expected = [vec![400], vec![429; 59]].concat();
        assert_eq!(statuses, expected, "the failure number {failures}");
    }
    app.clock.advance(Duration::seconds(30));
    assert_eq!(app.at(HERS).hanako().await.status, 200);
}

async fn after_a_wait_right_passwords_at_once_are_all_let_in(app: TestApp) {
    app.at(HERS).fail(HANAKO.0, 5).await;
    app.clock.advance(Duration::SECOND);
    assert_eq!(from_one_address(&app, 60, |_| HANAKO).await, [200; 60]);
    app.at(THEIRS).fail(HANAKO.0, 5).await;
    app.clock.advance(Duration::SECOND);
    let right = |_| HANAKO.1.to_owned();
    let statuses = statuses(std::slice::from_ref(&app), 60, right).await;
    assert_eq!(statuses, [200; 60]);
}

/// Many at once at [`HERS`].
async fn from_one_address(
    app: &TestApp,
    many: usize,
    typed: fn(usize) -> (&'static str, &'static str),
) -> Vec<u16> {
    let mut requests = JoinSet::new();
    for number in 0..many {
        let app = app.clone();
        requests.spawn(async move {
            let (username, password) = typed(number);
            let answer = app.at(HERS).log_in(username, password).await;
            answer.status.as_u16()
        });
    }
    requests.join_all().await
}

const STAFF: [&str; 8] = [
    "ichiro", "jiro", "saburo", "shiro", "goro", "rokuro", "shichiro", "hachiro",
];

/// An office of which an address has failed so often that it had to wait.
async fn office(app: &TestApp) {
    let hash = app.hash_of(&app.hanako).await;
    for name in STAFF {
        app.import(name, &hash).await;
    }
    for number in 0..20 {
        app.at(HERS).fail(&format!("nobody{number}"), 1).await;
    }
    app.clock.advance(Duration::SECOND);
}

async fn an_address_that_waited_is_checked_four_at_once(app: TestApp) {
    office(&app).await;
    let statuses = from_one_address(&app, 64, |number| (STAFF[number % 8], "guess")).await;
    let checked = statuses.iter().filter(|status| **status == 400).count();
    assert!((1..=4).contains(&checked), "{checked}");
    let held = statuses.iter().filter(|status| **status == 429).count();
    assert_eq!(checked + held, 64, "{statuses:?}");
}

async fn an_office_that_waited_comes_in_at_once(app: TestApp) {
    office(&app).await;
    let statuses = from_one_address(&app, 64, |number| (STAFF[number % 8], HANAKO.1)).await;
    assert_eq!(statuses, [200; 64]);
}
