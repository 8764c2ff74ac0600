//! The wall fetches fresh tokens before and after the old ones end: once for all who wait, whatever gets lost,
//! and nobody is signed out but by the issuer's refusal.

mod away;
mod ended;
mod feed;
mod flight;
mod many;
mod stopping;

use http::StatusCode;
use time::Duration;
use tokio::task::JoinSet;

use crate::{
    browser::{Browser, Page},
    site::TestSite,
};

/// The seconds that the pass on the home page still lives.
pub(crate) fn seconds_left(page: &Page) -> i64 {
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let rest = page.body.split_once("data-seconds=\"").unwrap().1;
    rest.split('"').next().unwrap().parse().unwrap()
}

/// So many requests of one browser at the same time.
async fn at_once(browser: &Browser, many: usize) -> Vec<Page> {
    let mut tabs = JoinSet::new();
    for _ in 0..many {
        let mut tab = browser.clone();
        tabs.spawn(async move { tab.get("/").await });
    }
    tabs.join_all().await
}

/// Half a minute before the end of a token that was issued now.
pub(crate) fn shortly_before_the_end(site: &TestSite) {
    site.clock
        .advance(Duration::minutes(15) - Duration::seconds(30));
}
