//! What the whole thing is for, as a person sees it.

use tegata_mongod::Mongod;

use crate::{
    browser::{Browser, Visitor},
    pair::{PASSWORD, Pair, USERNAME},
};

const EXPIRED_JA: &str = "セッションの有効期限が切れているか無効です。再度ログインしてください。";
const EXPIRED_EN: &str = "Your session has expired or is no longer valid. Please sign in again.";

#[tokio::test]
async fn sign_in_expire_be_told_why_once_sign_in_and_be_back() {
    for (visitor, message) in [
        (Visitor::JAPANESE, EXPIRED_JA),
        (Visitor::ENGLISH, EXPIRED_EN),
    ] {
        the_story(&Pair::start().await, visitor, message).await;
    }
}

#[tokio::test]
async fn the_same_on_mongodb() {
    for server in [Mongod::shared_standalone(), Mongod::shared_replica_set()] {
        the_story(&Pair::start_on(server).await, Visitor::JAPANESE, EXPIRED_JA).await;
    }
}

async fn the_story(pair: &Pair, visitor: Visitor, message: &str) {
    let browser = Browser::open(visitor).await;
    browser
        .goto(&format!("{}/?from=bookmark", pair.pages))
        .await;
    browser.arrive("/login?next=%2F%3Ffrom%3Dbookmark").await;
    assert!(
        !browser.has(".notice").await,
        "a first visit is told nothing"
    );

    browser.sign_in(USERNAME, PASSWORD).await;
    browser.arrive("/?from=bookmark").await;
    let home = browser.text().await;
    assert!(home.contains(USERNAME) && home.contains("editor"), "{home}");

    pair.let_the_token_expire();
    browser.reload().await;
    browser.arrive("/?from=bookmark").await;
    assert!(!browser.has(".notice").await, "nobody notices a refresh");

    pair.let_the_login_expire();
    browser.reload().await;
    browser.arrive("/login?next=%2F%3Ffrom%3Dbookmark").await;
    assert_eq!(browser.text_of(".notice").await, message);
    browser.reload().await;
    assert!(!browser.has(".notice").await, "it is said once");

    browser.sign_in(USERNAME, PASSWORD).await;
    browser.arrive("/?from=bookmark").await;
    browser.close().await;
}

#[tokio::test]
async fn twenty_requests_of_a_page_at_expiry_leave_one_message() {
    let pair = Pair::start().await;
    let browser = Browser::open(Visitor::JAPANESE).await;
    browser.goto(&pair.pages).await;
    browser.sign_in(USERNAME, PASSWORD).await;
    browser.arrive("/").await;
    pair.let_the_login_expire();

    // Images, because the pages' policy lets no script of theirs fetch anything.
    let refused = browser
        .run_async(
            "const done = arguments[0];
             const ask = i => new Promise(answered => {
                 const image = new Image();
                 image.onerror = () => answered('refused');
                 image.onload = () => answered('shown');
                 image.src = '/?part=' + i;
             });
             Promise.all([...Array(20).keys()].map(ask)).then(done);",
        )
        .await;
    assert_eq!(refused, serde_json::json!(vec!["refused"; 20]));

    browser.reload().await;
    assert_eq!(browser.text_of(".notice").await, EXPIRED_JA);
    browser.reload().await;
    assert!(!browser.has(".notice").await);
    browser.close().await;
}

#[tokio::test]
async fn a_wrong_password_keeps_the_name_and_not_the_password() {
    let pair = Pair::start().await;
    let browser = Browser::open(Visitor::ENGLISH).await;
    browser.goto(&pair.pages).await;

    browser.sign_in(USERNAME, "not the password").await;

    browser.wait_for("[role=alert]").await;
    assert_eq!(browser.value_of("#username").await, USERNAME);
    assert_eq!(browser.value_of("#password").await, "");
    browser.type_into("#password", PASSWORD).await;
    browser.click("button.main").await;
    browser.arrive("/").await;
    browser.close().await;
}

#[tokio::test]
async fn after_signing_out_the_back_button_shows_nothing() {
    let pair = Pair::start().await;
    let browser = Browser::open(Visitor::JAPANESE).await;
    browser.goto(&pair.pages).await;
    browser.sign_in(USERNAME, PASSWORD).await;
    browser.arrive("/").await;

    browser.click("form[action='/logout'] button").await;
    browser.arrive("/login").await;
    assert_eq!(browser.text_of(".notice").await, "ログアウトしました。");

    browser.back().await;
    browser.wait_for("#password").await;
    assert!(browser.place().await.starts_with("/login"));
    assert!(!browser.text().await.contains("editor"));
    browser.close().await;
}

#[tokio::test]
async fn everything_works_without_javascript() {
    let pair = Pair::start().await;
    let visitor = Visitor {
        javascript: false,
        ..Visitor::JAPANESE
    };
    let browser = Browser::open(visitor).await;
    browser.goto(&pair.pages).await;
    browser.sign_in(USERNAME, PASSWORD).await;
    browser.wait_for("#countdown").await;
    assert_eq!(browser.text_of("#countdown").await, "15分0秒");

    pair.clock.advance(time::Duration::seconds(61));
    browser.reload().await;
    assert_eq!(
        browser.text_of("#countdown").await,
        "13分59秒",
        "the server prints the time"
    );

    browser.click("form[action='/language'] button").await;
    browser.wait_for("html[lang=en]").await;
    assert_eq!(browser.text_of("#countdown").await, "13 min 59 s");
    browser.click("form[action='/logout'] button").await;
    browser.wait_for("#password").await;
    browser.arrive("/login").await;
    browser.close().await;
}

#[tokio::test]
async fn the_countdown_runs() {
    let pair = Pair::start().await;
    let browser = Browser::open(Visitor::ENGLISH).await;
    browser.goto(&pair.pages).await;
    browser.sign_in(USERNAME, PASSWORD).await;
    browser.arrive("/").await;
    // Nobody gives a fresh one, so that this one is seen to end.
    pair.stop_issuer().await;
    pair.clock
        .advance(crate::pair::TTL - time::Duration::seconds(2));
    browser.reload().await;

    // Two seconds later the page says so by itself.
    browser
        .run_async(
            "const done = arguments[0];
             const says = () => document.querySelector('.expired').textContent
                 ? done(true) : requestAnimationFrame(says);
             says();",
        )
        .await;
    assert!(browser.text_of(".expired").await.contains("expired"));
    browser.close().await;
}

#[tokio::test]
async fn two_tabs_share_one_login_and_neither_throws_the_other_out() {
    let pair = Pair::start().await;
    let browser = Browser::open(Visitor::JAPANESE).await;
    browser.goto(&format!("{}/login", pair.pages)).await;
    browser.open_tab().await;
    browser.goto(&format!("{}/login", pair.pages)).await;
    browser.sign_in(USERNAME, PASSWORD).await;
    browser.arrive("/").await;

    browser.open_tab().await;
    browser
        .goto(&format!("{}/login?next=%2F%3Ftab%3D2", pair.pages))
        .await;

    browser.arrive("/?tab=2").await;

    for _ in 0..3 {
        pair.let_the_token_expire();
        for _tab in 0..3 {
            browser.next_tab().await;
            browser.reload().await;
            let shown = browser.text().await;
            assert!(shown.contains(USERNAME), "{shown}");
        }
    }
    browser.close().await;
}

#[tokio::test]
async fn a_newcomer_registers_and_is_in() {
    let pair = Pair::start().await;
    let browser = Browser::open(Visitor::JAPANESE).await;
    browser.goto(&format!("{}/register", pair.pages)).await;

    browser.type_into("#username", "Ｔａｒｏ").await;
    browser.type_into("#name", "山田 太郎").await;
    browser.type_into("#password", "password").await;
    browser.click("button.main").await;
    browser.wait_for("#password-error").await;
    assert_eq!(browser.value_of("#username").await, "Ｔａｒｏ");

    browser.type_into("#password", "関所を越える道は八つ").await;
    browser.click("button.main").await;
    browser.arrive("/").await;
    assert!(browser.text().await.contains("Ｔａｒｏ"));
    browser.close().await;
}

#[tokio::test]
async fn while_the_issuer_is_down_the_signed_in_work_and_others_are_told() {
    let pair = Pair::start().await;
    let browser = Browser::open(Visitor::JAPANESE).await;
    browser.goto(&pair.pages).await;
    browser.sign_in(USERNAME, PASSWORD).await;
    browser.arrive("/").await;
    pair.stop_issuer().await;

    browser.reload().await;
    assert!(
        browser.text().await.contains(USERNAME),
        "pages keep working"
    );

    browser.click("form[action='/logout'] button").await;
    browser.arrive("/login").await;
    browser.sign_in(USERNAME, PASSWORD).await;
    browser.wait_for("[role=alert]").await;
    let alert = browser.text_of("[role=alert]").await;
    assert!(
        alert.contains("ただいまログインを受け付けられません"),
        "{alert}"
    );
    assert_eq!(browser.value_of("#username").await, USERNAME);
    browser.close().await;
}

#[tokio::test]
async fn no_page_breaks_its_own_content_security_policy() {
    let pair = Pair::start().await;
    let browser = Browser::open(Visitor::JAPANESE).await;
    browser.goto(&format!("{}/login", pair.pages)).await;
    browser.sign_in(USERNAME, PASSWORD).await;
    browser.arrive("/").await;
    for path in ["/", "/register", "/no-such-page"] {
        browser.goto(&format!("{}{path}", pair.pages)).await;
        let styled = browser
            .run("return getComputedStyle(document.querySelector('header.top')).display;")
            .await;
        assert_eq!(styled, "flex", "{path} has its style sheet");
        let outside = browser
            .run(
                "return performance.getEntriesByType('resource')
                    .filter(entry => !entry.name.startsWith(location.origin)).length;",
            )
            .await;
        assert_eq!(outside, 0, "{path} asks nobody else for anything");
    }
    browser.close().await;
}
