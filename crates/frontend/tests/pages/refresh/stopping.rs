//! A frontend that stops finishes what it has begun.

use std::time::Duration as Limit;

use http::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, redirect};
use tokio::{sync::oneshot, time::timeout};

use super::{seconds_left, shortly_before_the_end};
use crate::{
    browser::form,
    site::{PASSWORD, TestSite, USERNAME},
};

const LIMIT: Limit = Limit::from_secs(20);

#[tokio::test]
async fn a_stop_waits_for_a_refresh_that_nobody_waits_for() {
    let site = TestSite::start().await;
    let frontend = site.on_a_port().await;
    let pages = format!("http://{}", frontend.address());
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(frontend.run(async {
        let _ = stopped.await;
    }));
    let client = Client::builder().redirect(redirect::Policy::none());
    let client = client.build().unwrap();
    let fields = form(&[("username", USERNAME), ("password", PASSWORD)]);
    let login = client
        .post(format!("{pages}/login"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(fields);
    let answer = login.send().await.unwrap();
    assert_eq!(answer.headers()[LOCATION], "/login/done");
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    shortly_before_the_end(&site);
    site.issuer.holds_refreshes();
    let page = client.get(&pages).header(COOKIE, &cookie).send();
    assert_eq!(page.await.unwrap().status(), 200);
    drop(client);

    stop.send(()).unwrap();
    let mut running = running;
    let early = timeout(Limit::from_millis(300), &mut running).await;
    assert!(early.is_err(), "it stopped before the issuer had answered");
    site.issuer.releases_refreshes();
    timeout(LIMIT, running).await.unwrap().unwrap().unwrap();

    // The fresh tokens are in the record.
    let (name, value) = cookie.split_once('=').unwrap();
    let mut browser = site.browser();
    browser.cookies.insert(name.to_owned(), value.to_owned());
    assert_eq!(seconds_left(&browser.get("/").await), 15 * 60);
    assert_eq!(site.issuer.refreshes(), 1);
}
