//! What every page has in common, and the pages for what went wrong.

use http::{Method, StatusCode, header};

use crate::{
    browser::{Page, form},
    site::{PASSWORD, TestSite, USERNAME},
    stub_issuer::OTHER_SECRET,
};

#[tokio::test]
async fn an_unknown_address_is_not_found_for_everybody() {
    let site = TestSite::start().await;
    for browser in [&mut site.browser(), &mut site.signed_in().await] {
        for address in [
            "/nothing",
            "/login/",
            "/login/x",
            "/account/",
            "/account/x",
            "//",
            "/health",
            "/%ff",
        ] {
            let page = browser.get(address).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{address}");
            assert!(page.is_page(), "{address}");
            assert!(page.says("ページが見つかりません"), "{address}");
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_a_page_that_names_the_right_ones() {
    let site = TestSite::start().await;
    for (method, address, allowed) in [
        (Method::GET, "/logout", "POST"),
        (Method::GET, "/language", "POST"),
        (Method::PUT, "/login", "GET,HEAD,POST"),
        (Method::DELETE, "/register", "GET,HEAD,POST"),
        (Method::POST, "/login/done", "GET,HEAD"),
        (Method::POST, "/", "GET,HEAD"),
        (Method::DELETE, "/", "GET,HEAD"),
    ] {
        let mut browser = site.browser();
        let request = browser.navigation(method.clone(), address);
        let page = browser.send(request, "").await;
        assert_eq!(
            page.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{method} {address}"
        );
        assert_eq!(page.header("allow"), Some(allowed), "{method} {address}");
        assert!(page.is_page(), "{method} {address}");
        assert!(page.says("この方法では開けません"), "{method} {address}");
    }
}

#[tokio::test]
async fn a_program_is_told_the_same_in_json() {
    let site = TestSite::start().await;
    let answer = site.browser().fetch("/nothing").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.json()["error"], "not_found");

    let answer = site.browser().fetch("/logout").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), Some("POST"));
    assert_eq!(answer.json()["error"], "method_not_allowed");
}

#[tokio::test]
async fn a_field_sent_twice_is_refused() {
    let site = TestSite::start().await;
    let fields = [
        ("username", USERNAME),
        ("password", PASSWORD),
        ("password", "x"),
    ];
    for address in ["/login", "/register", "/language"] {
        let page = site.browser().submit(address, &fields).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{address}");
        assert!(page.is_page(), "{address}");
        assert!(page.says("リクエストを読み取れませんでした"), "{address}");
    }
    assert_eq!(site.issuer.requests(), 0);
}

#[tokio::test]
async fn a_body_past_64_kib_is_too_large() {
    let site = TestSite::start().await;
    for address in ["/login", "/register", "/language"] {
        let mut browser = site.browser();
        let name = "x".repeat(64 * 1024);
        let page = browser.submit(address, &[("username", &name)]).await;
        assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE, "{address}");
        assert!(page.is_page(), "{address}");
        assert!(page.says("送信内容が大きすぎます"), "{address}");
    }
    let name = "x".repeat(64 * 1024 - "username=".len());
    let page = site
        .browser()
        .submit("/login", &[("username", &name)])
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "just fits");
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let site = TestSite::start().await;
    for kind in [
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
    ] {
        let mut browser = site.browser();
        let mut request = browser.form_request("/login");
        let headers = request.headers_mut().unwrap();
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        let page = browser.send(request, "{\"username\":{\"$ne\":null}}").await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{kind}");
        assert!(page.is_page(), "{kind}");
    }
    assert_eq!(site.issuer.requests(), 0);
}

#[tokio::test]
async fn nothing_that_was_typed_comes_back_unescaped() {
    let site = TestSite::start().await;
    let nasty = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";
    let encoded = "\"'%3e%3cscript%3ealert(1)%3c/script%3e";
    let in_query = form(&[("next", &format!("/?q={nasty}"))]);

    let mut pages = vec![
        site.browser().submit_login(nasty, "wrong").await,
        site.browser().get(&format!("/login?{in_query}")).await,
        site.browser().get(&format!("/register?{in_query}")).await,
        site.browser().get(&format!("/{encoded}")).await,
        site.browser()
            .get("/nothing?q='onmouseover='alert(1)")
            .await,
    ];
    let fields = [("username", nasty), ("password", ""), ("next", nasty)];
    pages.push(site.browser().submit("/login", &fields).await);

    for page in pages {
        assert!(page.is_page());
        assert!(!page.says("<script>alert"), "{}", page.body);
        assert!(!page.says("<img src=x"), "{}", page.body);
        assert!(!page.says("'onmouseover"), "{}", page.body);
        assert_plain_markup(&page);
    }
}

#[tokio::test]
async fn every_page_is_private_and_runs_nothing_inline() {
    let site = TestSite::start().await;
    for (name, page) in every_page(&site).await {
        assert!(page.is_page(), "{name}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{name}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'"), "{name}");
        assert!(policy.contains("frame-ancestors 'none'"), "{name}");
        assert!(policy.contains("base-uri 'none'"), "{name}");
        assert!(policy.contains("form-action 'self'"), "{name}");
        assert!(!policy.contains("unsafe"), "{name}");
        assert!(!policy.contains("http"), "{name}");
        assert_eq!(
            page.header("x-content-type-options"),
            Some("nosniff"),
            "{name}"
        );
        assert_eq!(page.header("x-frame-options"), Some("DENY"), "{name}");
        assert_eq!(
            page.header("referrer-policy"),
            Some("same-origin"),
            "{name}"
        );
        assert_plain_markup(&page);
    }
}

#[tokio::test]
async fn every_page_is_whole_in_both_languages() {
    let site = TestSite::start().await;
    for (name, page) in every_page(&site).await {
        assert_eq!(page.language(), "ja", "{name}");
        assert!(page.body.trim_end().ends_with("</html>"), "{name}");
        assert!(page.says("<title>"), "{name}");
        assert!(page.says("name=\"viewport\""), "{name}");
        assert_eq!(page.body.matches("<h1>").count(), 1, "{name}");
        assert_eq!(page.body.matches("<main").count(), 1, "{name}");
        assert_eq!(page.input("/language", "lang"), "en", "{name}");
    }
}

#[tokio::test]
async fn a_weak_secret_is_said_on_every_page_and_a_strong_one_on_none() {
    let weak = TestSite::with(|config| config.weak_secret = true).await;
    for (name, page) in every_page(&weak).await {
        assert!(page.says("開発専用の設定で動いています"), "{name}");
    }
    let strong = TestSite::start().await;
    for (name, page) in every_page(&strong).await {
        assert!(!page.says("開発専用の設定で動いています"), "{name}");
    }
}

#[tokio::test]
async fn a_page_that_answers_a_form_offers_only_links_that_work() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    let mut request = browser.form_request("/logout");
    let headers = request.headers_mut().unwrap();
    headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    let refused = browser.send(request, "").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    let next = refused.input("/language", "next");
    let fields = [("lang", "en"), ("next", next.as_str())];
    let switched = browser.submit("/language", &fields).await;
    let landed = browser.follow(switched).await;

    assert_eq!(landed.status, StatusCode::OK, "{next}");
}

#[tokio::test]
async fn the_host_header_steers_no_link() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    for address in ["/", "/login", "/nothing"] {
        let mut request = browser.navigation(Method::GET, address);
        let headers = request.headers_mut().unwrap();
        headers.insert(header::HOST, "evil.example".parse().unwrap());
        headers.insert("x-forwarded-host", "evil.example".parse().unwrap());
        let page = browser.send(request, "").await;
        assert!(!format!("{page:?}").contains("evil"), "{address}");
    }
}

/// One of each kind.
async fn every_page(site: &TestSite) -> Vec<(&'static str, Page)> {
    let mut stranger = site.browser();
    let mut pages = vec![
        ("login", stranger.get("/login").await),
        ("login again", stranger.submit_login(USERNAME, "x").await),
        ("register", stranger.get("/register").await),
        ("register again", {
            site.issuer
                .answers_registrations(409, "{\"error\":\"username_taken\"}");
            stranger.submit("/register", &[("username", "x")]).await
        }),
        ("home", site.signed_in().await.get("/").await),
        ("account", site.signed_in().await.get("/account").await),
        ("password", {
            site.signed_in().await.get("/account/password").await
        }),
        ("sessions", {
            site.signed_in().await.get("/account/sessions").await
        }),
        ("activity", {
            site.signed_in().await.get("/account/activity").await
        }),
        (
            "delete",
            site.signed_in().await.get("/account/delete").await,
        ),
        ("not found", stranger.get("/nothing").await),
        ("wrong method", stranger.get("/logout").await),
        ("bad request", stranger.submit("/language", &[]).await),
        ("cookies blocked", stranger.get("/login/done").await),
        ("too large", {
            let name = "x".repeat(64 * 1024);
            stranger.submit("/login", &[("username", &name)]).await
        }),
        ("other secret", {
            site.issuer.signs_with(OTHER_SECRET);
            let page = stranger.submit_login(USERNAME, PASSWORD).await;
            site.issuer.signs_with(crate::stub_issuer::SECRET);
            page
        }),
        ("store away", {
            let mut browser = site.signed_in().await;
            site.records.go_away();
            let page = browser.get("/").await;
            site.records.come_back();
            page
        }),
    ];
    let mut request = stranger.form_request("/login");
    let headers = request.headers_mut().unwrap();
    headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    pages.push(("cross-site", stranger.send(request, "").await));
    pages
}

/// Nothing that this policy would stop: no inline script, style or handler.
fn assert_plain_markup(page: &Page) {
    let body = &page.body;
    assert!(!body.contains("<style"), "{body}");
    for script in body.split("<script").skip(1) {
        assert!(script.starts_with(" src=\"/assets/"), "{script}");
        assert!(script.contains("></script>"), "{script}");
    }
    for tag in body.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        // Attribute values may say anything; attribute names may not.
        let names: String = tag.split('"').step_by(2).collect();
        for name in names.split_ascii_whitespace() {
            assert!(!name.starts_with("on"), "{tag}");
            assert!(!name.starts_with("style="), "{tag}");
        }
        assert!(!tag.contains("javascript:"), "{tag}");
    }
}
