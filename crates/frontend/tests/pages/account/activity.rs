//! What happened to the account, on its own page and on the account's.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Value, json};

use crate::{browser::Page, site::TestSite};

const KINDS: [&str; 17] = [
    "login",
    "login_failed",
    "login_throttled",
    "refresh",
    "refresh_reused",
    "logout",
    "sessions_ended",
    "password_changed",
    "user_added",
    "users_imported",
    "user_changed",
    "user_disabled",
    "user_enabled",
    "user_unblocked",
    "user_deleted",
    "client_added",
    "client_removed",
];
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0";

fn event(kind: &str, session: &str) -> Value {
    json!({"id": "1", "at": "2026-11-20T08:15:59.5Z", "kind": kind, "session": session,
        "address": "203.0.113.9", "user_agent": FIREFOX})
}

/// What the lines say happened.
fn lines(page: &Page) -> Vec<&str> {
    let lines = page.body.split("<p class=\"what\"><strong>").skip(1);
    lines
        .map(|line| line.split("</strong>").next().unwrap())
        .collect()
}

#[tokio::test]
async fn every_kind_has_words_of_its_own_in_both_languages() {
    let site = TestSite::start().await;
    let all = KINDS.iter().map(|kind| event(kind, "s")).collect();
    site.issuer.notes(all, None);
    let mut words = BTreeSet::new();
    for language in ["ja", "en"] {
        let mut browser = site.browser().reading(language);
        browser.sign_in().await;
        let page = browser.get("/account/activity").await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(lines(&page).len(), KINDS.len());
        words.extend(lines(&page).into_iter().map(str::to_owned));
        for kind in KINDS {
            assert!(!page.says(&format!("<code>{kind}</code>")), "{kind}");
        }
    }
    assert_eq!(words.len(), 2 * KINDS.len(), "{words:?}");
}

#[tokio::test]
async fn a_line_says_what_when_where_and_why() {
    let site = TestSite::start().await;
    let mut ended = event("sessions_ended", "s");
    ended["cause"] = "ended_by_admin".into();
    site.issuer.notes(vec![ended], None);
    for (language, texts) in [
        (
            "ja",
            [
                "端末からログアウトさせました",
                "管理者の操作",
                "Firefox（Linux）",
            ],
        ),
        (
            "en",
            [
                "Sessions were signed out",
                "by an administrator",
                "Firefox on Linux",
            ],
        ),
    ] {
        let mut browser = site.browser().reading(language);
        browser.sign_in().await;
        for address in ["/account", "/account/activity"] {
            let page = browser.get(address).await;
            for text in texts {
                assert!(page.says(text), "{address}: {text}");
            }
            assert!(page.says("203.0.113.9"), "{address}");
            let time =
                "<time datetime=\"2026-11-20T08:15:59.5Z\" data-local>2026-11-20 08:15 UTC</time>";
            assert!(page.says(time), "{address}");
        }
    }
}

#[tokio::test]
async fn causes_are_words_not_codes() {
    let site = TestSite::start().await;
    let of = |kind: &str, cause: &str, by: &str| {
        let mut event = event(kind, "s");
        (event["cause"], event["by"]) = (cause.into(), by.into());
        event
    };
    let mut many = of("sessions_ended", "password_changed", "you");
    many["count"] = 3.into();
    let mut one = of("sessions_ended", "ended_by_admin", "administrator");
    one["count"] = 1.into();
    let events = vec![
        of("user_changed", "name email shoe_size", "you"),
        of("user_changed", "roles", "administrator"),
        of("login_failed", "wrong_password", "nobody"),
        many,
        one,
    ];
    site.issuer.notes(events, None);
    for (language, expected) in [
        (
            "ja",
            [
                "表示名、メールアドレス",
                "ロール|管理者の操作",
                "パスワードの誤り",
                "3件|パスワード変更のため",
                "管理者の操作",
            ],
        ),
        (
            "en",
            [
                "Display name, Email",
                "Roles|by an administrator",
                "wrong password",
                "3 sessions|because the password was changed",
                "by an administrator",
            ],
        ),
    ] {
        let mut browser = site.browser().reading(language);
        browser.sign_in().await;
        let page = browser.get("/account/activity").await;
        let lines = page.body.split("<p class=\"what\">").skip(1);
        let details = lines.map(|line| {
            let line = line.split("</p>").next().unwrap();
            let spans = line.split("<span").skip(1);
            let texts = spans.map(|span| span.split(['>', '<']).nth(1).unwrap());
            texts.collect::<Vec<_>>().join("|")
        });
        assert_eq!(details.collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn what_may_have_been_somebody_else_stands_out() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    for (kind, alarming) in [
        ("login_failed", true),
        ("refresh_reused", true),
        ("login", false),
    ] {
        site.issuer.notes(vec![event(kind, "s")], None);
        let page = browser.get("/account/activity").await;
        assert_eq!(page.says("<li class=\"alarming\">"), alarming, "{kind}");
    }
}

#[tokio::test]
async fn a_kind_of_tomorrow_is_shown_kindly() {
    let site = TestSite::start().await;
    let mut nasty = event("<b>x</b>", "s");
    nasty["cause"] = "cause_of_tomorrow".into();
    let mut bare = event("passkey_added", "s");
    for name in ["session", "address", "user_agent"] {
        bare[name] = Value::Null;
    }
    site.issuer.notes(vec![bare, nasty], None);
    for (language, words) in [("ja", "そのほかの出来事"), ("en", "Something else")] {
        let mut browser = site.browser().reading(language);
        browser.sign_in().await;
        let page = browser.get("/account/activity").await;
        assert_eq!(lines(&page), [words, words]);
        assert!(page.says("<code>passkey_added</code>"));
        assert!(!page.says("<b>") && !page.says("&#60;b"), "no code of ours");
    }
}

#[tokio::test]
async fn a_session_that_goes_on_is_one_line() {
    let site = TestSite::start().await;
    let events = ["login", "refresh", "refresh", "refresh", "login"]
        .map(|kind| event(kind, "one"))
        .into_iter()
        .chain([event("refresh", "one"), event("refresh", "two")])
        .collect();
    site.issuer.notes(events, None);
    let mut browser = site.browser().reading("en");
    browser.sign_in().await;

    let page = browser.get("/account/activity").await;

    let kept = "Stayed signed in";
    assert_eq!(lines(&page), ["Signed in", kept, "Signed in", kept, kept]);
    assert_eq!(page.body.matches("3 times").count(), 1);
    assert_eq!(page.body.matches("class=\"times\"").count(), 1);
}

#[tokio::test]
async fn devices_that_stay_signed_in_side_by_side_hide_nothing_else() {
    let site = TestSite::start().await;
    let renewals = ["laptop", "phone"].repeat(6);
    let mut events: Vec<Value> = renewals.iter().map(|one| event("refresh", one)).collect();
    events.push(event("password_changed", "laptop"));
    site.issuer.notes(events, None);
    let mut browser = site.browser().reading("en");
    browser.sign_in().await;

    let kept = "Stayed signed in";
    for address in ["/account", "/account/activity"] {
        let page = browser.get(address).await;
        assert_eq!(lines(&page), [kept, kept, "Password changed"], "{address}");
        assert_eq!(page.body.matches("6 times").count(), 2, "{address}");
    }
}

#[tokio::test]
async fn the_account_page_shows_the_latest_and_links_to_all() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer.notes(vec![event("login", "s"); 9], None);
    let page = browser.get("/account").await;
    assert_eq!(lines(&page).len(), 6);
    assert!(page.says("href=\"/account/activity\">すべての利用履歴</a>"));

    site.issuer.notes(Vec::new(), None);
    for address in ["/account", "/account/activity"] {
        assert!(browser.get(address).await.says("まだ記録がありません。"));
    }
}

#[tokio::test]
async fn older_events_are_a_link_away() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer.notes(vec![event("login", "s")], Some("a&b=c"));

    let first = browser.get("/account/activity").await;
    assert!(first.says("href=\"/account/activity?before=a%26b%3Dc\""));
    assert!(!first.says("最新に戻る"));

    site.issuer.notes(vec![event("login", "s")], None);
    let last = browser.get("/account/activity?before=a%26b%3Dc").await;
    assert_eq!(site.issuer.was_asked_before().as_deref(), Some("a&b=c"));
    assert!(last.says("最新に戻る"));
    assert!(!last.says("さらに前"));
    assert_eq!(
        last.input("/language", "next"),
        "/account/activity?before=a%26b%3Dc"
    );
}

#[tokio::test]
async fn a_cursor_that_the_issuer_does_not_know_is_not_found() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.issuer
        .answers("events", 422, &json!({"error": "invalid_request"}));
    let page = browser.get("/account/activity?before=garbage").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.is_page());
}

#[tokio::test]
async fn a_cursor_that_is_none_is_a_bad_request() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let asked = site.issuer.requests();
    let long = format!("before={}", "x".repeat(129));
    for query in ["before=", "before=1&before=2", &long] {
        let page = browser.get(&format!("/account/activity?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(page.is_page());
    }
    assert_eq!(site.issuer.requests(), asked);
}
