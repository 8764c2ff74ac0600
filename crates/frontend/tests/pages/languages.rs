//! ja or en: the visitor's own choice, else their browser's, else the setting.

use http::{HeaderValue, Method, StatusCode, header};
use proptest::{prelude::ProptestConfig, prop_assert, prop_assert_eq, test_runner::TestRunner};
use serde_json::json;
use tegata_frontend::Language;

use crate::{
    browser::form,
    site::{PASSWORD, TestSite, USERNAME},
};

#[tokio::test]
async fn the_browsers_language_is_spoken() {
    let site = TestSite::start().await;
    for (languages, tag, title) in [
        ("ja", "ja", "<h1>ログイン</h1>"),
        ("ja-JP,ja;q=0.9,en-US;q=0.8", "ja", "<h1>ログイン</h1>"),
        ("en-US,en;q=0.9,ja;q=0.8", "en", "<h1>Sign in</h1>"),
        ("fr, en;q=0.3", "en", "<h1>Sign in</h1>"),
        ("EN", "en", "<h1>Sign in</h1>"),
        ("en;Q=0.1, ja;q=0.9", "ja", "<h1>ログイン</h1>"),
    ] {
        let page = site.browser().reading(languages).get("/login").await;
        assert_eq!(page.language(), tag, "{languages}");
        assert!(page.says(title), "{languages}");
    }
}

#[tokio::test]
async fn without_a_language_of_ours_the_setting_decides() {
    let japanese = TestSite::start().await;
    let english = TestSite::with(|config| config.default_language = Language::English).await;
    for (site, tag) in [(japanese, "ja"), (english, "en")] {
        assert_eq!(site.browser().get("/login").await.language(), tag);
        let french = site.browser().reading("fr-FR,fr;q=0.9,*;q=0.1");
        assert_eq!(french.clone().get("/login").await.language(), tag);
    }
}

#[tokio::test]
async fn the_switch_comes_back_to_the_same_page_and_is_remembered() {
    let site = TestSite::start().await;
    let mut browser = site.browser().reading("ja");
    let address = format!("/login?{}", form(&[("next", "/?page=2")]));
    let page = browser.get(&address).await;

    let fields = [
        ("lang", page.input("/language", "lang")),
        ("next", page.input("/language", "next")),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let answer = browser.submit("/language", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), address);
    let kept_for = answer.set_cookie("tegata_language").unwrap().max_age();
    assert_eq!(kept_for, Some(365 * 24 * 60 * 60));

    let same = browser.get(&address).await;
    assert_eq!(same.language(), "en");
    assert_eq!(same.input("/login", "next"), "/?page=2");
    assert_eq!(same.input("/language", "lang"), "ja");
    browser.sign_in().await;
    assert_eq!(browser.get("/").await.language(), "en");
}

#[tokio::test]
async fn the_switch_on_every_page_leads_back_to_it() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    for address in [
        "/?page=2&x=%E6%89%8B",
        "/register?next=%2F%3Fa",
        "/nothing?a=b&c='d'",
    ] {
        let next = browser.get(address).await.input("/language", "next");
        let fields = [("lang", "ja"), ("next", next.as_str())];
        let answer = browser.submit("/language", &fields).await;
        let back = answer.location().replace("%27", "'");
        assert_eq!(back, address);
    }
}

#[tokio::test]
async fn the_switch_on_a_refused_form_leads_back_to_the_form() {
    let site = TestSite::start().await;
    let fields = [
        ("username", USERNAME),
        ("password", "x"),
        ("next", "/?page=2"),
    ];

    let refused = site.browser().submit("/login", &fields).await;
    assert_eq!(
        refused.input("/language", "next"),
        "/login?next=%2F%3Fpage%3D2"
    );

    site.issuer
        .answers_registrations(409, &json!({"error": "username_taken"}));
    let refused = site.browser().submit("/register", &fields).await;
    assert_eq!(
        refused.input("/language", "next"),
        "/register?next=%2F%3Fpage%3D2"
    );
}

#[tokio::test]
async fn a_choice_outlives_signing_out() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    browser
        .submit("/language", &[("lang", "en"), ("next", "/")])
        .await;

    let answer = browser.submit("/logout", &[]).await;
    let page = browser.follow(answer).await;

    assert_eq!(page.language(), "en");
    assert_eq!(page.notice(), Some("You have signed out."));
}

#[tokio::test]
async fn a_language_that_is_none_of_ours_is_refused_or_ignored() {
    let site = TestSite::start().await;
    for lang in ["", "fr", "JA", "en-US", "../en"] {
        let answer = site.browser().submit("/language", &[("lang", lang)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{lang}");
        assert!(answer.set_cookies().is_empty(), "{lang}");

        let mut browser = site.browser();
        let cookie = ("tegata_language".to_owned(), lang.to_owned());
        browser.cookies.extend([cookie]);
        assert_eq!(browser.get("/login").await.language(), "ja", "{lang}");
    }
}

#[tokio::test]
async fn both_languages_say_the_same_things() {
    let site = TestSite::start().await;
    for (address, ja, en) in [
        ("/login", "ユーザー名", "Username"),
        ("/register", "アカウントを作成", "Create account"),
        ("/nothing", "ページが見つかりません", "Page not found"),
        (
            "/logout",
            "この方法では開けません",
            "This page cannot be opened that way",
        ),
        (
            "/login/done",
            "Cookieが届いていません",
            "Your browser did not send our cookie back",
        ),
    ] {
        assert!(
            site.browser().reading("ja").get(address).await.says(ja),
            "{address}"
        );
        let page = site.browser().reading("en").get(address).await;
        assert!(page.says(en), "{address}");
        assert!(!page.says(ja), "{address}");
    }
    let wrong = site
        .browser()
        .reading("en")
        .submit_login(USERNAME, "x")
        .await;
    assert_eq!(
        wrong.alert(),
        Some("The username or password is not correct.")
    );
    let mut browser = site.browser().reading("en");
    let answer = browser.submit_login(USERNAME, PASSWORD).await;
    assert!(browser.follow(answer).await.says("What services will see"));
}

#[test]
fn no_accept_language_at_all_makes_the_site_stumble() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let site = runtime.block_on(TestSite::start());
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let strategy = "((ja|en|EN|fr|\\*|)(-[A-Z]{2})?(;[qQ]=[-0-9.a-zNI+]{0,8})?[,; ]{0,2}){0,5}|[\\x20-\\x7e\u{80}-\u{ff}]{0,40}";
    TestRunner::new(config)
        .run(&strategy, |languages| {
            let Ok(value) = HeaderValue::from_bytes(languages.as_bytes()) else {
                return Ok(());
            };
            let mut browser = site.browser();
            let request = browser
                .navigation(Method::GET, "/login")
                .header(header::ACCEPT_LANGUAGE, value);
            let page = runtime.block_on(browser.send(request, ""));
            prop_assert_eq!(page.status, StatusCode::OK);
            prop_assert!(["ja", "en"].contains(&page.language()));
            Ok(())
        })
        .unwrap();
}
