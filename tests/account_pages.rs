//! The account pages in a real browser: what scripts add, and that nothing is missing without them.

use crate::{
    browser::{Browser, Visitor},
    pair::{PASSWORD, Pair, USERNAME},
};

const NEW_PASSWORD: &str = "関所を越える道は八つ";

async fn signed_in(pair: &Pair, visitor: Visitor, page: &str) -> Browser {
    let browser = Browser::open(visitor).await;
    browser.goto(&format!("{}{page}", pair.pages)).await;
    browser.sign_in(USERNAME, PASSWORD).await;
    browser.arrive(page).await;
    browser
}

#[tokio::test]
async fn a_password_changed_in_one_browser_is_told_in_the_other() {
    let pair = Pair::start().await;
    let here = signed_in(&pair, Visitor::JAPANESE, "/account/password").await;
    let there = signed_in(&pair, Visitor::ENGLISH, "/account").await;

    for (typed, rules, so_far) in [
        ("関所", ["unmet", "met", "met"], "2文字、72バイト中6バイト"),
        (
            "関所を越える道は八つあってどれも遠い。急げ旅人よ",
            ["met", "met", "met"],
            "24文字、72バイト中72バイト",
        ),
        (
            "関所を越える道は八つあってどれも遠い。急げ旅人よ!",
            ["met", "unmet", "met"],
            "25文字、72バイト中73バイト",
        ),
        (
            "Ｈanako",
            ["unmet", "met", "unmet"],
            "6文字、72バイト中8バイト",
        ),
        (
            NEW_PASSWORD,
            ["met", "met", "met"],
            "10文字、72バイト中30バイト",
        ),
    ] {
        here.type_into("#new_password", typed).await;
        for (rule, state) in ["shortest", "longest", "own"].into_iter().zip(rules) {
            let css = format!("[data-rule={rule}][data-state={state}]");
            assert!(here.has(&css).await, "{typed}: {css}");
        }
        let counted = here.text_of("#so-far").await;
        assert!(counted.contains(so_far), "{typed}: {counted}");
    }
    here.type_into("#current_password", PASSWORD).await;
    // A double click.
    here.run("const form = document.querySelector('main form'); form.requestSubmit(); form.requestSubmit();")
        .await;
    here.arrive("/account").await;
    assert_eq!(
        here.text_of(".notice").await,
        "パスワードを変更し、ほかの1か所からログアウトしました。"
    );

    there.reload().await;
    there.arrive("/login?next=%2Faccount").await;
    let told = there.text_of(".notice").await;
    assert!(told.starts_with("Your password was changed."), "{told}");
    there.sign_in(USERNAME, NEW_PASSWORD).await;
    there.arrive("/account").await;
    here.close().await;
    there.close().await;
}

#[tokio::test]
async fn without_scripts_sessions_are_seen_and_ended() {
    let pair = Pair::start().await;
    let no_scripts = Visitor {
        javascript: false,
        ..Visitor::ENGLISH
    };
    let here = signed_in(&pair, no_scripts, "/account/sessions").await;
    let there = signed_in(&pair, Visitor::JAPANESE, "/account/sessions").await;
    let listed = there.text_of(".places-list").await;
    assert!(listed.contains("この端末"), "{listed}");
    assert!(
        !listed.contains("UTC"),
        "in the visitor's own time: {listed}"
    );

    here.reload().await;
    let listed = here.text_of(".places-list").await;
    assert_eq!(listed.matches("Chrome on Linux\n").count(), 2, "{listed}");
    assert_eq!(listed.matches("This device\n").count(), 1, "{listed}");
    assert!(listed.contains("UTC"), "{listed}");
    here.click("form[action='/account/sessions'] button").await;
    here.wait_for(".notice").await;
    assert_eq!(
        here.text_of(".notice").await,
        "That session has been signed out."
    );
    assert!(here.text().await.contains("You are signed in only here."));

    there.reload().await;
    there.arrive("/login?next=%2Faccount%2Fsessions").await;
    let told = there.text_of(".notice").await;
    assert!(told.starts_with("ほかの端末での操作により"), "{told}");

    here.goto(&format!("{}/account/password", pair.pages)).await;
    here.type_into("#current_password", "not this one").await;
    here.type_into("#new_password", NEW_PASSWORD).await;
    here.click("main button.main").await;
    here.wait_for("#current_password-error").await;
    assert_eq!(
        here.text_of("#current_password-error").await,
        "This is not your current password."
    );
    here.close().await;
    there.close().await;
}
