//! `/account/sessions`: where somebody is signed in, and an end to that.

use http::StatusCode;
use serde_json::json;
use time::Duration;

use super::sign_in_from;
use crate::{browser::Page, site::TestSite};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const ONLY_HERE: &str = "ログインしているのは、この端末だけです。";

/// One entry of the list, from its heading on.
fn entries(page: &Page) -> Vec<&str> {
    let list = page.body.split("<li class=\"door").skip(1);
    list.map(|entry| entry.split("</li>").next().unwrap())
        .collect()
}

#[tokio::test]
async fn every_session_is_listed_and_this_one_comes_first() {
    let site = TestSite::start().await;
    let mut laptop = site.browser();
    sign_in_from(&mut laptop, FIREFOX, [203, 0, 113, 9]).await;
    site.clock.advance(Duration::minutes(5));
    let mut phone = site.browser();
    sign_in_from(&mut phone, IPHONE, [198, 51, 100, 7]).await;

    let page = laptop.get("/account/sessions").await;

    assert_eq!(page.status, StatusCode::OK);
    let entries = entries(&page);
    assert_eq!(entries.len(), 2);
    let (here, there) = (entries[0], entries[1]);
    assert!(here.contains("<h2>Firefox（Linux）</h2>"), "{here}");
    assert!(here.contains("<p class=\"mark\">この端末</p>"), "{here}");
    assert!(here.contains("<dd>203.0.113.9</dd>"), "{here}");
    assert!(here.contains(">5分前</time>"), "{here}");
    assert!(here.contains("action=\"/logout\""), "{here}");
    assert!(there.contains("<h2>Safari（iPhone）</h2>"), "{there}");
    assert!(!there.contains("この端末"), "{there}");
    assert!(there.contains("<dd>198.51.100.7</dd>"), "{there}");
    assert!(there.contains(">たったいま</time>"), "{there}");
    assert!(there.contains("action=\"/account/sessions\""), "{there}");
    assert!(
        there.contains("<span class=\"unseen\"> (Safari（iPhone）, 198.51.100.7)</span>"),
        "a screen reader tells the buttons apart: {there}"
    );
}

#[tokio::test]
async fn times_are_said_as_people_say_them() {
    let site = TestSite::start().await;
    let mut browser = site.browser().reading("en");
    browser.sign_in().await;
    let now = "2026-11-21T12:00:00Z";
    let now = time::OffsetDateTime::parse(now, &time::format_description::well_known::Rfc3339);
    site.clock.set(now.unwrap());
    for (used, shown) in [
        ("2026-11-21T12:00:30Z", "just now"),
        ("2026-11-21T11:59:01Z", "just now"),
        ("2026-11-21T11:01:00.25Z", "58 min ago"),
        ("2026-11-21T11:00:00Z", "1 h ago"),
        ("2026-11-20T12:01:00Z", "23 h ago"),
        ("2026-11-20T12:00:00Z", "2026-11-20 12:00 UTC"),
    ] {
        let session = json!({"id": "s", "current": true, "created_at": used, "last_used_at": used,
            "ends_at": used, "address": null, "user_agent": null});
        site.issuer
            .answers("list_sessions", 200, &json!({"sessions": [session]}));
        let page = browser.get("/account/sessions").await;
        assert!(
            page.says(&format!(">{shown}</time>")),
            "{used}: {}",
            page.body
        );
    }
}

#[tokio::test]
async fn what_nobody_knows_stays_unknown() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;

    let page = browser.get("/account/sessions").await;

    assert!(page.says("<h2>不明なブラウザー</h2>"));
    assert!(page.says("<dd>アドレス不明</dd>"));
}

#[tokio::test]
async fn a_name_that_a_browser_gives_itself_is_never_markup() {
    let site = TestSite::start().await;
    for name in ["<script>alert(1)</script>", "Mozilla/5.0 <b>Firefox/1</b>"] {
        sign_in_from(&mut site.browser(), name, [203, 0, 113, 9]).await;
    }
    let page = site.signed_in().await.get("/account/sessions").await;
    assert!(!page.says("<script>alert") && !page.says("<b>"));
}

#[tokio::test]
async fn one_session_is_ended() {
    let site = TestSite::start().await;
    let mut phone = site.signed_in().await;
    for (language, ended, over) in [
        (
            "ja",
            "その端末からログアウトしました。",
            "その端末は、すでにログアウトしていました。",
        ),
        (
            "en",
            "That session has been signed out.",
            "That session was over already.",
        ),
    ] {
        site.issuer.ends_all_sessions("signed_out");
        phone.open("/account").await;
        phone.sign_in().await;
        let mut laptop = site.browser().reading(language);
        laptop.sign_in().await;
        let id = laptop
            .get("/account/sessions")
            .await
            .input("/account/sessions", "id");

        let answer = laptop.submit("/account/sessions", &[("id", &id)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.location(), "/account/sessions");
        let page = laptop.follow(answer).await;
        assert_eq!(page.notice(), Some(ended));
        assert_eq!(entries(&page).len(), 1);
        let again = laptop.submit("/account/sessions", &[("id", &id)]).await;
        assert_eq!(laptop.follow(again).await.notice(), Some(over));

        let page = phone.open("/account").await;
        let notice = page.notice().unwrap();
        assert!(notice.contains("ほかの端末での操作により"), "{notice}");
        assert_eq!(laptop.get("/account").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn all_others_are_ended_at_once() {
    let site = TestSite::start().await;
    let mut laptop = site.signed_in().await;
    let mut phone = site.signed_in().await;
    site.signed_in().await;
    let page = laptop.get("/account/sessions").await;
    assert!(page.says("name=\"sessions\" value=\"others\""));
    assert!(page.says("name=\"next\" value=\"/account/sessions\""));

    let fields = [("sessions", "others"), ("next", "/account/sessions")];
    let answer = laptop.submit("/logout", &fields).await;
    assert_eq!(answer.location(), "/account/sessions");
    let page = laptop.follow(answer).await;

    assert_eq!(page.notice(), Some("ほかの端末からログアウトしました。"));
    assert_eq!(entries(&page).len(), 1);
    assert!(page.says(ONLY_HERE));
    assert!(!page.says("value=\"others\""), "nothing is left to end");
    assert_eq!(phone.get("/account").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn alone_somebody_is_told_so() {
    let site = TestSite::start().await;
    let mut browser = site.browser().reading("en");
    browser.sign_in().await;
    let page = browser.get("/account/sessions").await;
    assert!(page.says("You are signed in only here."));
    assert!(page.says("This device"));
    assert!(!page.says("Sign out all others"));
}

#[tokio::test]
async fn what_is_no_session_id_is_not_asked_for() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let asked = site.issuer.requests();
    let long = "x".repeat(65);
    for id in ["", "../password", "a/b", "a?b=c", "%2e%2e", "é", &long] {
        let page = browser.submit("/account/sessions", &[("id", id)]).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{id}");
        assert!(page.is_page());
    }
    assert_eq!(site.issuer.requests(), asked);
}
