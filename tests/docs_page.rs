//! The API's own page, tried by a person.

use crate::{
    browser::{Browser, Visitor},
    pair::{PASSWORD, Pair, USERNAME},
};

#[tokio::test]
async fn authorize_on_the_docs_page_and_ask_who_am_i() {
    let pair = Pair::start().await;
    let browser = Browser::open(Visitor::ENGLISH).await;
    browser.goto(&format!("{}/docs", pair.api)).await;

    browser.wait_for("button.authorize").await;
    browser.click("button.authorize").await;
    browser.wait_for("#oauth_username").await;
    browser.type_into("#oauth_username", USERNAME).await;
    browser.type_into("#oauth_password", PASSWORD).await;
    browser.click(".modal-ux button.authorize").await;
    browser.wait_for(".modal-ux button.btn-done").await;
    browser.click(".modal-ux button.btn-done").await;
    browser.wait_for("button.authorize.locked").await;

    browser
        .click("#operations-users-show .opblock-summary-control")
        .await;
    browser
        .wait_for("#operations-users-show button.execute")
        .await;
    browser.click("#operations-users-show button.execute").await;
    browser
        .wait_for("#operations-users-show .live-responses-table .response")
        .await;

    let answer = browser
        .text_of("#operations-users-show .live-responses-table")
        .await;
    assert!(
        answer.contains("200") && answer.contains(USERNAME),
        "{answer}"
    );
    browser.close().await;
}
