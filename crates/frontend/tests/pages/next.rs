//! Where to go after signing in: a page of this site, or home.

use http::StatusCode;

use crate::{
    browser::form,
    site::{PASSWORD, TestSite, USERNAME},
};

const LEADING_AWAY: &[&str] = &[
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "https:evil.example",
    "HTTPS:/evil.example",
    "javascript:alert(document.domain)",
    "data:text/html,x",
    "/%2fevil.example",
    "/%5cevil.example",
    "%2f%2fevil.example",
    "/\t/evil.example",
    "/\r\n/evil.example",
    "/a\u{0}b",
    "/a\u{7f}b",
    "/.//evil.example",
    "/a/..//evil.example",
    "/.%2e//evil.example",
    "evil.example",
    "@evil.example",
    "?next=//evil.example",
    "/login",
    "/logout",
    "/login/done",
];

#[tokio::test]
async fn whatever_leads_away_is_home_wherever_it_is_asked() {
    let site = TestSite::start().await;
    let mut signed_in = site.signed_in().await;
    for asked in LEADING_AWAY {
        let query = form(&[("next", asked)]);

        let form_page = site.browser().get(&format!("/login?{query}")).await;
        assert_eq!(form_page.input("/login", "next"), "/", "{asked:?}");
        assert!(!form_page.says("evil"), "{asked:?}");

        let fields = [
            ("username", USERNAME),
            ("password", PASSWORD),
            ("next", asked),
        ];
        let sent = site.browser().submit("/login", &fields).await;
        assert_eq!(sent.location(), "/login/done", "{asked:?}");

        let done = signed_in.get(&format!("/login/done?{query}")).await;
        assert_eq!(done.location(), "/", "{asked:?}");
        let skipped = signed_in.get(&format!("/login?{query}")).await;
        assert_eq!(skipped.location(), "/", "{asked:?}");
    }
}

#[tokio::test]
async fn registration_leads_no_further_away() {
    let site = TestSite::start().await;
    for (number, asked) in LEADING_AWAY.iter().enumerate() {
        let page = site
            .browser()
            .get(&format!("/register?{}", form(&[("next", asked)])))
            .await;
        assert_eq!(page.input("/register", "next"), "/", "{asked:?}");

        let username = format!("taro{number}");
        let fields = [
            ("username", username.as_str()),
            ("password", "kaze-no-toorimichi"),
            ("next", asked),
        ];
        let sent = site.browser().submit("/register", &fields).await;
        assert_eq!(sent.location(), "/login/done", "{asked:?}");
    }
}

#[tokio::test]
async fn the_language_switch_leads_no_further_away() {
    let site = TestSite::start().await;
    for asked in LEADING_AWAY
        .iter()
        .filter(|asked| !asked.starts_with("/log"))
    {
        let fields = [("lang", "en"), ("next", asked)];
        let sent = site.browser().submit("/language", &fields).await;
        assert_eq!(sent.location(), "/", "{asked:?}");
    }
}

#[tokio::test]
async fn a_page_of_this_site_is_kept_on_the_way_through_the_forms() {
    let site = TestSite::start().await;
    let asked = "/?q=手形&\"quoted\"=<b>";
    let kept = "/?q=%E6%89%8B%E5%BD%A2&%22quoted%22=%3Cb%3E";
    let mut browser = site.browser();

    let login = browser
        .get(&format!("/login?{}", form(&[("next", asked)])))
        .await;
    assert_eq!(login.input("/login", "next"), kept);
    assert!(!login.says("<b>"));
    let carried = form(&[("next", kept)]);
    assert!(
        login.says(&format!("href=\"/register?{carried}\"")),
        "{}",
        login.body
    );

    let fields = [
        ("username", USERNAME),
        ("password", PASSWORD),
        ("next", asked),
    ];
    let answer = browser.submit("/login", &fields).await;
    assert_eq!(browser.get(answer.location()).await.location(), kept);
    assert_eq!(browser.get(kept).await.status, StatusCode::OK);
}

#[tokio::test]
async fn asked_for_twice_it_is_refused_with_a_page() {
    let site = TestSite::start().await;
    for address in [
        "/login?next=/&next=//evil.example",
        "/register?next=/&next=/",
        "/login/done?next=/&next=/",
    ] {
        let page = site.browser().get(address).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{address}");
        assert!(page.is_page(), "{address}: {}", page.body);
        assert!(page.says("リクエストを読み取れませんでした"), "{address}");
    }
}

#[tokio::test]
async fn a_query_that_is_garbage_does_no_harm() {
    let site = TestSite::start().await;
    for query in [
        "next",
        "next=",
        "next=%",
        "next=%zz",
        "next=%ff%fe",
        "&&&",
        "=",
        "a=b&c",
    ] {
        let page = site.browser().get(&format!("/login?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert_eq!(page.input("/login", "next"), "/", "{query}");
    }
}
