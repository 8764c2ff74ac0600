//! No other site can send a form in a visitor's name.

use http::{StatusCode, header};

use crate::{
    browser::form,
    site::{PASSWORD, TestSite, USERNAME},
};

const SENDABLE: [&str; 4] = ["/login", "/register", "/logout", "/language"];

#[tokio::test]
async fn a_form_of_another_site_is_refused_with_a_page() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let asked = site.issuer.requests();
    let body = form(&[
        ("username", USERNAME),
        ("password", PASSWORD),
        ("lang", "en"),
    ]);
    for address in SENDABLE {
        for fetch_site in ["cross-site", "same-site"] {
            let request = browser.form_request(address);
            let request = replaced(request, "sec-fetch-site", fetch_site);
            let page = browser.send(request, &body).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{address} {fetch_site}");
            assert!(page.is_page());
            assert!(page.says("ほかのサイトからの送信は受け付けません"));
            assert!(page.set_cookies().is_empty(), "{address} {fetch_site}");
        }
    }
    assert_eq!(site.issuer.requests(), asked, "nothing was tried");
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_old_browser_is_judged_by_the_origin_alone() {
    let site = TestSite::start().await;
    for address in SENDABLE {
        for origin in [
            "https://evil.example",
            "http://localhost:9999",
            "http://localhost:8080.evil.example",
            "null",
        ] {
            let mut browser = site.browser();
            let mut request = browser.form_request(address);
            let headers = request.headers_mut().unwrap();
            headers.remove("sec-fetch-site");
            headers.insert(header::ORIGIN, origin.parse().unwrap());
            let page = browser.send(request, "").await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{address} {origin}");
            assert!(page.is_page());
        }
    }
}

#[tokio::test]
async fn our_own_forms_pass() {
    let site = TestSite::start().await;
    let body = form(&[("username", USERNAME), ("password", PASSWORD)]);
    for fetch_site in ["same-origin", "none"] {
        let mut browser = site.browser();
        let request = replaced(browser.form_request("/login"), "sec-fetch-site", fetch_site);
        let page = browser.send(request, &body).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{fetch_site}");
    }
    let mut old = site.browser();
    let mut request = old.form_request("/login");
    request.headers_mut().unwrap().remove("sec-fetch-site");
    assert_eq!(old.send(request, &body).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_program_is_refused_in_json() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    let request = replaced(
        browser.form_request("/logout"),
        "sec-fetch-site",
        "cross-site",
    );
    let request = replaced(request, "accept", "application/json");

    let answer = browser.send(request, "").await;

    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.json()["error"], "cross_site");
}

#[tokio::test]
async fn a_link_from_another_site_finds_the_visitor_signed_in() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let request = browser.navigation(http::Method::GET, "/");
    let request = replaced(request, "sec-fetch-site", "cross-site");

    assert_eq!(browser.send(request, "").await.status, StatusCode::OK);
}

fn replaced(
    mut request: http::request::Builder,
    name: &'static str,
    value: &str,
) -> http::request::Builder {
    let headers = request.headers_mut().unwrap();
    headers.insert(name, value.parse().unwrap());
    request
}
