//! The headers of every answer: each route with each method, for strangers and the signed in, for people and programs,
//! and everything that can go wrong.

use http::{Method, StatusCode, header};
use tegata_frontend::config::{AppOrigins, ForwardAuth, PublicUrl};

use crate::{
    account::{FORMS, fetch},
    browser::Page,
    site::{PASSWORD, TestSite, USERNAME},
    stub_issuer::OTHER_SECRET,
};

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
const ALWAYS: [(&str, &str); 6] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];
const HSTS: &str = "max-age=63072000";
const METHODS: [Method; 8] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::TRACE,
];

const NOWHERE: [&str; 4] = ["/nothing", "/assets/", "/%ff", "/health"];

/// All that the router knows, out of its own source; and some that it does not.
fn addresses() -> Vec<String> {
    let sources = [
        include_str!("../../src/router.rs"),
        include_str!("../../src/pages/account/mod.rs"),
    ];
    let routes = sources.iter().flat_map(|source| {
        let parts = source.split(".route(").skip(1);
        parts.map(|part| part.split('"').nth(1).unwrap().to_owned())
    });
    let mut all: Vec<String> = routes
        .map(|route| route.replace("{name}", "tegata.css"))
        .chain(["/assets/nothing".to_owned()])
        .collect();
    assert!(all.len() > 12, "{all:?}");
    assert!(all.contains(&"/account/delete".to_owned()), "{all:?}");
    all.extend(NOWHERE.map(str::to_owned));
    all
}

#[tokio::test]
async fn every_route_with_every_method_has_them() {
    for (site, https) in [
        (TestSite::start().await, false),
        (TestSite::on_https().await, true),
    ] {
        let mut seen = std::collections::BTreeSet::new();
        for address in addresses() {
            for method in METHODS {
                // What is nowhere takes no method; which ones a service takes at all, the listener says.
                if method == Method::TRACE && NOWHERE.contains(&&*address) {
                    continue;
                }
                for mut browser in [site.browser(), site.signed_in().await] {
                    let page = browser.navigation(method.clone(), &address);
                    let page = browser.send(page, "").await;
                    assert_dressed(&page, https, &format!("{method} {address}"));
                    let answer = fetch(&mut browser, method.clone(), &address).await;
                    assert_dressed(&answer, https, &format!("fetch {method} {address}"));
                    seen.extend([page.status.as_u16(), answer.status.as_u16()]);
                }
            }
        }
        for status in [200, 303, 400, 401, 404, 405] {
            assert!(seen.contains(&status), "{status}: {seen:?}");
        }
    }
}

#[tokio::test]
async fn every_failure_has_them() {
    for (mut site, https) in [
        (TestSite::start().await, false),
        (TestSite::on_https().await, true),
    ] {
        for (name, status, page) in failures(&mut site).await {
            assert_eq!(page.status, status, "{name}");
            assert_dressed(&page, https, name);
        }
    }
}

/// One of each, the worst last.
async fn failures(site: &mut TestSite) -> Vec<(&'static str, StatusCode, Page)> {
    use StatusCode as S;
    let mut stranger = site.browser();
    let large = "x".repeat(64 * 1024);
    let wrong = site.browser().submit_login(USERNAME, "x").await;
    let missing = site.browser().submit_login(USERNAME, "").await;
    let too_large = site.browser().submit_login(&large, "x").await;
    let mut no_form = stranger.form_request("/login");
    let headers = no_form.headers_mut().unwrap();
    headers.insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
    let no_form = stranger.send(no_form, "x").await;
    let mut cross_site = stranger.form_request("/login");
    let headers = cross_site.headers_mut().unwrap();
    headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    let cross_site = stranger.send(cross_site, "").await;
    let mut unchanged = stranger.get("/assets/tegata.css").await;
    let tag = unchanged.header("etag").unwrap().to_owned();
    let again = stranger.navigation(Method::GET, "/assets/tegata.css");
    let again = again.header(header::IF_NONE_MATCH, tag);
    unchanged = stranger.send(again, "").await;
    let mut all = vec![
        ("wrong password", S::BAD_REQUEST, wrong),
        ("missing password", S::UNPROCESSABLE_ENTITY, missing),
        ("too large", S::PAYLOAD_TOO_LARGE, too_large),
        ("no form", S::BAD_REQUEST, no_form),
        ("cross-site", S::FORBIDDEN, cross_site),
        ("unchanged asset", S::NOT_MODIFIED, unchanged),
        (
            "cookies blocked",
            S::BAD_REQUEST,
            stranger.get("/login/done").await,
        ),
        ("signed in", S::SEE_OTHER, {
            site.browser().submit_login(USERNAME, PASSWORD).await
        }),
    ];
    site.issuer.throttles("login", Some(30));
    let page = stranger.submit_login(USERNAME, PASSWORD).await;
    all.push(("throttled", S::TOO_MANY_REQUESTS, page));
    site.issuer.asks_to_wait("login", 503, "busy", Some(1));
    let page = stranger.submit_login(USERNAME, PASSWORD).await;
    all.push(("busy", S::SERVICE_UNAVAILABLE, page));
    site.issuer.answers_again("login");
    for (address, fields) in FORMS {
        let mut browser = site.signed_in().await;
        let page = browser.submit(address, fields).await;
        all.push((address, S::SEE_OTHER, page));
        site.issuer.knows(USERNAME, PASSWORD, &[]);
    }
    let page = site.signed_in().await.submit("/logout", &[]).await;
    all.push(("signed out", S::SEE_OTHER, page));
    let mut over = site.signed_in().await;
    site.issuer.ends_all_sessions("expired");
    site.let_the_token_expire();
    all.push(("over, to a program", S::UNAUTHORIZED, over.fetch("/").await));
    all.push(("over", S::SEE_OTHER, over.get("/").await));
    site.issuer.signs_with(OTHER_SECRET);
    let page = stranger.submit_login(USERNAME, PASSWORD).await;
    all.push(("other secret", S::SERVICE_UNAVAILABLE, page));
    site.issuer.signs_with(crate::stub_issuer::SECRET);
    let mut waiting = site.signed_in().await;
    let mut halted = site.signed_in().await;
    site.let_the_token_expire();
    site.issuer.goes_down().await;
    let page = waiting.get("/").await;
    all.push(("issuer away", S::SERVICE_UNAVAILABLE, page));
    let page = stranger.submit_login(USERNAME, PASSWORD).await;
    all.push(("issuer away", S::SERVICE_UNAVAILABLE, page));
    site.issuer.comes_back().await;
    site.records.go_away();
    let page = waiting.get("/").await;
    all.push(("store away", S::SERVICE_UNAVAILABLE, page));
    let page = stranger.get("/health/ready").await;
    all.push(("not ready", S::SERVICE_UNAVAILABLE, page));
    site.records.come_back();
    site.records.panic();
    let page = halted.get("/").await;
    assert!(page.is_page());
    all.push(("panic", S::INTERNAL_SERVER_ERROR, page));
    all
}

#[tokio::test]
async fn a_form_may_lead_on_to_listed_apps_and_nowhere_else() {
    let site = TestSite::with(|config| {
        let origins: AppOrigins = "https://app.example.com".parse().unwrap();
        config.public_url = PublicUrl::parse("https://login.example.com").unwrap();
        let domain = "example.com".parse().unwrap();
        let asked = ForwardAuth::new(&config.public_url, Some(domain), origins, false);
        config.forward_auth = asked.unwrap();
    })
    .await;
    let page = site.browser().get("/login").await;
    let policy = format!("{POLICY} https://app.example.com");
    assert_eq!(page.header("content-security-policy"), Some(&*policy));
}

fn assert_dressed(page: &Page, https: bool, what: &str) {
    for (name, value) in ALWAYS {
        let all: Vec<_> = page.headers.get_all(name).iter().collect();
        assert_eq!(all, [value], "{what}: {name}");
    }
    let hsts = https.then_some(HSTS);
    assert_eq!(page.header("strict-transport-security"), hsts, "{what}");
    assert!(page.header("x-request-id").is_some(), "{what}");
    for name in ["server", "x-powered-by", "via"] {
        assert_eq!(page.header(name), None, "{what}: {name}");
    }
    let asset = page.header("etag").is_some();
    let kept = if asset { "no-cache" } else { "no-store" };
    assert_eq!(page.header("cache-control"), Some(kept), "{what}");
    if page.status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = page.header("allow").unwrap_or_default();
        assert!(!allowed.is_empty(), "{what}: Allow");
    }
    let private = page.headers.contains_key(header::SET_COOKIE);
    assert!(!(private && asset), "{what}: a cookie on what may be kept");
}
