//! What holds for every form and page here.

use std::collections::BTreeSet;

use http::StatusCode;

use super::{FORMS, PAGES};
use crate::{
    browser::{Page, form},
    site::TestSite,
};

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let asked = site.issuer.requests();
    for (address, fields) in FORMS {
        let mut request = browser.form_request(address);
        let headers = request.headers_mut().unwrap();
        headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        let page = browser.send(request, &form(fields)).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{address}");
    }
    assert_eq!(site.issuer.requests(), asked, "nothing was tried");
}

#[tokio::test]
async fn what_is_no_form_or_says_something_twice_is_refused() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let asked = site.issuer.requests();
    for (address, fields) in FORMS {
        let (name, value) = fields[0];
        let twice = form(&[(name, value), (name, value)]);
        let request = browser.form_request(address);
        let page = browser.send(request, &twice).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{address}");

        let mut request = browser.form_request(address);
        let headers = request.headers_mut().unwrap();
        headers.insert("content-type", "application/json".parse().unwrap());
        let page = browser.send(request, "{}").await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{address}");

        let long = "x".repeat(64 * 1024);
        let page = browser.submit(address, &[(name, &long)]).await;
        assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE, "{address}");
        assert!(page.is_page());
    }
    assert_eq!(site.issuer.requests(), asked);
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_the_issuer_finds_too_large_is_said_so() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    for (call, (address, fields)) in [
        ("change_account", FORMS[0]),
        ("change_password", FORMS[1]),
        ("delete_account", FORMS[3]),
    ] {
        site.issuer
            .answers(call, 413, "{\"error\": \"body_too_large\"}");
        let page = browser.submit(address, fields).await;
        assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE, "{address}");
    }
}

#[tokio::test]
async fn every_field_has_a_label_and_every_reference_an_end() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    site.signed_in().await;
    let mut pages = Vec::new();
    for address in PAGES {
        pages.push(browser.get(address).await);
    }
    let problem = |field: &str| serde_json::json!({"type": "x", "loc": ["body", field]});
    for (call, fields) in [
        ("change_account", ["name", "email"]),
        ("change_password", ["current_password", "new_password"]),
        ("delete_account", ["password", "password"]),
    ] {
        let detail = serde_json::json!({"error": "invalid_request", "detail": fields.map(problem)});
        site.issuer.answers(call, 422, &detail);
    }
    for (address, fields) in [FORMS[0], FORMS[1], FORMS[3]] {
        let page = browser.submit(address, fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{address}");
        assert!(page.says("aria-invalid=\"true\""), "{address}");
        assert_eq!(page.body.matches(" autofocus").count(), 1, "{address}");
        pages.push(page);
    }
    for page in &pages {
        let ids = attributes(page, " id");
        let unique: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "an id is there twice: {ids:?}");
        for name in [" aria-describedby", " aria-labelledby", " for"] {
            for value in attributes(page, name) {
                for id in value.split_ascii_whitespace() {
                    assert!(unique.contains(&id), "{name} {id}: {}", page.body);
                }
            }
        }
        let labelled = attributes(page, " for");
        for tag in page.body.split("<input ").skip(1) {
            let tag = tag.split('>').next().unwrap();
            let seen = !tag.contains("hidden") && !tag.contains("checkbox");
            let id = tag
                .split_once("id=\"")
                .map(|(_, rest)| rest.split('"').next().unwrap());
            assert!(
                !seen || id.is_some_and(|id| labelled.contains(&id)),
                "{tag}"
            );
        }
        assert_eq!(page.body.matches("aria-current=").count(), 1);
    }
}

fn attributes<'a>(page: &'a Page, name: &str) -> Vec<&'a str> {
    let start = format!("{name}=\"");
    let values = page.body.split(start.as_str()).skip(1);
    values.map(|rest| rest.split('"').next().unwrap()).collect()
}
