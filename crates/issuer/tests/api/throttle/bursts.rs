//! Many at the same moment.

use tokio::task::JoinSet;

use super::{HERS, THEIRS, on_every_store};
use crate::app::{HANAKO, TestApp};

on_every_store! {
    of_many_guesses_at_once_no_more_are_checked_than_is_documented,
    right_passwords_at_once_are_all_let_in,
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
        app.clock.advance(time::Duration::hours(2));
    }
    assert_eq!(app.at(THEIRS).hanako().await.status, 200);
}

async fn right_passwords_at_once_are_all_let_in(app: TestApp) {
    let right = |_| HANAKO.1.to_owned();
    let statuses = statuses(std::slice::from_ref(&app), 60, right).await;
    assert_eq!(statuses, [200; 60]);
    // And from one address.
    let mut requests = JoinSet::new();
    for _ in 0..60 {
        let app = app.clone();
        requests.spawn(async move { app.at(HERS).hanako().await.status.as_u16() });
    }
    assert_eq!(requests.join_all().await, [200; 60]);
}
